"""Measures a checkpoint and writes the model card's table: python -m recipes.train.evaluate --checkpoint FOLDER --card README.md."""

import argparse
import json
import math
import multiprocessing as mp
import random
import time
from pathlib import Path

import torch

from ..world.prompts import boxed
from ..world.questions import as_multiple_choice, ask
from ..world.scene import sample_scene
from ..world.vocabulary import FAMILIES
from .checkpoint import load_checkpoint
from .generate import answer_all

FORMS = ("direct", "cot", "latent")
SPLITS = ("standard", "hard")
BEGIN, END = "<!-- accuracy: written by recipes.train.evaluate -->", "<!-- end of accuracy -->"


def interval(right, asked, z=1.96):
    """Wilson's 95 % interval (low, high) for a share."""
    if not asked:
        return 0.0, 1.0
    p, n = right / asked, asked
    middle, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)


def measure(model, tokenizer, split, per_family, seed, think, forms=FORMS):
    """Greedy accuracy by family and form: {family: {form: {right, asked}}}; every form answers the same questions.

    'multiple_choice' repeats one question per picture with lettered options.
    """
    rng = random.Random(f"evaluation/{split}/{seed}")
    names = [*FAMILIES, "multiple_choice"]
    table = {name: {form: {"right": 0, "asked": 0} for form in forms} for name in names}
    for _ in range(per_family * 3):
        if all(table[f][forms[0]]["asked"] >= per_family for f in names):
            break
        hard = split == "hard"
        scene = sample_scene(rng, split, held_out=hard)
        items = [(f, i) for f in FAMILIES if table[f][forms[0]]["asked"] < per_family and (i := ask(rng, scene, f, hard))]
        if table["multiple_choice"][forms[0]]["asked"] < per_family:
            plain = ask(rng, scene, rng.choice(FAMILIES), hard)
            items += [("multiple_choice", as_multiple_choice(rng, plain))] if plain else []
        for form in forms:
            replies = answer_all(model, tokenizer, form, scene, [item for _, item in items], think)
            for (name, item), reply in zip(items, replies):
                table[name][form]["asked"] += 1
                table[name][form]["right"] += boxed(reply) == item["answer"]
    return table


def summarise(table):
    """Adds accuracy and interval to every cell, and a mean over the question families."""
    for row in table.values():
        for cell in row.values():
            cell["accuracy"] = cell["right"] / max(1, cell["asked"])
            cell["low"], cell["high"] = interval(cell["right"], cell["asked"])
    forms = next(iter(table.values())).keys()
    mean = {form: sum(table[f][form]["accuracy"] for f in FAMILIES) / len(FAMILIES) for form in forms}
    return {"families": table, "mean": mean}


def markdown(result):
    """The accuracy table of a result as Markdown (percent, with half the width of the 95 % interval and the count)."""
    lines = []
    for split, part in result["splits"].items():
        forms = list(part["mean"])
        lines += ["", f"**{split} split**", "", "| family | " + " | ".join(forms) + " | questions |", "|---" * (len(forms) + 2) + "|"]
        for name, row in part["families"].items():
            cells = [f"{100 * row[f]['accuracy']:.1f} ± {50 * (row[f]['high'] - row[f]['low']):.1f}" for f in forms]
            lines.append(f"| {name} | " + " | ".join(cells) + f" | {row[forms[0]]['asked']} |")
        lines.append("| **mean over families** | " + " | ".join(f"**{100 * part['mean'][f]:.1f}**" for f in forms) + " | |")
    return "\n".join(lines).strip()


def write_card(path, result):
    """Replaces what stands between the card's markers with the measured table."""
    text = path.read_text()
    if BEGIN not in text or END not in text:
        raise ValueError(f"{path} has no markers: expected the lines '{BEGIN}' and '{END}'")
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    told = result["training"]
    lines = [f"Trained on {told['pictures']:,} pictures in {told['steps']:,} steps (seed {told['seed']})."] if told else []
    lines += [f"Greedy decoding, exact match of the boxed answer in percent, with half the width of Wilson's 95 % interval. "
              f"The latent form has {result['think']} think tokens and no optimisation at test time."]  # fmt: skip
    body = "\n".join([*lines, "", markdown(result)])
    path.write_text(f"{head}{BEGIN}\n{body}\n{END}{tail}")


def training_of(folder):
    """What a checkpoint's training.json or an export's manifest says of the training; None if nothing."""
    told, manifest = folder / "training.json", folder / "manifest.json"
    if told.exists():
        return json.loads(told.read_text())
    return json.loads(manifest.read_text()).get("training") if manifest.exists() else None


def _measure_split(job):
    args, split = job
    torch.set_num_threads(1)
    model, tokenizer = load_checkpoint(args.checkpoint)
    return summarise(measure(model, tokenizer, split, args.per_family, args.seed, args.think))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--checkpoint", required=True, type=Path, help="checkpoint folder, or an export with float32 graphs")
    p.add_argument("--per-family", type=int, default=500)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--think", type=int, default=4, help="think tokens of the latent prompt")
    p.add_argument("--processes", type=int, default=2, help="2 measures both splits side by side")
    p.add_argument("--card", type=Path, help="model card to write the table into")
    p.add_argument("--json", type=Path, help="where to write the numbers")
    args = p.parse_args()
    started = time.time()
    with mp.get_context("spawn").Pool(args.processes) as pool:
        parts = pool.map(_measure_split, [(args, split) for split in SPLITS])
    result = {"training": training_of(args.checkpoint), "seed": args.seed, "think": args.think, "per_family": args.per_family,
              "splits": dict(zip(SPLITS, parts))}  # fmt: skip
    print(markdown(result))
    print(f"\n{time.time() - started:.0f} s")
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n")
    if args.card:
        write_card(args.card, result)


if __name__ == "__main__":
    main()
