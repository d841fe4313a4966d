"""What a Qwen2-VL or Qwen2.5-VL configuration says of a model's shape, flat or nested, old or new."""

from __future__ import annotations

from transformers import AutoConfig

ARCHITECTURES = {"qwen2_vl": "Qwen2VLForConditionalGeneration", "qwen2_5_vl": "Qwen2_5_VLForConditionalGeneration"}


class ModelShape:
    """A configuration as it was written (`config`) and as the library reads it (`text` and `vision`, defaults filled in).

    Throws ValueError in one sentence for another architecture or a shape our graphs cannot have.
    """

    def __init__(self, config: dict, source: str):
        kind = config.get("model_type")
        if kind not in ARCHITECTURES:
            raise ValueError(f"{source} describes a {kind!r} model; only {' and '.join(ARCHITECTURES)} can be exported.")
        self.config = config
        if "vision_config" not in config:
            raise ValueError(f"{source} has no vision_config; a complete {ARCHITECTURES[kind]} is wanted.")
        try:
            read = AutoConfig.for_model(**config)
        except (TypeError, ValueError, KeyError) as error:
            raise ValueError(f"{source} cannot be read as {ARCHITECTURES[kind]}: {error}") from error
        self.kind: str = kind
        self.text: dict = read.text_config.to_dict()
        self.vision: dict = read.vision_config.to_dict()
        #: What is known of the training, for the manifest.
        self.training: dict | None = None
        self.tied = bool(read.tie_word_embeddings)
        if self.text["hidden_act"] != "silu":
            raise ValueError(f"{source} names the activation {self.text['hidden_act']!r}; the released models' is 'silu'.")
        sections = (self.text.get("rope_parameters") or {}).get("mrope_section")
        if not sections or sum(sections) != self.head_size // 2:
            raise ValueError(f"{source} gives mrope_section {sections}; three numbers that add up to half the head size ({self.head_size // 2}) are wanted.")

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
