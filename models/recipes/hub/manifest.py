"""Writes a model folder's manifest: what it is, and the size and checksum of every file the app loads."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from ..graphs.dtypes import DTYPES
from ..graphs.model_shape import ModelShape

FORMAT = 1
#: Configuration, tokenizer and processor files, which every dtype shares.
SHARED = ("*.json", "*.jinja")
SESSIONS = ("embed_tokens", "vision_encoder", "decoder_model_merged")


def write_manifest(source: ModelShape, out: Path, dtypes: list[str], licence: str | None) -> None:
    """Writes `manifest.json` over the configuration files and graphs in `out` (not its model card).

    `sessions` names, per type, the graph file of each session and, when weights lie beside the graphs, their files.
    """
    paths = [*sorted(path for pattern in SHARED for path in out.glob(pattern)), *sorted(out.glob("onnx/*"))]
    files = {path.relative_to(out).as_posix(): path for path in paths if path.name != "manifest.json"}
    shared = [name for name in files if "/" not in name]
    manifest = {
        "format": FORMAT,
        "name": out.resolve().name,
        **({"licence": licence} if licence else {}),
        "architecture": source.architecture,
        "parameters": source.count(),
        "defaultDtype": "q4" if "q4" in dtypes else dtypes[0],
        "training": source.training,
        "shared": shared,
        "dtypes": {dtype: _dtype(files, dtype) for dtype in dtypes},
        "files": {name: file_facts(path) for name, path in files.items()},
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def _dtype(files: dict[str, Path], dtype: str) -> dict:
    sessions = {}
    for session in SESSIONS:
        graph = f"onnx/{session}{DTYPES[dtype].suffix}.onnx"
        sessions[session] = {"graph": graph, "data": [name for name in files if name.startswith(f"{graph}_data")]}
    used = [name for session in sessions.values() for name in (session["graph"], *session["data"])]
    return {"needs": DTYPES[dtype].needs, "bytes": sum(files[name].stat().st_size for name in used), "sessions": sessions}


def file_facts(path: Path) -> dict:
    """Size and checksum of a file, as the manifest lists them."""
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
