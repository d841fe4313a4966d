"""Every form in which a released IVT-LR checkpoint may come, and every form of bad input, for check_ivtlr."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from transformers import AutoModelForImageTextToText

from ..hub.random_checkpoint import write_checkpoint
from ..hub.random_ivtlr import PREFIX, remove_latent_tokens

Q_PROJ = f"{PREFIX}model.layers.1.self_attn.q_proj"
TABLE = f"{PREFIX}model.embed_tokens.weight"
State = dict[str, torch.Tensor]


@dataclass
class Form:
    """One form in which a checkpoint may come."""

    name: str
    architecture: str = "qwen2_vl"
    tied: bool = False
    old_names: bool = True
    wrapper: str = ""
    rank: int = 64
    alpha: float = 16
    dtype: torch.dtype = torch.float32
    options: tuple[str, ...] = ()
    change: Callable[[State], State] = lambda state: state
    base: Callable[[Path], object] = remove_latent_tokens
    expected: dict = field(default_factory=lambda: {"steps": 3, "patches": 32, "order": "release", "reuse": "never", "positions": "sequence"})


def one_storage(state: State) -> State:
    """The tensors as views of one block of memory, as partitioned optimisers leave them."""
    whole, start, views = torch.cat([value.reshape(-1) for value in state.values()]), 0, {}
    for key, value in state.items():
        views[key] = whole[start : start + value.numel()].view(value.shape)
        start += value.numel()
    return views


def transposed(state: State) -> State:
    """The same matrices, stored column by column."""
    return {key: value.T.contiguous().T if value.ndim == 2 else value for key, value in state.items()}


def nested_base(folder: Path) -> None:
    """The base as the present library saves it: configuration nested, and without weights, which are not needed."""
    remove_latent_tokens(folder)
    AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).save_pretrained(folder)


FORMS = (
    Form("as released"),
    Form("as released, tied", tied=True),
    Form("names of the present library, wrapped once more", old_names=False, wrapper="module.", base=nested_base),
    Form("rank 8, alpha 32, other training", tied=True, rank=8, alpha=32, change=one_storage,
         options=("--rank", "8", "--alpha", "32", "--steps", "2", "--patches", "4", "--order", "paper", "--reuse", "always", "--positions", "model",
                  "--shard-bytes", "200000"),
         expected={"steps": 2, "patches": 4, "order": "paper", "reuse": "always", "positions": "model"}),
    Form("bfloat16", dtype=torch.bfloat16, options=("--dtype", "float32")),
    Form("bfloat16, kept", tied=True, dtype=torch.bfloat16),
    Form("trained whole", rank=0, options=("--rank", "0"), change=transposed),
    Form("a tokenizer with latent tokens", base=lambda folder: None),
    Form("Qwen2.5-VL", architecture="qwen2_5_vl"),
)  # fmt: skip


def without(*names: str) -> Callable[[State], State]:
    return lambda state: {key: value for key, value in state.items() if key not in names}


def with_value(name: str, value: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[State], State]:
    return lambda state: {**state, name: value(state[name])}


def poisoned(value: torch.Tensor) -> torch.Tensor:
    value = value.clone()
    value[3, 5] = float("nan")
    return value


def config_of(folder: Path, **changes) -> None:
    remove_latent_tokens(folder)
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


#: What is wrong -> how the state dict and the base are changed, further options, and what the one sentence must contain.
BAD: dict[str, tuple[Callable[[State], object] | None, Callable[[Path], object] | None, tuple[str, ...], str]] = {
    "no file": (None, None, ("--checkpoint", "nowhere.pth"), "nowhere.pth does not exist"),
    "a weight missing": (without(f"{Q_PROJ}.base_layer.weight"), None, (), "lacks 1 of the 58 weights"),
    "a bias missing": (without(f"{Q_PROJ}.base_layer.bias"), None, (), "lacks 1 of the 58 weights"),
    "no output matrix": (without(f"{PREFIX}lm_head.weight"), None, (), "the first is lm_head.weight"),
    "half an adapter": (without(f"{Q_PROJ}.lora_B.default.weight"), None, (), "has no lora_B"),
    "no adapter": (without(f"{Q_PROJ}.lora_A.default.weight", f"{Q_PROJ}.lora_B.default.weight"), None, (), "has no lora_A and no lora_B"),
    "an adapter of nothing": (lambda state: {**state, f"{PREFIX}visual.blocks.0.attn.qkv.lora_A.default.weight": torch.zeros(64, 32)}, None, (),
                              "has no base_layer and no lora_B"),
    "a further layer": (lambda state: {**state, Q_PROJ.replace(".1.", ".2.") + ".base_layer.weight": torch.zeros(64, 64)}, None, (),
                        "has 1 weights that a qwen2_vl model of this size has no place for"),
    "a second adapter": (lambda state: {**state, f"{Q_PROJ}.lora_A.other.weight": torch.zeros(64, 64)}, None, (), "lora_A.other.weight"),
    "another rank": (None, None, ("--rank", "32"), "has the rank 64; expected 32"),
    "an adapter of another rank": (with_value(f"{Q_PROJ}.lora_A.default.weight", lambda value: value[:8]), None, (), "has the rank 8; expected 64"),
    "lora_B of another shape": (with_value(f"{Q_PROJ}.lora_B.default.weight", lambda value: value[:8]), None, (), "has the shape [8, 64]; expected [64, 64]"),
    "a weight of another shape": (with_value(f"{Q_PROJ}.base_layer.weight", lambda value: value[:, :8]), None, (), "has the shape [64, 8]"),
    "rank 0 and adapters": (None, None, ("--rank", "0"), "--rank 0 says that there are none"),
    "a rank below 0": (None, None, ("--rank", "-1"), "--rank -1"),
    "no adapters at all": (lambda state: {key.replace(".base_layer", ""): value for key, value in state.items() if ".lora_" not in key}, None, (),
                           "holds no adapter"),
    "vocabulary not resized": (lambda state: {**state, **{key: torch.zeros(768, 64) for key in (TABLE, f"{PREFIX}lm_head.weight", "embedding.weight")}},
                               None, (), "has 768 tokens; the tokenizer has 739"),
    "two tables": (with_value("embedding.weight", lambda value: value + 1), None, (), "differs from"),
    "integers": (with_value(f"{Q_PROJ}.base_layer.weight", lambda value: value.to(torch.int8)), None, (), "is of type int8"),
    "a number that is none": (with_value(f"{Q_PROJ}.base_layer.weight", poisoned), None, (), "not finite"),
    "no state dict": (lambda state: {"model": state, "epoch": 16}, None, (), "holds a dict of 'model', 'epoch'"),
    "a list": (lambda state: list(state.values()), None, (), "holds a list"),
    "an object": (lambda state: {**state, "config": Path("pickled")}, None, (), "holds more than tensors"),
    "no file of torch.save": (None, lambda base: (base.parent / "model.pth").write_text("version https://git-lfs.github.com/spec/v1\n"), (),
                              "is no file of torch.save in its zip format"),
    "a file cut off": (None, lambda base: cut_off(base.parent / "model.pth"), (), "or it was cut off"),
    "the format before zip": (None, lambda base: old_format(base.parent / "model.pth"), (), "is no file of torch.save in its zip format"),
    "out over base": (None, None, ("--out", "{base}"), "a folder to read from"),
    "no steps": (None, None, ("--steps", "0"), "at least 1 of steps"),
    "no base": (None, shutil.rmtree, (), "config.json does not exist"),
    "a base without tokenizer": (None, lambda folder: (folder / "tokenizer.json").unlink(), (), "has no tokenizer.json"),
    "a base with a broken tokenizer": (None, lambda folder: (folder / "tokenizer.json").write_text("{}"), (), "cannot be read as a tokenizer"),
    "a base of another architecture": (None, lambda folder: config_of(folder, model_type="llama"), (), "'llama'"),
    "a base that is no object": (None, lambda folder: (folder / "config.json").write_text("[]"), (), "holds a list"),
    "a base of the other Qwen": (None, lambda folder: other_base(folder), (), "weights of a qwen2_5_vl model of this size"),
    "a tied base": (None, lambda folder: config_of(folder, tie_word_embeddings=True), (), "both are names of one table"),
    "another image token": (None, lambda folder: config_of(folder, image_token_id=700), (), "id 700"),
}  # fmt: skip


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def old_format(file: Path) -> None:
    torch.save(torch.load(file, weights_only=True), file, _use_new_zipfile_serialization=False)


def other_base(folder: Path) -> None:
    other = write_checkpoint(folder.parent / "other", folder, "qwen2_5_vl", layers=2, tied=False, seed=4)
    shutil.copyfile(other / "config.json", folder / "config.json")
