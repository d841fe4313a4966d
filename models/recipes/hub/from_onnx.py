"""Rebuilds a checkpoint from a float32 export: python -m recipes.hub.from_onnx --exported FOLDER --out FOLDER.

The inverse of recipes.export: the weights that the three float32 graphs hold, under the library's names, beside the files they came with.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import save_file

from ..graphs.model_shape import CheckpointError, ModelShape
from .made_files import write_json
from .manifest import SESSIONS
from .weights import Checkpoint

#: Files of an export that belong to it and not to the checkpoint.
OF_THE_EXPORT = ("manifest.json", "accuracy.json")
#: Where the graphs' names differ from the library's, beside the way a product is written: (library's, graph's).
RENAMED = (
    (r"^language_model\.norm\.", "model.layers.{layers}.final_norm_layernorm."),
    (r"^language_model\.", "model."),
    (r"^visual\.", "vision."),
    (r"\.self_attn\.", ".attn."),
    (r"^vision\.patch_embed\.proj\.", "vision.patch_embed."),
)


def stored_as(name: str, layers: int, norm: bool) -> str:
    """The initializer of a graph that holds the weight `name`; `layers` counts the decoder's, `norm` says that it scales rows."""
    for pattern, replacement in RENAMED:
        name = re.sub(pattern, replacement.format(layers=layers), name)
    if norm or name == "model.embed_tokens.weight":
        return name
    stem, kind = name.rsplit(".", 1)
    return f"{stem}.MatMul.weight" if kind == "weight" else f"{stem}.Add.bias"


class Exported(ModelShape):
    """A float32 export as a source of weights. Throws CheckpointError when a graph or one of its weights is missing."""

    def __init__(self, folder: Path):
        self.folder = folder
        config = folder / "config.json"
        if not config.is_file():
            raise CheckpointError(f"{config} does not exist; expected a folder that recipes.export wrote.")
        super().__init__(json.loads(config.read_text()), str(config))
        self.initializers: dict[str, onnx.TensorProto] = {}
        for session in SESSIONS:
            graph = folder / "onnx" / f"{session}.onnx"
            if not graph.is_file():
                raise CheckpointError(f"{graph} does not exist; only the float32 graphs hold the weights unrounded (--dtypes fp32).")
            self.initializers |= {tensor.name: tensor for tensor in onnx.load(graph).graph.initializer}

    def tensor(self, name: str) -> np.ndarray:
        """One weight as float32, in the library's shape."""
        shape = self.shapes[name]
        stored = stored_as(name, self.text["num_hidden_layers"], len(shape) == 1 and name.endswith(".weight"))
        if stored not in self.initializers:
            raise CheckpointError(f"The graphs in {self.folder} lack {stored}, which holds {name}; they are of another layout or rounded.")
        array = numpy_helper.to_array(self.initializers[stored])
        array = array.T if stored.endswith(".MatMul.weight") else array
        return np.array(array, dtype=np.float32, order="C").reshape(shape)


def rebuild(exported: Path, out: Path) -> None:
    """Writes a complete Hub folder: weights, configuration, tokenizer, processor, and what the manifest says of the training."""
    source = Exported(exported)
    tensors = {name if name.startswith("lm_head") else f"model.{name}": torch.from_numpy(source.tensor(name)) for name in source.shapes}
    out.mkdir(parents=True, exist_ok=True)
    for file in exported.glob("*.json"):
        if file.name not in OF_THE_EXPORT:
            shutil.copyfile(file, out / file.name)
    save_file(tensors, out / "model.safetensors", metadata={"format": "pt"})
    manifest = exported / "manifest.json"
    training = json.loads(manifest.read_text()).get("training") if manifest.is_file() else None
    if training:
        write_json(out / "training.json", training)
    Checkpoint(out)  # throws when a weight is missing or has another shape


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--exported", required=True, type=Path, help="folder with onnx/*.onnx in float32, as recipes.export writes it")
    p.add_argument("--out", required=True, type=Path, help="checkpoint folder to write")
    args = p.parse_args()
    try:
        rebuild(args.exported, args.out)
    except CheckpointError as error:
        p.exit(2, f"{error}\n")
    print(f"{args.out}  rebuilt; compare with: python -m recipes.export.check --checkpoint {args.out} --exported {args.exported} --items 64")


if __name__ == "__main__":
    main()
