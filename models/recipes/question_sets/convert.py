"""Writes M3CoT or ScienceQA as a dataset for the evaluation: a list of questions in JSON, and their pictures beside it.

    python -m recipes.question_sets --set m3cot --source DIR --split test --out DATA
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from .items import SETS, Item, Problem, read_items
from .pictures import write_picture
from .rows import SPLITS, QuestionSetError
from .texts import FORMS, prompt


def entry(item: Item, which: str, form: str, image_path: str) -> dict:
    """A question in the evaluation's form: `prompt`, `solution`, `image_path`, `idx`, and what the set says of it."""
    named = {"id": item.id} if item.id else {}
    return {
        "idx": item.idx, **named, "image_path": image_path, "prompt": prompt(item.question, item.choices, form, SETS[which].infer_label),
        "solution": item.answer, "options": list(item.choices), **item.about, "steps": list(item.steps),
    }  # fmt: skip


def convert(items: Iterator[Item], source: Path, out: Path, which: str, split: str | None, form: str = "infer") -> tuple[Path, int]:
    """Writes `SET-SPLIT.json` under `out`, and a picture for each of its questions in a folder of that name.

    What an earlier conversion wrote there is replaced. Returns the JSON file and its number of questions. Throws QuestionSetError when no
    row can be used, or when the pictures' folder is something else.
    """
    folder = out / f"{which}-{split or 'all'}"
    listing = folder.with_name(f"{folder.name}.json")
    if source.resolve() == listing.resolve() or source.resolve().is_relative_to(folder.resolve()):
        raise QuestionSetError(f"{source} is where the dataset would be written; name another folder by --out.")
    if folder.exists() and not listing.is_file():
        raise QuestionSetError(f"{folder} exists, and no {listing.name} beside it says that it is an earlier conversion; name another folder by --out.")
    first = next(items, None)
    if first is None:
        raise QuestionSetError(f"No row of {source} can be used; nothing was written.")
    part, entries = folder.with_name(f".{folder.name}.part"), []
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        for item in chain([first], items):
            picture = write_picture(item.picture, part / f"{item.idx:06d}")
            entries.append(entry(item, which, form, f"{folder.name}/{picture.name}"))
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    listing.write_text(json.dumps(entries, indent=1) + "\n")
    return listing, len(entries)


def main(arguments: list[str] | None = None) -> None:
    """Runs the command. Ends with status 1 when rows were left out for a fault (a row without image is none), 2 when nothing was written."""
    p = argparse.ArgumentParser(prog="python -m recipes.question_sets", description="Write M3CoT or ScienceQA as a dataset for the evaluation.")
    p.add_argument("--set", required=True, choices=SETS, help="which of the two it is")
    p.add_argument("--source", required=True, type=Path, help="a parquet, JSON or JSON Lines file, or a folder of them, as the set is published")
    p.add_argument("--split", choices=SPLITS, help="the split to write (default: all rows)")
    p.add_argument("--out", required=True, type=Path, help="folder to write SET-SPLIT.json and the pictures to")
    p.add_argument("--form", choices=FORMS, default="infer", help="whose prompts: the release labels options otherwise in training (default: infer)")
    p.add_argument("--require-rationale", action="store_true", help="leave out rows without rationale too")
    p.add_argument("--limit", type=int, help="write this many questions at most")
    args = p.parse_args(arguments)
    if args.limit is not None and args.limit < 1:
        p.error(f"--limit is {args.limit}; expected 1 or more")
    counts: Counter[str] = Counter()

    def report(problem: Problem) -> None:
        counts[problem.kind] += 1
        print(problem, file=sys.stderr)

    try:
        items = islice(read_items(args.source, args.set, args.split, report, need_rationale=args.require_rationale), args.limit)
        listing, written = convert(items, args.source, args.out, args.set, args.split, args.form)
    except QuestionSetError as error:
        p.exit(2, f"{error}\n")
    print(f"{listing}  {written} questions with pictures; left out: {counts['no image']} without image, {counts['fault']} with another fault; "
          f"without rationale: {counts['no rationale']} ({'left out' if args.require_rationale else 'kept'})")
    if counts["fault"] or (args.require_rationale and counts["no rationale"]):
        sys.exit(1)
