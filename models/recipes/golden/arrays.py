"""How arrays are written into the golden JSON files.

`{"shape": [...], "f32": "..."}` is base64 of little-endian float32; `u8z` is base64 of zlib-deflated bytes; `i8` is base64
of signed bytes that stand for byte * `scale`. Short lists of numbers are plain JSON.
"""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import numpy as np
import torch


def floats(array) -> dict:
    """A float array, as float32."""
    values = np.asarray(array.detach() if isinstance(array, torch.Tensor) else array).astype("<f4")
    return {"shape": list(values.shape), "f32": base64.b64encode(values.tobytes()).decode()}


def pixels(array: np.ndarray) -> dict:
    """A uint8 array."""
    return {"shape": list(array.shape), "u8z": base64.b64encode(zlib.compress(array.tobytes(), 9)).decode()}


def coarse(array: np.ndarray, scale: float) -> dict:
    """A float array whose values are whole multiples of `scale` that fit a signed byte."""
    codes = np.rint(array / scale).astype(np.int8)
    if not np.array_equal(codes.astype(np.float32) * np.float32(scale), array.astype(np.float32)):
        raise ValueError(f"The array does not hold multiples of {scale} within a signed byte.")
    return {"shape": list(array.shape), "scale": scale, "i8": base64.b64encode(codes.tobytes()).decode()}


def coarse_normal(random: np.random.Generator, shape: tuple[int, ...], scale: float = 1 / 32) -> np.ndarray:
    """Standard normal numbers rounded to multiples of `scale`, which `coarse` stores exactly."""
    return (np.clip(np.rint(random.standard_normal(shape) / scale), -127, 127) * scale).astype(np.float32)


def plain(value):
    """Makes a nested value fit for JSON: tensors and arrays become encoded arrays."""
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return floats(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def write(folder: Path, name: str, content: dict) -> None:
    """Writes one golden file and says its size."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(json.dumps(plain(content), separators=(",", ":")) + "\n")
    print(f"{file.name}  {file.stat().st_size:,} bytes")
