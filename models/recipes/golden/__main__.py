"""Writes the golden numbers the browser is held to: PyTorch's in float32, and the 4-bit graphs' from ONNX Runtime.

    python -m recipes.golden --checkpoint DIR --exported ../public/models/noema-tiny --out ../test/parity

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
from .image import Picture, describe, picture
from .model import ReferenceModel
from .q4 import ExportedModel
from .sections import (
    VARIANTS, answers_section, dependence_section, features_of, prompts_section, readings_section, runs_section,
)

BOUNDS = {"min_pixels": 28224, "max_pixels": 78400}
ANSWER = "\\boxed{3}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m recipes.golden", description="Write golden numbers for the parity tests.")
    parser.add_argument("--checkpoint", required=True, help="checkpoint folder")
    parser.add_argument("--exported", required=True, help="folder the checkpoint was exported to")
    parser.add_argument("--out", required=True, help="folder for the JSON files")
    arguments = parser.parse_args()
    out = Path(arguments.out)
    torch.set_num_threads(1)

    exact = picture("exact", 117, (224, 168), split="hard")
    pictures = [
        exact,
        picture("enlarged", 22, (61, 45), **BOUNDS),
        picture("reduced", 23, (333, 250), **BOUNDS),
        picture("rounded", 24, (171, 197)),
        picture("small", 25, (112, 84)),
    ]
    write(out, "images", {"pictures": [describe(item) for item in pictures]})

    model = ReferenceModel(arguments.checkpoint)
    exported = ExportedModel(arguments.checkpoint, arguments.exported, "_q4")
    files = [Path(arguments.exported) / "onnx" / f"{name}_q4.onnx" for name in ("vision_encoder", "decoder_model_merged")]
    about = {"embeddingStd": model.embedding_std, "checkpoint": _digest(sorted(Path(arguments.checkpoint).glob("*.safetensors")))}
    write(out, "prompts", prompts_section(model, pictures))
    for name, source, extra in (("fp32", model, about), ("q4", exported, {**about, "graphs": _digest(files)})):
        full = name == "fp32"
        shown = [exact, pictures[2]] if full else [exact]
        write(out, f"features-{name}", {**extra, "features": {item.name: features_of(source, item) for item in shown}})
        write(out, f"readings-{name}", {**extra, **readings_section(source, exact)})
        write(out, f"dependence-{name}", {**extra, **dependence_section(source, pictures[4], ANSWER)})
        write(out, f"answers-{name}", {**extra, **answers_section(source, 8, with_pictures=full)})
        write(out, f"dmlr-{name}", {**extra, **runs_section(source, exact, ["default", *VARIANTS] if full else ["default"])})
        write_gradients(out, name, source, arguments.exported, exact, extra)


def write_gradients(out: Path, dtype: str, source: ReferenceModel, exported: str, item: Picture, extra: dict) -> None:
    """Gradients with the weights of one dtype's decoder. Changes the source's weights: nothing else may be asked of it afterwards."""
    write(out, f"gradients-{dtype}", {**extra, **gradients_section(with_weights_of(source, StoredDecoder(Path(exported), dtype)), item)})


def _digest(files: list[Path]) -> str:
    """One checksum over the files the numbers belong to."""
    total = hashlib.sha256()
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


if __name__ == "__main__":
    main()
