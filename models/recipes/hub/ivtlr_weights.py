"""Reads a released IVT-LR checkpoint, a `.pth` state dict whose adapters lie beside the weights they change, and merges them one by one."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from zipfile import is_zipfile

import numpy as np
import torch

from ..graphs.model_shape import CheckpointError, ModelShape
from .weights import library_name

#: What the training code and peft put before a name, from the outside in; any of them may be absent.
WRAPPERS = ("module.", "base_causallm.", "base_model.model.")
#: A second name of the embedding table: the training code keeps a reference to it.
TABLE_ALIAS = "embedding.weight"
TABLE = "language_model.embed_tokens.weight"
#: Rotary frequencies, which older versions of the library stored; they follow from the configuration.
DERIVED = ".inv_freq"
PART = re.compile(r"(?P<layer>.+)\.(?P<part>base_layer|lora_A\.default|lora_B\.default)\.(?P<kind>weight|bias)")
KINDS = (torch.float32, torch.bfloat16, torch.float16)


def read_state(file: Path) -> dict[str, torch.Tensor]:
    """The tensors of a file that torch.save wrote, left on the disk until they are used; nothing but tensors is unpickled.

    Throws CheckpointError when it is no such file or holds anything else.
    """
    if not file.is_file():
        raise CheckpointError(f"{file} does not exist; --checkpoint wants the .pth file with the trained weights.")
    if not is_zipfile(file):
        raise CheckpointError(f"{file} is no file of torch.save in its zip format (that of PyTorch since 1.6), or it was cut off; download or save it again.")
    try:
        state = torch.load(file, map_location="cpu", mmap=True, weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(f"{file} holds more than tensors; expected a state dict.") from error
    except (RuntimeError, ValueError, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise CheckpointError(f"{file} cannot be read as a file of torch.save ({reason}); download or save it again.") from error
    if not isinstance(state, dict) or not state or not all(isinstance(value, torch.Tensor) for value in state.values()):
        held = f"a dict of {', '.join(map(repr, list(state)[:4]))}" if isinstance(state, dict) else f"a {type(state).__name__}"
        raise CheckpointError(f"{file} holds {held}; expected a state dict, tensors by name.")
    return state


class ReleasedWeights(ModelShape):
    """A released state dict as a source of merged weights: W + alpha / rank * B A wherever there is an adapter.

    `config` is the model's configuration with the vocabulary it was trained with; `rank` 0 says that there are no adapters.
    Throws CheckpointError in one sentence for missing or extra weights, another rank, and shapes or types that do not fit.
    """

    def __init__(self, file: Path, config: dict, source: str, *, rank: int, alpha: float):
        super().__init__(config, source)
        self.file, self.rank, self.alpha = file, rank, alpha
        self.state = read_state(file)
        self._keys: dict[str, dict[str, str]] = {}
        extra = [key for key in self.state if not self._place(key)]
        self._check_table()
        self._check_names(extra)
        for name, parts in self._keys.items():
            self._check_shapes(name, parts)

    def tensor(self, name: str) -> np.ndarray:
        """One weight, merged, as float32. Throws CheckpointError when a number in it is not finite."""
        parts = self._keys[name]
        value = self.state[parts["base"]].to(torch.float32).contiguous()
        if "lora_A" in parts:
            down, up = (self.state[parts[part]].to(torch.float32) for part in ("lora_A", "lora_B"))
            value = value + self.alpha / self.rank * (up @ down)
        if not torch.isfinite(value).all():
            raise CheckpointError(f"{name} in {self.file} holds numbers that are not finite; download or save it again.")
        return value.numpy()

    @property
    def adapters(self) -> int:
        """Number of weights that an adapter changes."""
        return sum("lora_A" in parts for parts in self._keys.values())

    @property
    def dtype(self) -> torch.dtype:
        """The type that the weights are stored in."""
        return self.state[self._keys[TABLE]["base"]].dtype

    def _place(self, key: str) -> bool:
        """Notes which part of which weight a key is; False when the model has no place for it."""
        inner = key
        for wrapper in WRAPPERS:
            inner = inner.removeprefix(wrapper)
        if inner.endswith(DERIVED):
            return True
        if inner == TABLE_ALIAS:
            return self._same_as_table(key)
        found = PART.fullmatch(inner)
        part = found["part"].removesuffix(".default") if found else "plain"
        name = library_name(f"{found['layer']}.{found['kind']}" if found else inner)
        if self.tied and name == "lm_head.weight":
            return self._same_as_table(key)
        if name not in self.shapes:
            return False
        parts = self._keys.setdefault(name, {})
        parts["base" if part in ("plain", "base_layer") else part] = key
        if part == "base_layer" and name.endswith(".weight"):
            parts["wrapped"] = key
        return True

    def _same_as_table(self, key: str) -> bool:
        """Whether a second name of the embedding table says the same. Throws CheckpointError when it does not."""
        table = next((other for other in self.state if other.endswith(".embed_tokens.weight")), None)
        if table is not None and not torch.equal(self.state[table], self.state[key]):
            raise CheckpointError(f"{key} in {self.file} differs from {table}; in this model both are names of one table.")
        return True

    def _check_table(self) -> None:
        key = self._keys.get(TABLE, {}).get("base")
        if key is None:
            return
        rows, wanted = self.state[key].shape[0] if self.state[key].ndim else 0, self.shapes[TABLE][0]
        if rows != wanted:
            raise CheckpointError(f"The vocabulary in {self.file} has {rows} tokens; the tokenizer has {wanted} with the latent tokens. "
                                  "Name the folder of the tokenizer it was trained with by --tokenizer.")

    def _check_names(self, extra: list[str]) -> None:
        missing = [name for name in self.shapes if "base" not in self._keys.get(name, {})]
        if missing:
            raise CheckpointError(f"{self.file} lacks {len(missing)} of the {len(self.shapes)} weights of a {self.kind} model of this size; "
                                  f"the first is {missing[0]}.")
        if extra:
            raise CheckpointError(f"{self.file} has {len(extra)} weights that a {self.kind} model of this size has no place for; the first is {extra[0]}.")
        for name, parts in self._keys.items():
            lacking = [part for part in ("wrapped", "lora_A", "lora_B") if part not in parts]
            if len(lacking) in (1, 2):
                raise CheckpointError(f"{name} in {self.file} has no {' and no '.join('base_layer' if part == 'wrapped' else part for part in lacking)}; "
                                      "an adapter is all three.")
        if self.rank == 0 and self.adapters:
            raise CheckpointError(f"{self.file} holds adapters of {self.adapters} weights, and --rank 0 says that there are none; give their rank.")
        if self.rank > 0 and not self.adapters:
            raise CheckpointError(f"{self.file} holds no adapter (lora_A, lora_B); if it is of a model that was trained whole, say --rank 0.")

    def _check_shapes(self, name: str, parts: dict[str, str]) -> None:
        shape = self.shapes[name]
        wanted = {"base": shape}
        if "lora_A" in parts:
            found = self.state[parts["lora_A"]].shape
            if len(found) == 2 and found[0] != self.rank:
                raise CheckpointError(f"{parts['lora_A']} in {self.file} has the rank {found[0]}; expected {self.rank} (--rank).")
            wanted |= {"lora_A": (self.rank, shape[-1]), "lora_B": (shape[0], self.rank)}
        for part, expected in wanted.items():
            value = self.state[parts[part]]
            if tuple(value.shape) != expected:
                raise CheckpointError(f"{parts[part]} in {self.file} has the shape {list(value.shape)}; expected {list(expected)}.")
            if value.dtype not in KINDS:
                raise CheckpointError(f"{parts[part]} in {self.file} is of type {str(value.dtype).removeprefix('torch.')}; expected float32, bfloat16 or float16.")
