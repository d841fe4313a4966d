"""What optimising the think tokens does to a checkpoint: python -m recipes.train.latents --checkpoint FOLDER --items 100 --seed 5.

Reward and accuracy before and after, with exact tests; audits of what the optimised latents carry; patches; gradients.
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import torch

from ..world.draw import token_owners
from ..world.prompts import boxed, response
from ..world.questions import as_multiple_choice, ask
from ..world.scene import sample_scene
from ..world.vocabulary import FAMILIES
from .ascent import exact, population, single
from .checkpoint import load_checkpoint
from .statistics import auroc, mcnemar, quantile
from .suffix import Prompt

#: Families whose answer needs an intermediate result.
TWO_STEP = ("two_hop", "nearest", "sum", "compare_count")
LATENTS = 4
#: What takes the place of optimised latents: another item's, random words, noise of equal norm, a random way of equal length from the start.
AUDITS = ("swapped", "words", "noise", "walk")


def items_of(split, count, seed):
    """Yields (scene, item, family): one question per picture, the families and multiple choice in turn."""
    rng = random.Random(f"latents/{split}/{seed}")
    names, made = [*FAMILIES, "multiple_choice"], 0
    while made < count:
        scene, family = sample_scene(rng, split, held_out=split == "hard"), names[made % len(names)]
        item = ask(rng, scene, rng.choice(FAMILIES) if family == "multiple_choice" else family, split == "hard")
        if item:
            made += 1
            yield scene, as_multiple_choice(rng, item) if family == "multiple_choice" else item, family


class Study:
    """Everything measured on one item after another; `rows` holds one dict per item."""

    def __init__(self, model, tokenizer, args):
        self.model, self.tokenizer, self.args = model, tokenizer, args
        self.table = model.model.language_model.embed_tokens.weight.detach()
        self.unit = float(self.table.double().std(correction=0))
        self.words = [i for i in range(tokenizer.get_vocab_size()) if tokenizer.decode([i], skip_special_tokens=True).strip().isalnum()]
        self.rows, self.kept = [], []

    def right(self, prompt, item, latents, patches=None):
        """Whether the greedy reply after each thought [C, L, H] is right: a list of 0 or 1."""
        return [int(boxed(self.tokenizer.decode(ids, skip_special_tokens=False)) == item["answer"]) for ids in prompt.answer(latents, patches)]

    def ways(self, prompt, start, generator):
        """Name -> generator of (latents, R) of every estimator asked for."""
        a, unit = self.args, self.unit
        ways = {
            "exact": lambda: exact(prompt, start, a.steps, a.exact_rate * unit),
            "population8": lambda: population(prompt, start, a.steps, 8, a.sigma * unit, a.length * unit, generator, momentum=a.momentum),
            "population32": lambda: population(prompt, start, a.steps, 32, a.sigma * unit, a.length * unit, generator, momentum=a.momentum),
            "single": lambda: single(prompt, start, a.steps, 0.1, 0.001, unit, generator),
        }
        return {name: ways[name] for name in a.ways.split(",") if name}

    def item(self, number, scene, item, family):
        prompt = Prompt(self.model, self.tokenizer, scene, item)
        start = prompt.start.expand(LATENTS, -1).clone()
        generator = torch.Generator().manual_seed(1000 * self.args.seed + number)
        with torch.no_grad():
            before = float(prompt.reward(start[None])[0])
        row = {"family": family, "R": before, "right": self.right(prompt, item, start[None])[0]}
        row["removed"] = self.right(prompt, item, start[None, :0])[0]
        row["cosine"] = self.cosine(prompt, item, start)
        best = {}
        for name, way in self.ways(prompt, start, generator).items():
            reached, best[name], climbs = before, start, 0
            for latents, reward in way():
                if reward > reached:
                    reached, best[name], climbs = reward, latents, climbs + 1
            row[name] = {"gain": reached - before, "climbs": climbs, "right": self.right(prompt, item, best[name][None])[0],
                         "moved": float((best[name] - start).norm()) / LATENTS**0.5}  # fmt: skip
        row["patches"] = self.patches(prompt, scene, item, start) if self.args.patches else {}
        self.rows.append(row)
        self.kept.append((prompt, item, best, generator))

    def cosine(self, prompt, item, start):
        """Cosine of the gradients of R and of the gold reply's log-probability at the untouched think tokens."""
        ids = torch.tensor(self.tokenizer.encode(response("latent", item) + "<|im_end|>").ids)
        latents = start.clone().requires_grad_()
        reward = torch.autograd.grad(prompt.reward(latents[None])[0], latents)[0]
        gold = torch.autograd.grad(prompt.gold(latents[None], ids)[0], latents)[0]
        return float(torch.nn.functional.cosine_similarity(reward.flatten(), gold.flatten(), dim=0))

    def patches(self, prompt, scene, item, start):
        """Right or wrong with two patches after each untouched latent, by attention, at random, and of the asked objects."""
        rng = random.Random(int(prompt.features.sum() * 1e3))
        attention, count = prompt.attention(start), len(prompt.features)
        owners = token_owners(scene)
        asked = [t for t, owner in enumerate(owners) if owner in item["focus"]] or list(range(count))
        sources = {
            "attention": [row.topk(2).indices.tolist() for row in attention],
            "random": [rng.sample(range(count), 2) for _ in range(LATENTS)],
            "asked": [rng.choices(asked, k=2) for _ in range(LATENTS)],
        }
        return {name: self.right(prompt, item, start[None], patches)[0] for name, patches in sources.items()}

    def audits(self, name):
        """Replaces every item's latents that estimator `name` found: by another item's, words, noise, a random way from the start."""
        other = random.Random(f"swap/{self.args.seed}").sample(range(len(self.kept)), len(self.kept))
        follow = dict(zip(other, other[1:] + other[:1]))
        for number, (prompt, item, best, generator) in enumerate(self.kept):
            own = best[name]
            words = torch.tensor([self.words[i] for i in torch.randint(len(self.words), (LATENTS,), generator=generator).tolist()])
            noise = torch.randn(own.shape, generator=generator)
            walk = torch.randn(own.shape, generator=generator)
            tried = torch.stack([
                self.kept[follow[number]][2][name], self.table[words], noise / noise.norm(dim=-1, keepdim=True) * own.norm(dim=-1, keepdim=True),
                prompt.start + walk / walk.norm() * (own - prompt.start).norm(),
            ])  # fmt: skip
            self.rows[number][f"{name}_audit"] = dict(zip(AUDITS, self.right(prompt, item, tried)))


def share(rows, pick):
    """Mean in percent of what `pick` gives for every row."""
    values = [pick(row) for row in rows]
    return 100 * sum(values) / max(1, len(values))


def report(rows, names):
    """The summary of a study as lines of text."""
    low, two = [r for r in rows if r["R"] < 0.9], [r for r in rows if r["family"] in TWO_STEP]
    lines = [f"{len(rows)} items, {len(low)} start below 0.9, {len(two)} two-step; R {sum(r['R'] for r in rows) / len(rows):.3f}; "
             f"untouched {share(rows, lambda r: r['right']):.1f} % right, {share(two, lambda r: r['right']):.1f} of two-step; AUROC of R {auroc([(r['R'], r['right']) for r in rows]):.2f}"]  # fmt: skip
    for kind in (1, 0):
        cosines = [r["cosine"] for r in rows if r["right"] == kind and math.isfinite(r["cosine"])]
        lines.append(f"  cosine of grad R and grad log p(gold), {'right' if kind else 'wrong'} items: mean {sum(cosines) / max(1, len(cosines)):+.3f} ({len(cosines)})")
    for name in names:
        fixed = sum(r[name]["right"] > r["right"] for r in rows)
        broken = sum(r[name]["right"] < r["right"] for r in rows)
        gains = [r[name]["gain"] for r in low]
        lines.append(
            f"  {name:13} gain on low items median {quantile(gains, 0.5):+.3f} mean {sum(gains) / max(1, len(gains)):+.3f}, of all {sum(r[name]['gain'] for r in rows) / len(rows):+.3f}; "
            f"8 climbs or more on {share(low, lambda r: r[name]['climbs'] >= 8):.0f} %; moved {sum(r[name]['moved'] for r in rows) / len(rows):.2f} a row; "
            f"{share(rows, lambda r: r[name]['right']):.1f} % right, fixed {fixed} broken {broken}, p = {mcnemar(fixed, broken):.3f}; "
            f"AUROC of gain {auroc([(r[name]['gain'], r[name]['right']) for r in rows]):.2f}")  # fmt: skip
        if f"{name}_audit" in rows[0]:
            for text, part in (("all", rows), ("two-step", two)):
                cells = [f"{key} {share(part, lambda r: r[f'{name}_audit'][key]):.1f}" for key in AUDITS]
                lines.append(f"    {text}: optimised {share(part, lambda r: r[name]['right']):.1f}; {'; '.join(cells)}; removed {share(part, lambda r: r['removed']):.1f}")
    if rows[0]["patches"]:
        for key in rows[0]["patches"]:
            fixed = sum(r["patches"][key] > r["right"] for r in rows)
            broken = sum(r["patches"][key] < r["right"] for r in rows)
            lines.append(f"  patches {key:9} {share(rows, lambda r: r['patches'][key]):.1f} % right, fixed {fixed} broken {broken}, p = {mcnemar(fixed, broken):.3f}")
        fixed = sum(r["patches"]["attention"] > r["patches"]["random"] for r in rows)
        broken = sum(r["patches"]["attention"] < r["patches"]["random"] for r in rows)
        lines.append(f"  patches by attention against random: better {fixed} worse {broken}, p = {mcnemar(fixed, broken):.3f}")
    return lines


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--checkpoint", type=Path, help="checkpoint folder, or an export with float32 graphs")
    p.add_argument("--split", choices=("standard", "hard"), default="hard")
    p.add_argument("--items", type=int, default=100)
    p.add_argument("--seed", type=int, help="of the items and the noise")
    p.add_argument("--steps", type=int, default=15)
    p.add_argument("--ways", default="exact,population32", help="of exact, population32, population8, single")
    p.add_argument("--exact-rate", type=float, default=0.3, help="Adam's rate in units of the embeddings' standard deviation")
    p.add_argument("--sigma", type=float, default=1.0, help="noise of a population in the same unit")
    p.add_argument("--length", type=float, default=0.4, help="root mean square of a population's step in the same unit")
    p.add_argument("--momentum", type=float, default=0.7, help="share of the last steps' estimate that is kept")
    p.add_argument("--patches", action="store_true", help="try inserted patches as well")
    p.add_argument("--part", default="0/1", help="i/n: every n-th item from the i-th on, for processes side by side")
    p.add_argument("--seconds", type=float, default=1e12, help="take no further item after this many seconds")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--json", type=Path, help="where to write every item's numbers")
    p.add_argument("--report", type=Path, nargs="+", help="only sum up what these files hold")
    args = p.parse_args()
    names = [name for name in args.ways.split(",") if name]
    if args.report:
        return print("\n".join(report([row for file in args.report for row in json.loads(file.read_text())["rows"]], names)))
    if args.checkpoint is None or args.seed is None:
        p.error("--checkpoint and --seed are wanted unless --report is given")
    torch.set_num_threads(args.threads)
    model, tokenizer = load_checkpoint(args.checkpoint)
    model.requires_grad_(False)
    study, started = Study(model, tokenizer, args), time.time()
    part, parts = map(int, args.part.split("/"))
    for number, (scene, item, family) in enumerate(items_of(args.split, args.items, args.seed)):
        if time.time() - started > args.seconds:
            break
        if number % parts == part:
            study.item(number, scene, item, family)
    for name in names:
        study.audits(name)
    print("\n".join(report(study.rows, names)))
    print(f"  {time.time() - started:.0f} s")
    if args.json:
        args.json.write_text(json.dumps({"settings": {k: str(v) for k, v in vars(args).items()}, "rows": study.rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
