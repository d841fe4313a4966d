"""Adds the gradient graphs to an export: python -m recipes.export.gradient --exported ../public/models/noema-tiny [--dtypes fp32,q4,q4f16].

A gradient graph has no weights of its own: it names those of the decoder beside it by their place in the decoder's file.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ..graphs.dtypes import DTYPES, dtype_list
from ..graphs.gradient import gradient_graph
from ..graphs.model_shape import CheckpointError
from ..graphs.stored_decoder import StoredDecoder
from ..hub.manifest import file_facts


def add_gradient(folder: Path, dtype: str) -> Path:
    """Writes `onnx/decoder_gradient….onnx` of one type and enters it in the manifest. Returns its path. Throws CheckpointError."""
    manifest_file = folder / "manifest.json"
    if not manifest_file.is_file():
        raise CheckpointError(f"{manifest_file} does not exist; expected a folder that recipes.export wrote.")
    manifest = json.loads(manifest_file.read_text())
    if dtype not in manifest["dtypes"]:
        raise CheckpointError(f"{manifest_file} lists no {dtype}; it has {', '.join(manifest['dtypes'])}.")
    decoder = StoredDecoder(folder, dtype)
    path = folder / "onnx" / f"decoder_gradient{DTYPES[dtype].suffix}.onnx"
    gradient_graph(decoder, DTYPES[dtype].compute != DTYPES["fp32"].compute).save(path)
    name, data = (file.relative_to(folder).as_posix() for file in (path, decoder.path))
    manifest["dtypes"][dtype]["gradient"] = {"graph": name, "data": [data]}
    manifest["files"][name] = file_facts(path)
    manifest_file.write_text(json.dumps(manifest, indent=2) + "\n")
    return path


def main(arguments: list[str] | None = None) -> None:
    """Runs the command. Ends with status 2 for a folder whose decoder has another layout."""
    parser = argparse.ArgumentParser(prog="python -m recipes.export.gradient", description="Add gradient graphs to an export.")
    parser.add_argument("--exported", required=True, type=Path, help="folder that recipes.export wrote; its manifest.json is extended")
    parser.add_argument("--dtypes", default="fp32,q4,q4f16", help=f"comma-separated, of {', '.join(DTYPES)}")
    arguments = parser.parse_args(arguments)
    try:
        for dtype in dtype_list(parser, arguments.dtypes):
            path = add_gradient(arguments.exported, dtype)
            print(f"{path.relative_to(arguments.exported)}  {path.stat().st_size:,} bytes")
    except CheckpointError as error:
        parser.exit(2, f"{error}\n")


if __name__ == "__main__":
    main()
