"""Turns a Hub-style Qwen2-VL or Qwen2.5-VL checkpoint folder into the three ONNX graphs the browser runs, in several types.

    python -m recipes.export --checkpoint DIR --out DIR [--dtypes fp32,q4,q4f16] [--external-data] [--calibrate N]
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .export_calibration import calibrate
from .export_manifest import write_manifest
from .export_weights import Checkpoint
from .external_data import SHARD_BYTES, DataFiles
from .graph_builder import GraphBuilder
from .graph_text import decoder_graph, embed_graph
from .graph_vision import vision_graph
from .model_shape import ModelShape


class Dtype(NamedTuple):
    """A type to export in: the files' suffix, the type of the matrix products, whether weights are 4-bit."""

    suffix: str
    compute: type
    quantised: bool


DTYPES = {
    "fp32": Dtype("", np.float32, False),
    "fp16": Dtype("_fp16", np.float16, False),
    "q4": Dtype("_q4", np.float32, True),
    "q4f16": Dtype("_q4f16", np.float16, True),
}
EMBED_BITS = (4, 16, 32)
#: Embedding tables of more values than this are in 4-bit blocks in the 4-bit types, as in the public exports.
LARGE_TABLE = 1 << 26
GRAPHS = {"embed_tokens": embed_graph, "vision_encoder": vision_graph, "decoder_model_merged": decoder_graph}
SIDE_FILES = ("generation_config.json", "tokenizer.json", "tokenizer_config.json", "preprocessor_config.json",
              "chat_template.json", "chat_template.jinja")


def write_graphs(source: ModelShape, out: Path, dtypes: list[str], *, shard_bytes: int | None = None, embed_bits: int | None = None,
                 moments: dict | None = None) -> dict[str, int]:
    """Writes `onnx/*.onnx` under `out`, weights beside them in files of at most `shard_bytes` (in them when None).

    `embed_bits`, one of `EMBED_BITS`, is how the embedding table is kept (see `embedding_kept`).
    Returns the number of data files per graph file that has any.
    """
    onnx = out / "onnx"
    onnx.mkdir(parents=True, exist_ok=True)
    for stale in onnx.glob("*.onnx*"):
        stale.unlink()
    chunks = {}
    for dtype in dtypes:
        suffix, compute, quantised = DTYPES[dtype]
        for name, build in GRAPHS.items():
            path = onnx / f"{name}{suffix}.onnx"
            kept = embedding_kept(source, DTYPES[dtype], embed_bits) if name == "embed_tokens" else (compute, quantised)
            graph = GraphBuilder(name, *kept, moments, DataFiles(path, shard_bytes) if shard_bytes else None)
            build(graph, source)
            files = graph.save(path)
            if len(files) > 1:
                chunks[path.name] = len(files) - 1
            for file in files:
                print(f"{file.relative_to(out)}  {file.stat().st_size:,} bytes", flush=True)
    return chunks


def embedding_kept(source: ModelShape, dtype: Dtype, bits: int | None) -> tuple[type, bool]:
    """Type of the embedding table's values (or scales), and whether it is in 4-bit blocks.

    Unless told, a 4-bit type has a large table in blocks, and any other table has the type of the matrix products.
    """
    if bits is None:
        large = source.text["vocab_size"] * source.text["hidden_size"] > LARGE_TABLE
        return dtype.compute, dtype.quantised and large
    return (dtype.compute, True) if bits == 4 else (np.float16 if bits == 16 else np.float32, False)


def write_config(source: ModelShape, out: Path, chunks: dict[str, int]) -> None:
    """The source's configuration with a `text_config`, and the note transformers.js needs to find external data."""
    config = json.loads(json.dumps(source.config))
    config.pop("transformers_version", None)
    if "text_config" not in config:
        flat = {key: value for key, value in config.items() if key not in ("architectures", "vision_config")}
        config["text_config"] = {**flat, "model_type": f"{source.kind}_text"}
    if chunks:
        config["transformers.js_config"] = {"use_external_data_format": chunks}
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def export(checkpoint: Checkpoint, out: Path, dtypes: list[str], *, external_data: bool = False, calibrate_on: int = 0) -> None:
    """Writes graphs, configuration, the tokenizer's and processor's files and the manifest under `out`.

    `calibrate_on` pictures of the world guide the rounding of the 4-bit types; 0 rounds every weight for itself.
    """
    moments = calibrate(checkpoint.folder, calibrate_on) if calibrate_on and any(DTYPES[dtype].quantised for dtype in dtypes) else None
    chunks = write_graphs(checkpoint, out, dtypes, shard_bytes=SHARD_BYTES if external_data else None, moments=moments)
    for name in SIDE_FILES:
        if (checkpoint.folder / name).is_file():
            shutil.copyfile(checkpoint.folder / name, out / name)
    write_config(checkpoint, out, chunks)
    write_manifest(checkpoint, out, dtypes, {dtype: DTYPES[dtype].suffix for dtype in dtypes})


def dtype_list(parser: argparse.ArgumentParser, value: str) -> list[str]:
    """The types of a comma-separated list; ends the command when there are none or others than `DTYPES`."""
    dtypes = [name.strip() for name in value.split(",") if name.strip()]
    if not dtypes or set(dtypes) - set(DTYPES):
        parser.error(f"The types are {', '.join(DTYPES)}; got {value!r}.")
    return dtypes


def main() -> None:
    parser = argparse.ArgumentParser(description="Export a Qwen2.5-VL checkpoint to ONNX.")
    parser.add_argument("--checkpoint", required=True, help="folder with config.json and safetensors weights")
    parser.add_argument("--out", required=True, help="folder to write; its onnx/ files are replaced")
    parser.add_argument("--dtypes", default="fp32,q4,q4f16", help=f"comma-separated, of {', '.join(DTYPES)}")
    parser.add_argument("--external-data", action="store_true", help="put weights beside the graphs; needed above 2 GB")
    parser.add_argument("--calibrate", type=int, default=0, metavar="N",
                        help="round 4-bit weights by what N pictures of the embedded model's world feed them")
    arguments = parser.parse_args()
    dtypes = dtype_list(parser, arguments.dtypes)
    try:
        checkpoint = Checkpoint(arguments.checkpoint)
    except (FileNotFoundError, ValueError) as error:
        parser.error(str(error))
    export(checkpoint, Path(arguments.out), dtypes, external_data=arguments.external_data, calibrate_on=arguments.calibrate)


if __name__ == "__main__":
    main()
