"""What a Qwen2-VL or Qwen2.5-VL configuration says of a model's shape, flat or nested, old or new."""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import deepcopy
from functools import cached_property
from math import prod

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForImageTextToText

from .quantise import Rounded

ARCHITECTURES = {"qwen2_vl": "Qwen2VLForConditionalGeneration", "qwen2_5_vl": "Qwen2_5_VLForConditionalGeneration"}

VISION_ACTIVATIONS = {"qwen2_vl": ("quick_gelu", "gelu"), "qwen2_5_vl": ("silu",)}


class CheckpointError(Exception):
    """A checkpoint or configuration that cannot be exported; the message is one sentence for the person who brought it."""


class ModelShape(ABC):
    """A configuration as it was written (`config`) and as the library reads it (`text` and `vision`, defaults filled in).

    Whoever knows the weights too gives them by name (`tensor`): `visual.…`, `language_model.…` and `lm_head.weight`.
    Throws CheckpointError in one sentence for another architecture or a shape our graphs cannot have.
    """

    def __init__(self, config: dict, source: str):
        kind = config.get("model_type")
        if kind not in ARCHITECTURES:
            raise CheckpointError(f"{source} describes a {kind!r} model; only {' and '.join(ARCHITECTURES)} can be exported.")
        self.config = config
        if "vision_config" not in config:
            raise CheckpointError(f"{source} has no vision_config; a complete {ARCHITECTURES[kind]} is wanted.")
        try:
            read = AutoConfig.for_model(**deepcopy(config))  # the library changes what it is given
        except (TypeError, ValueError, KeyError) as error:
            raise CheckpointError(f"{source} cannot be read as {ARCHITECTURES[kind]}: {error}") from error
        self.read = read
        self.kind: str = kind
        self.text: dict = read.text_config.to_dict()
        self.vision: dict = read.vision_config.to_dict()
        #: What is known of the training, for the manifest.
        self.training: dict | None = None
        self.tied = bool(read.tie_word_embeddings)
        for part, known in ((self.text, ("silu",)), (self.vision, VISION_ACTIVATIONS[kind])):
            if part["hidden_act"] not in known:
                raise CheckpointError(f"{source} names the activation {part['hidden_act']!r}; the released models' is {known[0]!r}.")
        sections = (self.text.get("rope_parameters") or {}).get("mrope_section")
        if not sections or sum(sections) != self.head_size // 2:
            raise CheckpointError(f"{source} gives mrope_section {sections}; wanted are three numbers that add up to half the head size "
                                  f"({self.head_size // 2}).")

    @abstractmethod
    def tensor(self, name: str) -> np.ndarray | Rounded:
        """One weight, in float32 or in blocks already."""

    def group(self, prefix: str) -> dict[str, np.ndarray | Rounded]:
        """All weights whose name starts with `prefix`, by the rest of their name."""
        return {name[len(prefix):]: self.tensor(name) for name in self.shapes if name.startswith(prefix)}

    @property
    def lm_head(self) -> np.ndarray | Rounded:
        """The output matrix [V, H]; the embedding table when tied."""
        return self.tensor("language_model.embed_tokens.weight" if self.tied else "lm_head.weight")

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every weight's name and shape, by the library's own model (built without memory); a tied output matrix is no weight."""
        with torch.device("meta"):
            model = AutoModelForImageTextToText.from_config(self.read)
        return {name.removeprefix("model."): tuple(value.shape) for name, value in model.named_parameters()}

    def count(self) -> int:
        """Number of distinct parameters."""
        return sum(prod(shape) for shape in self.shapes.values())

    @property
    def architecture(self) -> str:
        return ARCHITECTURES[self.kind]

    @property
    def head_size(self) -> int:
        return self.text.get("head_dim") or self.text["hidden_size"] // self.text["num_attention_heads"]

    @property
    def mrope_sections(self) -> list[int]:
        return list(self.text["rope_parameters"]["mrope_section"])

    @property
    def rope_theta(self) -> float:
        return float(self.text["rope_parameters"]["rope_theta"])

    @property
    def vision_width(self) -> int:
        """Width of the vision encoder's rows."""
        return self.vision["embed_dim"] if self.kind == "qwen2_vl" else self.vision["hidden_size"]

    @property
    def vision_output(self) -> int:
        """Width of the image features."""
        return self.vision["hidden_size"] if self.kind == "qwen2_vl" else self.vision["out_hidden_size"]
