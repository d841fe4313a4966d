"""Turns a Hub-style Qwen2.5-VL checkpoint folder into the three ONNX graphs the browser runs, in several types.

    python -m recipes.export --checkpoint DIR --out DIR [--dtypes fp32,q4,q4f16] [--external-data] [--calibrate N]
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import numpy as np

from .export_calibration import calibrate
from .export_manifest import write_manifest
from .export_weights import Checkpoint
from .external_data import DataFiles
from .graph_builder import GraphBuilder
from .graph_text import decoder_graph, embed_graph
from .graph_vision import vision_graph

#: Per type: file suffix, type of the matrix products, whether weights are 4-bit.
DTYPES = {"fp32": ("", np.float32, False), "q4": ("_q4", np.float32, True), "q4f16": ("_q4f16", np.float16, True)}
GRAPHS = {"embed_tokens": embed_graph, "vision_encoder": vision_graph, "decoder_model_merged": decoder_graph}
SIDE_FILES = ("generation_config.json", "tokenizer.json", "tokenizer_config.json", "preprocessor_config.json",
              "chat_template.json", "chat_template.jinja")


def export(checkpoint: Checkpoint, out: Path, dtypes: list[str], *, external_data: bool = False, calibrate_on: int = 0) -> None:
    """Writes `onnx/*.onnx`, the configuration, the tokenizer's and processor's files and the manifest under `out`.

    `calibrate_on` pictures of the world guide the rounding of the 4-bit types; 0 rounds every weight for itself.
    """
    moments = calibrate(checkpoint.folder, calibrate_on) if calibrate_on and any(DTYPES[dtype][2] for dtype in dtypes) else None
    onnx = out / "onnx"
    onnx.mkdir(parents=True, exist_ok=True)
    for stale in onnx.glob("*.onnx*"):
        stale.unlink()
    for dtype in dtypes:
        suffix, compute, quantised = DTYPES[dtype]
        for name, build in GRAPHS.items():
            path = onnx / f"{name}{suffix}.onnx"
            graph = GraphBuilder(name, compute, quantised, moments, DataFiles(path) if external_data else None)
            build(graph, checkpoint)
            for file in graph.save(path):
                print(f"{file.relative_to(out)}  {file.stat().st_size:,} bytes")
    for name in SIDE_FILES:
        if (checkpoint.folder / name).is_file():
            shutil.copyfile(checkpoint.folder / name, out / name)
    _write_config(checkpoint, out, external_data)
    write_manifest(checkpoint, out, dtypes, {dtype: DTYPES[dtype][0] for dtype in dtypes})


def _write_config(checkpoint: Checkpoint, out: Path, external_data: bool) -> None:
    """The checkpoint's configuration with a `text_config`, and the note transformers.js needs to find external data."""
    config = json.loads(json.dumps(checkpoint.config))
    config.pop("transformers_version", None)
    if "text_config" not in config:
        flat = {key: value for key, value in config.items() if key not in ("architectures", "vision_config")}
        config["text_config"] = {**flat, "model_type": "qwen2_5_vl_text"}
    if external_data:
        config["transformers.js_config"] = {"use_external_data_format": True}
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Export a Qwen2.5-VL checkpoint to ONNX.")
    parser.add_argument("--checkpoint", required=True, help="folder with config.json and safetensors weights")
    parser.add_argument("--out", required=True, help="folder to write; its onnx/ files are replaced")
    parser.add_argument("--dtypes", default="fp32,q4,q4f16", help=f"comma-separated, of {', '.join(DTYPES)}")
    parser.add_argument("--external-data", action="store_true", help="put weights beside the graphs; needed above 2 GB")
    parser.add_argument("--calibrate", type=int, default=0, metavar="N",
                        help="round 4-bit weights by what N pictures of the embedded model's world feed them")
    arguments = parser.parse_args()
    dtypes = [name.strip() for name in arguments.dtypes.split(",") if name.strip()]
    unknown = sorted(set(dtypes) - set(DTYPES))
    if unknown or not dtypes:
        parser.error(f"--dtypes takes {', '.join(DTYPES)}; got {arguments.dtypes!r}.")
    try:
        checkpoint = Checkpoint(arguments.checkpoint)
    except (FileNotFoundError, ValueError) as error:
        parser.error(str(error))
    export(checkpoint, Path(arguments.out), dtypes, external_data=arguments.external_data, calibrate_on=arguments.calibrate)


if __name__ == "__main__":
    main()
