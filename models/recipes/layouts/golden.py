"""Writes a fixture's golden numbers and measures how far ONNX Runtime's are from them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import onnxruntime

from ..golden.arrays import coarse, write
from .case import Case, Fixture
from .reading import Reading, RuntimeModel, runtime_reading, torch_reading

PIXEL_SCALE = 1 / 32
MEASURED = ("features", "logits", "hidden", "attention")


def golden_name(dtype: str) -> str:
    """`golden` for float32, `golden-q4` and so on for others."""
    return "golden" if dtype == "fp32" else f"golden-{dtype}"


def _content(case: Case, reading: Reading, source: str, dtype: str) -> dict:
    """What a golden file holds; arrays are encoded as golden/arrays.py says."""
    def part(name: str) -> dict:
        layers = reading[f"{name}_attention"]
        return {"logits": reading[f"{name}_logits"], "hidden": reading[f"{name}_hidden"],
                "attention": layers.mean(axis=0), "attentionByLayer": layers}

    length = len(case.ids)
    positions = reading["positions"]
    return {
        "source": source,
        "dtype": dtype,
        "grid": list(case.grid),
        "pixelValues": coarse(case.pixels, PIXEL_SCALE),
        "features": reading["features"],
        "promptIds": case.ids,
        "positions": positions[:, :length].tolist(),
        "imageStart": case.image_start,
        "imageCount": case.image_count,
        "first": {"rows": case.rows, **part("first")},
        "second": {"ids": list(case.continuation), "positions": positions[:, length:].tolist(), **part("second")},
    }


def write_golden(fixture: Fixture, dtype: str, case: Case, checkpoint: Path) -> None:
    """Writes `golden*.json`: PyTorch's numbers for float32, the graph's own from ONNX Runtime's CPU for narrower dtypes."""
    reading, source = torch_reading(checkpoint, case)
    if dtype != "fp32":
        reading = runtime_reading(RuntimeModel(fixture, dtype), case, reading["positions"])
        source = (f"ONNX Runtime {onnxruntime.__version__}, CPU, this very {dtype} graph without accuracy_level; attention from "
                  "GroupQueryAttention's qk_output 2 or the graph's own Softmax")
    write(fixture.folder, golden_name(dtype), _content(case, reading, source, dtype))


def _decode(array: dict) -> np.ndarray:
    if "f32" in array:
        return np.frombuffer(base64.b64decode(array["f32"]), dtype="<f4").reshape(array["shape"])
    return (np.frombuffer(base64.b64decode(array["i8"]), dtype=np.int8).astype(np.float32) * np.float32(array["scale"])).reshape(array["shape"])


def errors(fixture: Fixture, dtype: str) -> dict[str, float]:
    """The largest error of features, logits, hidden states and attention, as a share of the largest golden number of its kind."""
    golden = json.loads((fixture.folder / f"{golden_name(dtype)}.json").read_text())
    case = Case(golden["promptIds"], tuple(golden["grid"]), _decode(golden["pixelValues"]), golden["imageStart"], golden["imageCount"],
                tuple(golden["second"]["ids"]))
    positions = np.concatenate([np.array(golden["positions"]), np.array(golden["second"]["positions"])], axis=1)
    reading = runtime_reading(RuntimeModel(fixture, dtype), case, positions)
    expected = {"features": _decode(golden["features"])}
    for part in ("first", "second"):
        for name, key in (("logits", "logits"), ("hidden", "hidden"), ("attention", "attentionByLayer")):
            expected[f"{part}_{name}"] = _decode(golden[part][key])
    found: dict[str, float] = {}
    for key, value in expected.items():
        kind = key.rpartition("_")[2]
        found[kind] = max(found.get(kind, 0.0), float(np.abs(reading[key] - value).max() / np.abs(value).max()))
    return found
