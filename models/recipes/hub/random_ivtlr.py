"""Writes small checkpoints in the form in which IVT-LR's training code saves them: adapters un-merged, names wrapped twice, three more tokens."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoModelForImageTextToText

PREFIX = "base_causallm.base_model.model."
#: The layers that have adapters, and the tokens that training adds, in this order.
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
LATENT_TOKENS = ("<|start-latent|>", "<|end-latent|>", "<|latent|>")


class Adapted(nn.Module):
    """A linear layer with an un-merged adapter, its parts under the names that peft gives them."""

    def __init__(self, layer: nn.Linear, rank: int, alpha: float):
        super().__init__()
        self.base_layer, self.scale = layer, alpha / rank
        self.lora_A = nn.ModuleDict({"default": nn.Linear(layer.in_features, rank, bias=False)})
        self.lora_B = nn.ModuleDict({"default": nn.Linear(rank, layer.out_features, bias=False)})

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return self.base_layer(rows) + self.scale * self.lora_B["default"](self.lora_A["default"](rows))


def remove_latent_tokens(folder: Path) -> None:
    """Takes the latent tokens out of a folder's tokenizer, where the embedded model's has them last: a base model has none."""
    file = folder / "tokenizer.json"
    content = json.loads(file.read_text())
    content["added_tokens"] = [token for token in content["added_tokens"] if token["content"] not in LATENT_TOKENS]
    file.write_text(json.dumps(content))
    file = folder / "tokenizer_config.json"
    config = json.loads(file.read_text())
    config["additional_special_tokens"] = [text for text in config["additional_special_tokens"] if text not in LATENT_TOKENS]
    config["added_tokens_decoder"] = {key: token for key, token in config["added_tokens_decoder"].items() if token["content"] not in LATENT_TOKENS}
    file.write_text(json.dumps(config))


def adapted_model(base: Path, vocabulary: int, *, rank: int, alpha: float, with_peft: bool, seed: int = 6) -> nn.Module:
    """The base folder's model in float32 with `vocabulary` tokens and random adapters (rank 0: without), by peft or by hand."""
    torch.manual_seed(seed)
    model = AutoModelForImageTextToText.from_pretrained(base, dtype=torch.float32, attn_implementation="eager").eval()
    model.resize_token_embeddings(vocabulary, mean_resizing=False)
    if rank == 0:
        return model
    if with_peft:
        from peft import LoraConfig, get_peft_model

        settings = LoraConfig(task_type="CAUSAL_LM", target_modules=list(TARGETS), r=rank, lora_alpha=alpha, lora_dropout=0.05, bias="none")
        model = get_peft_model(model, settings).eval().base_model.model
    else:
        layers = [(owner, name, layer) for owner in model.modules() for name, layer in owner.named_children() if name in TARGETS]
        for owner, name, layer in layers:
            setattr(owner, name, Adapted(layer, rank, alpha))
    for name, value in model.named_parameters():
        if ".lora_" in name:
            nn.init.normal_(value, std=0.5 * value.shape[1] ** -0.5)
    return model


def released_state(model: nn.Module, *, old_names: bool, wrapper: str = "") -> dict[str, torch.Tensor]:
    """The state dict as the training code saves it; `old_names`: the library's before 4.52, with which the released ones were made."""
    state = {}
    for name, value in model.state_dict().items():
        if old_names:
            name = name.removeprefix("model.") if name.startswith("model.visual.") else name.replace("model.language_model.", "model.", 1)
        state[f"{wrapper}{PREFIX}{name}"] = value
    state[f"{wrapper}embedding.weight"] = model.get_input_embeddings().weight.detach()
    return state


def vocabulary_of(base: Path) -> int:
    """Number of tokens of a folder's tokenizer, with the latent ones."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    return tokenizer.get_vocab_size(with_added_tokens=True) + sum(tokenizer.token_to_id(text) is None for text in LATENT_TOKENS)
