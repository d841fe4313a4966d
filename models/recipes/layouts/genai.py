"""Runs the model builder of onnxruntime-genai on a checkpoint and files its decoder where transformers.js looks for it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import onnx
from onnx.external_data_helper import ExternalDataInfo, set_external_data, uses_external_data

#: Text settings that releases of transformers before 5 do not know, or that would hide the flat ones.
NEWER_KEYS = ("model_type", "rope_parameters", "layer_types", "head_dim", "dtype")


def flatten_checkpoint(checkpoint: Path, folder: Path) -> Path:
    """A copy of a checkpoint whose configuration is flat, as published ones are: the builder of early 2026 reads no other."""
    shutil.copytree(checkpoint, folder)
    config = json.loads((folder / "config.json").read_text())
    text = config.pop("text_config", None)
    if text:
        rope = text.get("rope_parameters") or text["rope_scaling"]
        flat = {key: value for key, value in text.items() if key not in NEWER_KEYS and value is not None}
        flat |= {"rope_theta": text.get("rope_theta", rope.get("rope_theta")), "rope_scaling": {"type": "mrope", "mrope_section": rope["mrope_section"]}}
        config = {**flat, **{key: value for key, value in config.items() if key != "dtype"}, "torch_dtype": "float32"}
        config["vision_config"].pop("rope_parameters", None)
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    return folder


def build_decoder(python: str, checkpoint: Path, scratch: Path, out: Path, *, options: dict[str, str] | None = None) -> None:
    """Writes `onnx/decoder_model_merged_q4.onnx` and its `_data` under `out`: 4-bit weights, float32 inputs, outputs and cache.

    Without `use_webgpu_fp32` the builder makes 4-bit decoders for WebGPU with float16 inputs and outputs.
    """
    extra = {"exclude_embeds": "true", "use_webgpu_fp32": "true", **(options or {})}
    built = scratch / "genai"
    shutil.rmtree(built, ignore_errors=True)
    subprocess.run([python, "-m", "onnxruntime_genai.models.builder", "-i", str(checkpoint), "-o", str(built), "-c", str(scratch / "cache"),
                    "-p", "int4", "-e", "webgpu", "--extra_options", *(f"{key}={value}" for key, value in extra.items())], check=True, capture_output=True)
    file = out / "onnx" / "decoder_model_merged_q4.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    model = onnx.load(built / "model.onnx", load_external_data=False)
    for tensor in model.graph.initializer:
        if uses_external_data(tensor):
            info = ExternalDataInfo(tensor)
            raw = tensor.raw_data
            tensor.raw_data = b""
            set_external_data(tensor, location=f"{file.name}_data", offset=info.offset, length=info.length)
            tensor.raw_data = raw
    file.write_bytes(model.SerializeToString(deterministic=True))
    shutil.copyfile(built / "model.onnx.data", file.with_name(f"{file.name}_data"))
    for written in (file, file.with_name(f"{file.name}_data")):
        print(f"{written.name}  {written.stat().st_size:,} bytes")
