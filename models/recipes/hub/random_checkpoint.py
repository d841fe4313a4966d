"""Writes small checkpoints with seeded random weights, as Hub folders of Qwen2-VL or Qwen2.5-VL, for the layout fixtures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from ..graphs.model_shape import ARCHITECTURES

#: Files that come with every model: the fixtures share the embedded model's tokenizer.
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.json", "generation_config.json")
VOCABULARY = 768
PATCH_VALUES = (3, 2, 14, 14)


def flat_config(model_type: str, *, layers: int, tied: bool, ids: dict) -> dict:
    """A configuration as the checkpoints of 2024 and 2025 have it: the language model's sizes at the top level.

    `ids` holds the token ids of the tokenizer's own configuration.
    """
    vision = {"depth": 2, "in_chans": 3, "num_heads": 2, "patch_size": 14, "spatial_merge_size": 2, "spatial_patch_size": 14, "temporal_patch_size": 2}
    if model_type == "qwen2_vl":
        vision |= {"embed_dim": 32, "hidden_size": 64, "hidden_act": "quick_gelu", "mlp_ratio": 4, "model_type": "qwen2_vl"}
    else:
        vision |= {"hidden_size": 32, "out_hidden_size": 64, "hidden_act": "silu", "intermediate_size": 64, "window_size": 112,
                   "fullatt_block_indexes": [1], "tokens_per_second": 2, "model_type": "qwen2_5_vl"}
    return {
        "architectures": [ARCHITECTURES[model_type]],
        "attention_dropout": 0.0,
        **ids,
        "hidden_act": "silu",
        "hidden_size": 64,
        "initializer_range": 0.02,
        "intermediate_size": 96,
        "max_position_embeddings": 512,
        "max_window_layers": layers,
        "model_type": model_type,
        "num_attention_heads": 4,
        "num_hidden_layers": layers,
        "num_key_value_heads": 2,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
        "sliding_window": 512,
        "tie_word_embeddings": tied,
        "torch_dtype": "float32",
        "use_cache": True,
        "use_sliding_window": False,
        "vision_config": vision,
        "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]},
        "vocab_size": VOCABULARY,
    }


class _Weights:
    """Random tensors by name. Products of unit-size inputs keep about unit size, so that no softmax is flat or one-hot."""

    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)
        self.tensors: dict[str, np.ndarray] = {}

    def normal(self, name: str, *shape: int, size: float) -> None:
        self.tensors[name] = (self.random.standard_normal(shape) * size).astype(np.float32)

    def linear(self, name: str, inputs: int, outputs: int, *, bias: bool, gain: float = 1.0) -> None:
        self.normal(f"{name}.weight", outputs, inputs, size=gain * inputs**-0.5)
        if bias:
            self.normal(f"{name}.bias", outputs, size=0.2)

    def norm(self, name: str, width: int, *, bias: bool = False) -> None:
        self.tensors[f"{name}.weight"] = (1 + 0.1 * self.random.standard_normal(width)).astype(np.float32)
        if bias:
            self.normal(f"{name}.bias", width, size=0.1)


def _text_weights(w: _Weights, config: dict) -> None:
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    narrow = hidden // config["num_attention_heads"] * config["num_key_value_heads"]
    w.normal("model.embed_tokens.weight", VOCABULARY, hidden, size=0.5)
    for index in range(config["num_hidden_layers"]):
        base = f"model.layers.{index}"
        w.norm(f"{base}.input_layernorm", hidden)
        w.linear(f"{base}.self_attn.q_proj", hidden, hidden, bias=True, gain=1.4)
        w.linear(f"{base}.self_attn.k_proj", hidden, narrow, bias=True, gain=1.4)
        w.linear(f"{base}.self_attn.v_proj", hidden, narrow, bias=True)
        w.linear(f"{base}.self_attn.o_proj", hidden, hidden, bias=False)
        w.norm(f"{base}.post_attention_layernorm", hidden)
        for part in ("gate_proj", "up_proj"):
            w.linear(f"{base}.mlp.{part}", hidden, inner, bias=False)
        w.linear(f"{base}.mlp.down_proj", inner, hidden, bias=False)
    w.norm("model.norm", hidden)
    if not config["tie_word_embeddings"]:
        w.linear("lm_head", hidden, VOCABULARY, bias=False, gain=2.0)


def _vision_weights(w: _Weights, config: dict) -> None:
    older = config["model_type"] == "qwen2_vl"
    vision = config["vision_config"]
    width = vision["embed_dim"] if older else vision["hidden_size"]
    w.normal("visual.patch_embed.proj.weight", width, *PATCH_VALUES, size=float(np.prod(PATCH_VALUES)) ** -0.5)
    for index in range(vision["depth"]):
        base = f"visual.blocks.{index}"
        w.norm(f"{base}.norm1", width, bias=older)
        w.norm(f"{base}.norm2", width, bias=older)
        w.linear(f"{base}.attn.qkv", width, 3 * width, bias=True, gain=1.4)
        w.linear(f"{base}.attn.proj", width, width, bias=True)
        if older:
            w.linear(f"{base}.mlp.fc1", width, vision["mlp_ratio"] * width, bias=True)
            w.linear(f"{base}.mlp.fc2", vision["mlp_ratio"] * width, width, bias=True)
        else:
            for part, inputs, outputs in (("gate", width, vision["intermediate_size"]), ("up", width, vision["intermediate_size"]),
                                          ("down", vision["intermediate_size"], width)):
                w.linear(f"{base}.mlp.{part}_proj", inputs, outputs, bias=True)
    merged = width * vision["spatial_merge_size"] ** 2
    w.norm("visual.merger.ln_q", width, bias=older)
    w.linear("visual.merger.mlp.0", merged, merged, bias=True)
    w.linear("visual.merger.mlp.2", merged, config["hidden_size"], bias=True, gain=0.7)


def write_checkpoint(folder: Path, tokenizer_folder: Path, model_type: str, *, layers: int, tied: bool, seed: int) -> Path:
    """Writes config.json, model.safetensors and the tokenizer's and processor's files; the same seed gives the same bytes.

    `model_type` is qwen2_vl or qwen2_5_vl; names and configuration are those of the checkpoints the public exports were made of.
    """
    shared = json.loads((tokenizer_folder / "config.json").read_text())
    ids = {key: shared[key] for key in ("bos_token_id", "eos_token_id", "vision_start_token_id", "vision_end_token_id",
                                        "image_token_id", "video_token_id")}
    config = flat_config(model_type, layers=layers, tied=tied, ids=ids)
    weights = _Weights(seed)
    _text_weights(weights, config)
    _vision_weights(weights, config)
    folder.mkdir(parents=True, exist_ok=True)
    for name in TOKENIZER_FILES:
        shutil.copyfile(tokenizer_folder / name, folder / name)
    processor = json.loads((tokenizer_folder / "preprocessor_config.json").read_text())
    if model_type == "qwen2_vl":
        processor["processor_class"] = "Qwen2VLProcessor"
    (folder / "preprocessor_config.json").write_text(json.dumps(processor, indent=2) + "\n")
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    save_file(weights.tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder
