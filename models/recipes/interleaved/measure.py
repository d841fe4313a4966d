"""Measures checkpoints on held-out items: direct, explicit steps, latent steps, ablations and audits of the latents.

python -m recipes.interleaved.measure --latent CHECKPOINT --explicit CHECKPOINT --items 512 --out RESULTS.json
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ..train.checkpoint import load_checkpoint
from ..train.evaluate import interval
from ..train.statistics import mcnemar
from ..world.draw import token_owners
from ..world.prompts import boxed
from ..world.questions import as_multiple_choice, ask
from ..world.scene import sample_scene
from ..world.vocabulary import FAMILIES
from .items import TWO_STEP, question
from .passes import Prefix, causal, follow
from .pool import features_of, side_of
from .think import Rules, Thought, read_questions, read_rows, think

NAMES = (*FAMILIES, "multiple_choice")


@dataclass
class Batch:
    """Held-out questions about equally large pictures, one a picture. places: their numbers among all items."""

    scenes: list
    items: list
    places: list
    features: torch.Tensor


def held_out(split, count, seed):
    """`count` (family, scene, item): the families and multiple choice in turn, one question a picture."""
    rng = random.Random(f"interleaved/{split}/{seed}")
    out = []
    while len(out) < count:
        family = NAMES[len(out) % len(NAMES)]
        hard = split == "hard"
        scene = sample_scene(rng, split, held_out=hard)
        item = ask(rng, scene, rng.choice(FAMILIES) if family == "multiple_choice" else family, hard)
        if item:
            out.append((family, scene, as_multiple_choice(rng, item) if family == "multiple_choice" else item))
    return out


def batches(model, items, most=32):
    """Batch after batch of equally large pictures, every item once."""
    by_size = defaultdict(list)
    for place, (_, scene, _) in enumerate(items):
        by_size[side_of(scene)].append(place)
    out = []
    for places in by_size.values():
        for begin in range(0, len(places), most):
            some = places[begin : begin + most]
            scenes = [items[place][1] for place in some]
            out.append(Batch(scenes, [items[place][2] for place in some], some, features_of(model, scenes)))
    return out


@torch.no_grad()
def decode(text, tokenizer, prefix: Prefix, thought: Thought, most):
    """Greedy replies after thoughts: (texts, tokens generated with the end token)."""
    if thought.waiting is not None:
        read_rows(text, prefix, thought, thought.waiting)
        thought.waiting = None
    end = tokenizer.token_to_id("<|im_end|>")
    count = len(thought.hidden)
    replies, lengths = [[] for _ in range(count)], [0] * count
    open_ones = set(range(count))
    own, valid, at, hidden = thought.own, thought.valid, thought.at, thought.hidden
    for _ in range(most):
        chosen = torch.nn.functional.linear(hidden, text.embed_tokens.weight).argmax(-1)
        for row in list(open_ones):
            token = int(chosen[row])
            lengths[row] += 1
            if token == end:
                open_ones.discard(row)
            else:
                replies[row].append(token)
        if not open_ones:
            break
        x = torch.nn.functional.embedding(chosen, text.embed_tokens.weight)[:, None]
        states, own, _ = follow(text, prefix, own, x, at[:, None], causal(valid, 1))
        valid = torch.cat([valid, valid.new_ones(count, 1)], dim=1)
        at, hidden = at + 1, states[:, 0]
    return [tokenizer.decode(reply, skip_special_tokens=False) for reply in replies], lengths


class Measured:
    """One checkpoint's replies to all items, by the way they were asked."""

    def __init__(self, folder, items):
        self.model, self.tokenizer = load_checkpoint(folder)
        self.text = self.model.model.language_model
        self.items, self.batches = items, batches(self.model, items)
        self.right, self.length = {}, {}

    def _ids(self, batch, form):
        return [question(self.tokenizer, form, item, [], 0).ids for item in batch.items]

    def _each(self, name, reply):
        right, length = [None] * len(self.items), [0] * len(self.items)
        for batch in self.batches:
            texts, lengths = reply(batch)
            for place, item, text, tokens in zip(batch.places, batch.items, texts, lengths):
                right[place], length[place] = boxed(text) == item["answer"], tokens
        self.right[name], self.length[name] = right, length

    @torch.no_grad()
    def plain(self, name, form, most=160):
        """Greedy answers to a prompt form without latent steps."""

        def reply(batch):
            prefix = Prefix(self.text, self.tokenizer, form, side_of(batch.scenes[0]), batch.features)
            return decode(self.text, self.tokenizer, prefix, read_questions(self.text, prefix, self._ids(batch, form)), most)

        self._each(name, reply)

    @torch.no_grad()
    def latent(self, name, steps, rules, seed=0):
        """Greedy answers after latent steps. Returns every item's inserted rows [r, H] and picks."""
        rows, picks = [None] * len(self.items), [None] * len(self.items)
        generator = torch.Generator().manual_seed(seed)

        def reply(batch):
            prefix = Prefix(self.text, self.tokenizer, "cot", side_of(batch.scenes[0]), batch.features)
            thought = think(self.text, prefix, batch.features, self._ids(batch, "cot"), steps, rules, generator)
            for row, place in enumerate(batch.places):
                rows[place] = torch.cat([step[row] for step in thought.rows]) if thought.rows else None
                picks[place] = [step[row].tolist() for step in thought.picks]
            return decode(self.text, self.tokenizer, prefix, thought, 160)

        self._each(name, reply)
        return rows, picks

    @torch.no_grad()
    def replayed(self, name, rows):
        """Greedy answers after given rows in place of an item's own latent steps."""

        def reply(batch):
            prefix = Prefix(self.text, self.tokenizer, "cot", side_of(batch.scenes[0]), batch.features)
            thought = read_questions(self.text, prefix, self._ids(batch, "cot"))
            read_rows(self.text, prefix, thought, torch.stack([rows[place] for place in batch.places]))
            return decode(self.text, self.tokenizer, prefix, thought, 160)

        self._each(name, reply)


def partners(items, seed):
    """For every item another one of its family with another answer (any other item where there is none)."""
    rng = random.Random(seed)
    out = []
    for place, (family, _, item) in enumerate(items):
        fitting = [n for n, (f, _, other) in enumerate(items) if n != place and f == family and other["answer"] != item["answer"]]
        out.append(rng.choice(fitting or [n for n in range(len(items)) if n != place]))
    return out


def mixed(own, foreign, h_rows, text, vision):
    """An item's rows with another's in place of the hidden states, of the image tokens, or of both."""
    out = own.clone()
    for row in range(len(own)):
        if text if row in h_rows else vision:
            out[row] = foreign[row]
    return out


def measure(latent, explicit, items, steps, rules, seed):
    """(checkpoint of latent steps, of explicit steps) -> two Measured with every way in `right`."""
    one = Measured(latent, items)
    one.plain("direct", "direct")
    for count in range(steps):
        one.latent(f"latent {count}", count, rules)
    rows, picks = one.latent("latent", steps, rules)
    one.latent("no vision part", steps, replace(rules, patches=0))
    one.latent("no text part", steps, replace(rules, text=False))
    one.latent("random patches", steps, replace(rules, choose="random"), seed)
    size = len(rows[0]) // steps
    h_rows = {step * size + (size - 1 if rules.order == "release" else 0) for step in range(steps)}
    other = [rows[place] for place in partners(items, seed)]
    for name, text, vision in (("another item's latents", True, True), ("another item's h", True, False), ("another item's patches", False, True)):
        one.replayed(name, [mixed(a, b, h_rows, text, vision) for a, b in zip(rows, other)])
    generator = torch.Generator().manual_seed(seed)
    table = one.text.embed_tokens.weight
    words = [i for i in range(one.tokenizer.get_vocab_size()) if one.tokenizer.decode([i]).strip().isalpha()]
    drawn = [table[[words[int(torch.randint(len(words), (), generator=generator))] for _ in own]] for own in rows]
    one.replayed("random words", drawn)
    one.replayed("noise of equal norm", [torch.nn.functional.normalize(torch.randn(r.shape, generator=generator), dim=-1) * r.norm(dim=-1, keepdim=True) for r in rows])
    two = None
    if explicit:
        two = Measured(explicit, items)
        two.plain("direct", "direct")
        two.plain("explicit", "cot")
    return one, two, picks


def on_focus(items, picks):
    """Share of picked image tokens that lie on an object the question is about, and the share expected by chance."""
    hit, chance = [], []
    for (_, scene, item), steps in zip(items, picks):
        owners = token_owners(scene)
        relevant = [owner in item["focus"] for owner in owners]
        if any(relevant):
            hit += [relevant[token] for step in steps for token in step]
            chance.append(sum(relevant) / len(relevant))
    return sum(hit) / max(1, len(hit)), sum(chance) / max(1, len(chance))


def summary(items, right, base=None, group=None):
    """{right, asked, accuracy, low, high} of a way over items (of a group of families), with fixed, broken and p against `base`."""
    chosen = [n for n, (family, _, _) in enumerate(items) if group is None or family in group]
    hits = sum(right[n] for n in chosen)
    low, high = interval(hits, len(chosen))
    out = {"right": hits, "asked": len(chosen), "accuracy": hits / max(1, len(chosen)), "low": low, "high": high}
    if base is not None:
        fixed = sum(right[n] and not base[n] for n in chosen)
        broken = sum(base[n] and not right[n] for n in chosen)
        out |= {"fixed": fixed, "broken": broken, "p": mcnemar(fixed, broken)}
    return out


def main():
    p = argparse.ArgumentParser(prog="python -m recipes.interleaved.measure", description=__doc__)
    p.add_argument("--latent", required=True, type=Path, help="checkpoint trained with latent steps")
    p.add_argument("--explicit", type=Path, help="checkpoint trained on explicit steps")
    p.add_argument("--items", type=int, default=512, help="held-out items of each split")
    p.add_argument("--seed", type=int, default=20261128)
    p.add_argument("--splits", default="standard,hard")
    p.add_argument("--steps", type=int, default=3)
    p.add_argument("--patches", type=int, default=4)
    p.add_argument("--order", default="release")
    p.add_argument("--out", type=Path, help="where to write the numbers")
    args = p.parse_args()
    torch.set_num_threads(1)
    rules = Rules(args.patches, args.order)
    result = {"seed": args.seed, "items": args.items, "splits": {}}
    for split in args.splits.split(","):
        began = time.time()
        items = held_out(split, args.items, args.seed)
        one, two, picks = measure(args.latent, args.explicit, items, args.steps, rules, args.seed)
        ways = {f"latent model: {name}": (one.right[name], one.length[name]) for name in one.right}
        if two:
            ways |= {f"explicit model: {name}": (two.right[name], two.length[name]) for name in two.right}
        base = one.right["latent"]
        table = {}
        for name, (right, length) in ways.items():
            table[name] = {
                "all": summary(items, right, base), "two-step": summary(items, right, base, TWO_STEP),
                "tokens": sum(length) / len(length),
                "families": {family: summary(items, right, None, (family,)) for family in NAMES},
            }  # fmt: skip
        hit, chance = on_focus(items, picks)
        result["splits"][split] = {"ways": table, "on_focus": hit, "on_focus_by_chance": chance}
        print(f"\n{split}, {len(items)} items ({time.time() - began:.0f} s); patches on what is asked about {hit:.3f}, by chance {chance:.3f}")
        for name, cell in table.items():
            a, t = cell["all"], cell["two-step"]
            print(f"{name:40s} {100 * a['accuracy']:5.1f} ({100 * a['low']:.1f}-{100 * a['high']:.1f})  +{a['fixed']:3d} -{a['broken']:3d} p={a['p']:.3f}"
                  f"   two-step {100 * t['accuracy']:5.1f} of {t['asked']} +{t['fixed']} -{t['broken']} p={t['p']:.3f}   tokens {cell['tokens']:.1f}")  # fmt: skip
    if args.out:
        args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
