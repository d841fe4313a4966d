"""Reads a Hub-style Qwen2.5-VL checkpoint folder: configuration and weights, without building the model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

from .model_shape import ModelShape

#: Names used by releases of the transformers library before 4.52, and the present ones.
PREFIXES = (("model.visual.", "visual."), ("visual.", "visual."), ("model.language_model.", "language_model."),
            ("lm_head.", "lm_head."), ("model.", "language_model."))


class Checkpoint(ModelShape):
    """Configuration and float32 weights of one checkpoint folder, weights addressed as `visual.…`, `language_model.…`."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        config_file = self.folder / "config.json"
        if not config_file.is_file():
            raise FileNotFoundError(f"{config_file} does not exist; --checkpoint wants a folder with config.json and safetensors weights.")
        super().__init__(json.loads(config_file.read_text()), str(config_file))
        summary = self.folder / "training.json"
        self.training = json.loads(summary.read_text()) if summary.is_file() else None
        self._files = self._index()

    def _index(self) -> dict[str, tuple[Path, str]]:
        files = sorted(self.folder.glob("*.safetensors"))
        if not files:
            raise FileNotFoundError(f"No .safetensors file in {self.folder}.")
        index: dict[str, tuple[Path, str]] = {}
        for file in files:
            with safe_open(file, "pt") as handle:
                for key in handle.keys():
                    old, new = next(pair for pair in PREFIXES if key.startswith(pair[0]))
                    index[new + key[len(old):]] = (file, key)
        return index

    def tensor(self, name: str) -> np.ndarray:
        """One weight as float32."""
        if name not in self._files:
            raise KeyError(f"The checkpoint has no weight {name!r}.")
        file, key = self._files[name]
        with safe_open(file, "pt") as handle:
            return handle.get_tensor(key).to(torch.float32).numpy()

    def group(self, prefix: str) -> dict[str, np.ndarray]:
        """All weights whose name starts with `prefix`, by the rest of their name."""
        return {name[len(prefix):]: self.tensor(name) for name in self._files if name.startswith(prefix)}

    def count(self) -> int:
        """Number of distinct parameters (a tied output matrix is stored, and counted, once)."""
        total = 0
        for file in {file for file, _ in self._files.values()}:
            with safe_open(file, "pt") as handle:
                total += sum(int(np.prod(handle.get_slice(key).get_shape())) for key in handle.keys())
        return total

    @property
    def lm_head(self) -> np.ndarray:
        """The output matrix [V, H]; the embedding table when tied."""
        name = "lm_head.weight" if "lm_head.weight" in self._files else "language_model.embed_tokens.weight"
        return self.tensor(name)
