"""Checks an export: every dtype's graphs against PyTorch and, for the embedded model, how often they answer as float32 does.

    python -m recipes.export.check --checkpoint DIR --exported DIR [--items 64]

Ends with status 1 when a number is beyond the bounds of its type (`parity.BOUNDS`).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..golden.q4 import ExportedModel
from ..golden.sections import answer_scenes, greedy_answer
from ..graphs.dtypes import DTYPES
from ..world.prompts import boxed
from .parity import check_parity


def check_answers(checkpoint: str, exported: str, dtypes: list[str], count: int) -> None:
    """Prints, per dtype, how many answers are right and how many are the float32 graphs' own."""
    items = answer_scenes(count, seed=50_000)
    replies: dict[str, list[str]] = {}
    for dtype in dtypes:
        model = ExportedModel(checkpoint, exported, DTYPES[dtype].suffix)
        for form in ("direct", "latent"):
            replies[f"{form} {dtype}"] = [model.decode(greedy_answer(model, form, item["question"], picture)[0]) for picture, item in items]
    for name, texts in replies.items():
        right = sum(boxed(text) == item["answer"] for text, (_, item) in zip(texts, items))
        form = name.split()[0]
        same = sum(a == b for a, b in zip(texts, replies.get(f"{form} fp32", texts)))
        print(f"{name:13} right {right}/{count}   same as fp32 {same}/{count}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Check an export against PyTorch.")
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--exported", required=True)
    parser.add_argument("--items", type=int, default=0, help="questions of the embedded model's world to answer with every type")
    arguments = parser.parse_args()
    folder = Path(arguments.exported)
    dtypes = [dtype for dtype, kind in DTYPES.items() if (folder / "onnx" / f"decoder_model_merged{kind.suffix}.onnx").is_file()]
    if not dtypes:
        parser.error(f"{folder}/onnx holds no decoder_model_merged graph.")
    wrong = check_parity(Path(arguments.checkpoint), folder, dtypes)
    if arguments.items:
        check_answers(arguments.checkpoint, arguments.exported, dtypes, arguments.items)
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
