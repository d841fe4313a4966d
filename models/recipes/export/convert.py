"""Turns a Hub-style Qwen2-VL or Qwen2.5-VL checkpoint folder into the three ONNX graphs the browser runs, in several dtypes.

    python -m recipes.export --checkpoint DIR --out DIR [--dtypes fp32,q4,q4f16] [--external-data] [--calibrate N]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from ..graphs.builder import GraphBuilder
from ..graphs.dtypes import DTYPES, Dtype, dtype_list
from ..graphs.external_data import SHARD_BYTES, DataFiles
from ..graphs.model_shape import CheckpointError, ModelShape
from ..graphs.text import MAX_POSITIONS, decoder_graph, embed_graph
from ..graphs.vision import vision_graph
from ..hub.manifest import write_manifest
from ..hub.side_files import write_side_files
from ..hub.weights import Checkpoint
from .calibration import calibrate
from .parity import check_parity

EMBED_BITS = (4, 16, 32)
#: Embedding tables of more values than this are in 4-bit blocks in the 4-bit dtypes, as in the public exports.
LARGE_TABLE = 1 << 26
GRAPHS = {"embed_tokens": embed_graph, "vision_encoder": vision_graph, "decoder_model_merged": decoder_graph}
#: Models of more parameters than this have their weights beside the graphs.
LARGE_MODEL = 50_000_000
#: Bytes of memory the parity check needs per parameter, and for all else.
CHECK_BYTES, CHECK_REST = 4, 3 << 30


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
        suffix, compute, quantised, _ = DTYPES[dtype]
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
    # The graph's rotary table ends there: whoever reads the configuration must not ask for more.
    for part in (config, config["text_config"]):
        if "max_position_embeddings" in part:
            part["max_position_embeddings"] = min(part["max_position_embeddings"], MAX_POSITIONS)
    config.setdefault("image_token_id", source.read.image_token_id)
    if chunks:
        config["transformers.js_config"] = {"use_external_data_format": chunks}
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def export(checkpoint: Checkpoint, out: Path, dtypes: list[str], *, shard_bytes: int | None = None, embed_bits: int | None = None,
           calibrate_on: int = 0, licence: str | None = None) -> None:
    """Writes graphs, configuration, the tokenizer's and processor's files and the manifest under `out`.

    `calibrate_on` pictures of the world guide the rounding of the 4-bit types; 0 rounds every weight for itself.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_side_files(checkpoint, out)
    moments = calibrate(checkpoint.folder, calibrate_on) if calibrate_on and any(DTYPES[dtype].quantised for dtype in dtypes) else None
    chunks = write_graphs(checkpoint, out, dtypes, shard_bytes=shard_bytes, embed_bits=embed_bits, moments=moments)
    write_config(checkpoint, out, chunks)
    write_manifest(checkpoint, out, dtypes, licence)


def refuse_large_check(checkpoint: Checkpoint) -> None:
    """Throws CheckpointError when the parity check at the end would not find the memory for the model in float32."""
    memory = Path("/proc/meminfo")
    if not memory.is_file():
        return
    free = 1024 * int(next(line.split()[1] for line in memory.read_text().splitlines() if line.startswith("MemAvailable:")))
    needed = CHECK_BYTES * checkpoint.count() + CHECK_REST
    if needed > free:
        raise CheckpointError(f"The parity check holds the model in float32 and needs about {needed / 1e9:.0f} GB of memory; "
                              f"{free / 1e9:.0f} GB are free. Export with --no-check and run recipes.export.check on a larger machine.")


def main(arguments: list[str] | None = None) -> None:
    """Runs the command. Ends with status 2 for a checkpoint that cannot be exported, 1 when the graphs are beyond their bounds."""
    parser = argparse.ArgumentParser(prog="python -m recipes.export", description="Export a Qwen2-VL or Qwen2.5-VL checkpoint to ONNX.")
    parser.add_argument("--checkpoint", required=True, help="folder with config.json and safetensors weights")
    parser.add_argument("--out", required=True, help="folder to write; its onnx/ files are replaced")
    parser.add_argument("--dtypes", default="fp32,q4,q4f16", help=f"comma-separated, of {', '.join(DTYPES)}")
    parser.add_argument("--external-data", action="store_true", help="put weights beside the graphs, as is done for large models anyway")
    parser.add_argument("--shard-bytes", type=int, default=SHARD_BYTES, help="most bytes of one data file")
    parser.add_argument("--embed-bits", type=int, choices=EMBED_BITS,
                        help="how the embedding table is kept (default: 4 for large tables of the 4-bit types, which WASM cannot read)")
    parser.add_argument("--licence", help="what the manifest says of the weights' licence")
    parser.add_argument("--no-check", action="store_true", help="leave out the comparison with PyTorch at the end")
    parser.add_argument("--calibrate", type=int, default=0, metavar="N",
                        help="round 4-bit weights by what N pictures of the embedded model's world feed them")
    arguments = parser.parse_args(arguments)
    dtypes, out = dtype_list(parser, arguments.dtypes), Path(arguments.out)
    try:
        checkpoint = Checkpoint(arguments.checkpoint)
        if not arguments.no_check:
            refuse_large_check(checkpoint)
        large = arguments.external_data or checkpoint.count() > LARGE_MODEL
        export(checkpoint, out, dtypes, shard_bytes=arguments.shard_bytes if large else None, embed_bits=arguments.embed_bits,
               calibrate_on=arguments.calibrate, licence=arguments.licence)
    except CheckpointError as error:
        parser.exit(2, f"{error}\n")
    if not arguments.no_check and (wrong := check_parity(checkpoint.folder, out, dtypes)):
        sys.exit("\n".join(wrong))
