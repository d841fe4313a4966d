"""Writes the golden numbers the browser is held to: PyTorch's in float32, and the 4-bit graphs' from ONNX Runtime.

    python -m recipes.golden --checkpoint DIR --exported ../public/models/noema-tiny --out ../test/parity [--parts interleaved,...]

How arrays are written is said in arrays.py; what each file holds, by the functions of sections.py.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch

from ..graphs.stored_decoder import StoredDecoder
from .arrays import write
from .gradients import gradients_section, with_weights_of
from .image import describe, exact, picture
from .interleaved import trained_for
from .interleaved_section import CASES, NARROW_CASES, interleaved_section
from .model import ReferenceModel
from .q4 import ExportedModel
from .sections import (
    VARIANTS, answers_section, dependence_section, features_of, prompts_section, readings_section, runs_section,
)

BOUNDS = {"min_pixels": 28224, "max_pixels": 78400}
ANSWER = "\\boxed{3}"
#: Most tokens of an answer after latent steps.
LIMIT = 16
PARTS = ("images", "prompts", "features", "readings", "dependence", "answers", "dmlr", "interleaved", "gradients")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m recipes.golden", description="Write golden numbers for the parity tests.")
    parser.add_argument("--checkpoint", required=True, type=Path, help="checkpoint folder")
    parser.add_argument("--exported", required=True, type=Path, help="folder the checkpoint was exported to")
    parser.add_argument("--out", required=True, type=Path, help="folder for the JSON files")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}, separated by commas; all by default")
    arguments = parser.parse_args()
    parts = arguments.parts.split(",")
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        parser.error(f"No part is called {', '.join(unknown)}; there are {', '.join(PARTS)}.")
    torch.set_num_threads(1)
    _write_parts(parts, arguments.checkpoint, arguments.exported, arguments.out)


def _write_parts(parts: list[str], checkpoint: Path, exported: Path, out: Path) -> None:
    shown = exact()
    pictures = [
        shown,
        picture("enlarged", 22, (61, 45), **BOUNDS),
        picture("reduced", 23, (333, 250), **BOUNDS),
        picture("rounded", 24, (171, 197)),
        picture("small", 25, (112, 84)),
    ]
    if "images" in parts:
        write(out, "images", {"pictures": [describe(item) for item in pictures]})
    model = ReferenceModel(checkpoint)
    if "prompts" in parts:
        write(out, "prompts", prompts_section(model, pictures))
    about = {"embeddingStd": model.embedding_std, "checkpoint": _digest(sorted(checkpoint.glob("*.safetensors")))}
    files = [exported / "onnx" / f"{name}_q4.onnx" for name in ("vision_encoder", "decoder_model_merged")]
    narrow = {**about, "graphs": _digest(files)}
    for dtype, source, extra in (("fp32", model, about), ("q4", ExportedModel(checkpoint, exported, "_q4"), narrow)):
        full = dtype == "fp32"
        sections = {
            "features": lambda: {"features": {item.name: features_of(source, item) for item in ([shown, pictures[2]] if full else [shown])}},
            "readings": lambda: readings_section(source, shown),
            "dependence": lambda: dependence_section(source, pictures[4], ANSWER),
            "answers": lambda: answers_section(source, 8, with_pictures=full),
            "dmlr": lambda: runs_section(source, shown, ["default", *VARIANTS] if full else ["default"]),
            "interleaved": lambda: interleaved_section(source, trained_for(checkpoint), shown, list(CASES) if full else list(NARROW_CASES), LIMIT),
            # Changes the source's weights for those of the decoder, so nothing else may be asked of it afterwards.
            "gradients": lambda: gradients_section(with_weights_of(source, StoredDecoder(exported, dtype)), shown),
        }
        # Latent steps are looked at on more than one model: their files name it.
        names = {"interleaved": f"interleaved-{exported.resolve().name}-{dtype}"}
        for part in PARTS:
            if part in parts and part in sections:
                write(out, names.get(part, f"{part}-{dtype}"), {**extra, **sections[part]()})


def _digest(files: list[Path]) -> str:
    """One checksum over the files the numbers belong to."""
    total = hashlib.sha256()
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


if __name__ == "__main__":
    main()
