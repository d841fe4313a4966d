"""Reads a Hub-style Qwen2-VL or Qwen2.5-VL checkpoint folder: configuration and weights, without building the model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open

from ..graphs.model_shape import CheckpointError, ModelShape

#: Beginnings of names in files of the transformers library before 4.52 and since, and ours.
PREFIXES = (("model.visual.", "visual."), ("visual.", "visual."), ("model.language_model.", "language_model."),
            ("lm_head.", "lm_head."), ("model.", "language_model."))
INDEX = "model.safetensors.index.json"


def library_name(key: str) -> str | None:
    """The name by which weights are addressed here (`visual.…`, `language_model.…`, `lm_head.…`) of a name in a file; None for another part."""
    for old, new in PREFIXES:
        if key.startswith(old):
            return new + key[len(old):]
    return None


def read_config(folder: Path, wanted: str) -> dict:
    """A model folder's config.json. Throws CheckpointError when it is missing (`wanted` says what the folder should be) or not a JSON object."""
    file = folder / "config.json"
    if not file.is_file():
        raise CheckpointError(f"{file} does not exist; {wanted}.")
    try:
        config = json.loads(file.read_text())
    except ValueError as error:
        raise CheckpointError(f"{file} is not valid JSON: {error}.") from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{file} holds a {type(config).__name__}; expected a JSON object.")
    return config


class Checkpoint(ModelShape):
    """Configuration and float32 weights of one checkpoint folder, weights addressed as `visual.…`, `language_model.…`.

    Throws CheckpointError, in one sentence, for a folder that is no complete checkpoint.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        _refuse_adapter(self.folder)
        config = read_config(self.folder, "--checkpoint wants a folder with config.json and safetensors weights")
        super().__init__(config, str(self.folder / "config.json"))
        if config.get("quantization_config"):
            method = config["quantization_config"].get("quant_method", "already")
            raise CheckpointError(f"The weights in {self.folder} are quantised ({method}); export the original checkpoint in 16 or 32 bits.")
        summary = self.folder / "training.json"
        self.training = json.loads(summary.read_text()) if summary.is_file() else None
        self._files = self._index()
        self._compare()

    def _index(self) -> dict[str, tuple[Path, str]]:
        index: dict[str, tuple[Path, str]] = {}
        for file in self._weight_files():
            try:
                with safe_open(file, "pt") as handle:
                    keys = list(handle.keys())
            except (SafetensorError, OSError) as error:
                raise CheckpointError(f"{file} cannot be read as safetensors ({error}); download or copy it again.") from error
            for key in keys:
                if (name := library_name(key)) is not None:
                    index[name] = (file, key)
        return index

    def _weight_files(self) -> list[Path]:
        listing = self.folder / INDEX
        if listing.is_file():
            names = sorted(set(json.loads(listing.read_text())["weight_map"].values()))
            missing = [name for name in names if not (self.folder / name).is_file()]
            if missing:
                raise CheckpointError(f"{len(missing)} of the {len(names)} weight files that {listing} names are missing; the first is {missing[0]}.")
            return [self.folder / name for name in names]
        whole = self.folder / "model.safetensors"
        files = [whole] if whole.is_file() else sorted(self.folder.glob("*.safetensors"))
        if not files:
            hint = "; save the model again with save_pretrained to turn its .bin files into safetensors" if list(self.folder.glob("*.bin")) else ""
            raise CheckpointError(f"No .safetensors file in {self.folder}{hint}.")
        return files

    def _compare(self) -> None:
        """Throws CheckpointError when a weight the configuration asks for is missing or of another shape."""
        missing = [name for name in self.shapes if name not in self._files]
        if missing:
            raise CheckpointError(f"{self.folder} lacks {len(missing)} of the {len(self.shapes)} weights its config.json asks for; the first is {missing[0]}.")
        for name, expected in self.shapes.items():
            file, key = self._files[name]
            with safe_open(file, "pt") as handle:
                shape = tuple(handle.get_slice(key).get_shape())
            if shape != expected:
                raise CheckpointError(f"{key} in {file} has the shape {list(shape)}; config.json asks for {list(expected)}.")

    def tensor(self, name: str) -> np.ndarray:
        """One weight as float32."""
        file, key = self._files[name]
        with safe_open(file, "pt") as handle:
            return handle.get_tensor(key).to(torch.float32).numpy()


def _refuse_adapter(folder: Path) -> None:
    note = folder / "adapter_config.json"
    if note.is_file() and not list(folder.glob("model*.safetensors")):
        base = json.loads(note.read_text()).get("base_model_name_or_path") or "its base model"
        raise CheckpointError(f"{folder} holds an adapter of {base}, not a model; merge it first (load both with peft, merge_and_unload(), "
                         "save_pretrained()) and export that folder.")
