"""A llama model of a GGUF file as a Qwen2.5-VL checkpoint: its weights as the text model, beside a small random vision encoder.

Llama is Qwen2.5-VL's text model without biases and with one position axis: with biases of zero, and with the three axes of
M-RoPE equal as they are for text, both compute the same. llama.cpp stores rows of the query and key matrices in the order its
rotary embedding wants (neighbouring rows turn together); the library's wants the first half of a head beside the second.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gguf import GGUFReader, dequantize

from ..graphs.model_shape import CheckpointError, ModelShape
from ..stand_in.random_weights import RandomCheckpoint

#: Names in the file, by ours below `language_model.`.
TOP = {"embed_tokens.weight": "token_embd.weight", "norm.weight": "output_norm.weight"}
LAYER = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip
#: Special tokens of code corpora that no prompt has, and what they are here. The vocabulary, and with it every probability, stays as it is.
RENAMED = {
    "<jupyter_start>": "<|vision_start|>", "<jupyter_text>": "<|vision_end|>",
    "<jupyter_code>": "<|image_pad|>", "<jupyter_output>": "<|video_pad|>",
}  # fmt: skip
VISION = {
    "depth": 2, "hidden_size": 64, "num_heads": 2, "intermediate_size": 128, "hidden_act": "silu", "in_channels": 3, "patch_size": 14,
    "spatial_merge_size": 2, "temporal_patch_size": 2, "tokens_per_second": 2, "window_size": 112, "fullatt_block_indexes": [1],
}  # fmt: skip


class GgufCheckpoint(ModelShape):
    """Configuration and float32 weights of a GGUF file. Throws CheckpointError for one that holds no llama model of our layout."""

    def __init__(self, file: Path, seed: int = 1):
        reader = GGUFReader(file)
        self.fields = {name: field.contents() for name, field in reader.fields.items()}
        if self.fields["general.architecture"] != "llama":
            raise CheckpointError(f"{file} holds a {self.fields['general.architecture']} model; a llama model was expected.")
        self._tensors = {tensor.name: tensor for tensor in reader.tensors}
        if "output.weight" in self._tensors:
            raise CheckpointError(f"{file} has an output matrix of its own; one that is tied to the embedding table was expected.")
        self.tokens: list[str] = [RENAMED.get(text, text) for text in self.fields["tokenizer.ggml.tokens"]]
        super().__init__(self._config(), str(file))
        self._vision = RandomCheckpoint(self.config, seed)

    def _config(self) -> dict:
        read = {name.removeprefix("llama."): value for name, value in self.fields.items() if name.startswith("llama.")}
        width, heads = read["embedding_length"], read["attention.head_count"]
        half = width // heads // 2
        known = {"bos_token_id": "<|endoftext|>", "eos_token_id": "<|im_end|>", "pad_token_id": "<|endoftext|>"}
        vision = {"vision_start_token_id": "<|vision_start|>", "vision_end_token_id": "<|vision_end|>",
                  "image_token_id": "<|image_pad|>", "video_token_id": "<|video_pad|>"}  # fmt: skip
        ends, places = ({name: self.tokens.index(text) for name, text in ids.items()} for ids in (known, vision))
        text = {
            **ends, "model_type": "qwen2_5_vl_text", "hidden_size": width, "intermediate_size": read["feed_forward_length"],
            "num_hidden_layers": read["block_count"], "max_window_layers": read["block_count"], "num_attention_heads": heads,
            "num_key_value_heads": read["attention.head_count_kv"], "vocab_size": len(self.tokens), "hidden_act": "silu",
            "max_position_embeddings": read["context_length"], "rms_norm_eps": read["attention.layer_norm_rms_epsilon"],
            "rope_parameters": {"rope_type": "default", "rope_theta": read["rope.freq_base"], "mrope_section": [half - half // 4 * 2, half // 4, half // 4]},
            "use_sliding_window": False, "tie_word_embeddings": True, "use_cache": True,
        }  # fmt: skip
        return {
            "architectures": ["Qwen2_5_VLForConditionalGeneration"], "model_type": "qwen2_5_vl", "tie_word_embeddings": True,
            **ends, **places,
            "text_config": text, "vision_config": {**VISION, "model_type": "qwen2_5_vl", "out_hidden_size": width},
        }  # fmt: skip

    def tensor(self, name: str) -> np.ndarray:
        """One weight as float32; vision weights are random, the same in every dtype."""
        if name.startswith("visual."):
            return np.asarray(self._vision.tensor(name))
        own = name.removeprefix("language_model.")
        if own in TOP:
            return self._read(TOP[own])
        _, index, rest = own.split(".", 2)
        part, kind = rest.rsplit(".", 1)
        if kind == "bias":
            return np.zeros(self.shapes[name], dtype=np.float32)
        value = self._read(f"blk.{index}.{LAYER[part]}.weight")
        return halves_first(value, self.head_size) if part in ("self_attn.q_proj", "self_attn.k_proj") else value

    def _read(self, name: str) -> np.ndarray:
        tensor = self._tensors[name]
        return dequantize(tensor.data, tensor.tensor_type).astype(np.float32)


def halves_first(value: np.ndarray, head: int) -> np.ndarray:
    """A query or key matrix [heads * head, in] of llama.cpp with the rows of each head as the library has them.

    Row 2i of a head goes to i, row 2i + 1 to head / 2 + i.
    """
    return value.reshape(-1, head // 2, 2, value.shape[1]).swapaxes(1, 2).reshape(value.shape)
