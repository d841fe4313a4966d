"""Writes an export with random weights in a released model's true shape: the same names, dtypes, files and widths.

    python -m recipes.stand_in --shape qwen2_5-vl-3b --dtype q4 --layers 4 --vision-layers 2 --out DIR [--check]

For loading, memory and speed, where no real weights can be had. What it says is noise.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

from ..export.convert import EMBED_BITS, write_config, write_graphs
from ..graphs.dtypes import DTYPES, dtype_list
from ..graphs.external_data import SHARD_BYTES
from ..hub.made_files import write_made_files
from ..hub.manifest import write_manifest
from .random_weights import RandomCheckpoint
from .tokenizer import SPECIAL, stand_in_tokenizer

SHAPES = Path(__file__).parents[1] / "configs"
MIN_PIXELS, MAX_PIXELS = 56 * 56, 14 * 14 * 4 * 16384
MODEL_MAX_LENGTH = 131072


def shapes() -> list[str]:
    """The shapes there is a configuration for."""
    return sorted(path.stem for path in SHAPES.glob("qwen*.json"))


def cut(config: dict, layers: int | None, vision_layers: int | None) -> dict:
    """A configuration with fewer layers; a vision encoder cut short keeps one block that sees the whole picture, its last."""
    config = json.loads(json.dumps(config))
    vision = config["vision_config"]
    if layers:
        config["num_hidden_layers"] = layers
        config["max_window_layers"] = min(config["max_window_layers"], layers)
    if vision_layers:
        vision["depth"] = vision_layers
    if "fullatt_block_indexes" in vision:
        vision["fullatt_block_indexes"] = [index for index in vision["fullatt_block_indexes"] if index < vision["depth"]] or [vision["depth"] - 1]
    return config


def write_stand_in(config: dict, out: Path, dtypes: list[str], *, seed: int, shard_bytes: int, embed_bits: int | None) -> RandomCheckpoint:
    """Writes a complete model folder; weights are drawn and written one after another."""
    source = RandomCheckpoint(config, seed)
    chunks = write_graphs(source, out, dtypes, shard_bytes=shard_bytes, embed_bits=embed_bits)
    write_made_files(out, stand_in_tokenizer(), SPECIAL, source.architecture, MIN_PIXELS, MAX_PIXELS, MODEL_MAX_LENGTH)
    write_config(source, out, chunks)
    write_manifest(source, out, dtypes, "Apache-2.0")
    return source


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m recipes.stand_in", description="Write an export with random weights in a released model's true shape.")
    parser.add_argument("--shape", required=True, choices=shapes())
    parser.add_argument("--out", required=True, help="folder to write; its onnx/ files are replaced")
    parser.add_argument("--dtype", default="q4", help=f"comma-separated, of {', '.join(DTYPES)}")
    parser.add_argument("--layers", type=int, help="decoder layers (default: all)")
    parser.add_argument("--vision-layers", type=int, help="vision blocks (default: all)")
    parser.add_argument("--shard-bytes", type=int, default=SHARD_BYTES, help="most bytes of one data file")
    parser.add_argument("--embed-bits", type=int, choices=EMBED_BITS,
                        help="how the embedding table is kept (default: 4 in the 4-bit types, which WASM cannot read)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="run the graphs once in ONNX Runtime on the CPU")
    arguments = parser.parse_args()
    dtypes = dtype_list(parser, arguments.dtype)
    started = time.monotonic()
    config = cut(json.loads((SHAPES / f"{arguments.shape}.json").read_text()), arguments.layers, arguments.vision_layers)
    out = Path(arguments.out)
    write_stand_in(config, out, dtypes, seed=arguments.seed, shard_bytes=arguments.shard_bytes, embed_bits=arguments.embed_bits)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    total = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{total:,} bytes in all, written in {time.monotonic() - started:.0f} s with at most {peak:,.0f} MiB of memory")
    if arguments.check:
        from .check import check

        for dtype in dtypes:
            check(out, dtype)


if __name__ == "__main__":
    main()
