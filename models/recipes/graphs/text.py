"""The token embedding graph and the merged decoder graph of Qwen2.5-VL's language model."""

from __future__ import annotations

import numpy as np

from .builder import GraphBuilder, inverse_frequencies
from .model_shape import ModelShape
from .quantise import BLOCK, blocks_of

MASKED = -65504.0
#: Longest rotary table written: 4 MiB at head size 128.
MAX_POSITIONS = 8192
INT64_MAX = 2**63 - 1


def embed_graph(g: GraphBuilder, checkpoint: ModelShape) -> None:
    """Builds `input_ids` int64 [B, S] -> `inputs_embeds` float32 [B, S, H].

    The table is in floating point, or in 4-bit blocks when the builder rounds weights.
    """
    g.input("input_ids", np.int64, ["batch_size", "sequence_length"])
    table = checkpoint.tensor("language_model.embed_tokens.weight")
    rows, width = table.shape
    narrow = g.compute != np.float32
    outputs = None if narrow else ["inputs_embeds"]
    if g.quantised:
        packed, scales, zeros = blocks_of(table)
        names = [
            g.weight("model.embed_tokens.weight_quant", packed.reshape(rows, -1)),
            "input_ids",
            g.weight("model.embed_tokens.weight_scales", scales.astype(g.compute).reshape(rows, -1)),
            g.weight("model.embed_tokens.weight_zp", zeros.reshape(rows, -1)),
        ]
        found = g.node("GatherBlockQuantized", names, "/model/embed_tokens/Gather_Quant", outputs=outputs, domain="com.microsoft",
                       gather_axis=0, quantize_axis=1, bits=4, block_size=BLOCK)
    else:
        name = g.weight("model.embed_tokens.weight", np.asarray(table, dtype=g.compute))
        found = g.node("Gather", [name, "input_ids"], "/model/embed_tokens/Gather", outputs=outputs, axis=0)
    if narrow:
        g.cast(found, np.float32, "/model/embed_tokens/Cast", outputs=["inputs_embeds"])
    g.output("inputs_embeds", np.float32, ["batch_size", "sequence_length", width])


def decoder_graph(g: GraphBuilder, checkpoint: ModelShape) -> None:
    """Builds the decoder: embeddings, mask, three-axis positions and a key/value cache -> logits and the longer cache.

    `logits` is float32 [B, K, V] for the last K = `num_logits_to_keep` rows (0 keeps all); the cache has the compute type.
    """
    config = checkpoint.text
    hidden, layers = config["hidden_size"], config["num_hidden_layers"]
    kv_heads, head = config["num_key_value_heads"], checkpoint.head_size
    embeds = g.input("inputs_embeds", np.float32, ["batch_size", "sequence_length", hidden])
    g.input("attention_mask", np.int64, ["batch_size", "total_sequence_length"])
    g.input("position_ids", np.int64, [3, "batch_size", "sequence_length"])
    g.input("num_logits_to_keep", np.int64, [])
    for index in range(layers):
        for part in ("key", "value"):
            g.input(f"past_key_values.{index}.{part}", g.compute, ["batch_size", kv_heads, "past_sequence_length", head])
    g.output("logits", np.float32, ["batch_size", "num_logits_to_keep", config["vocab_size"]])
    for index in range(layers):
        for part in ("key", "value"):
            g.output(f"present.{index}.{part}", g.compute, ["batch_size", kv_heads, "total_sequence_length", head])

    mask = (*mask_lengths(g), "", "", "", _attention_bias(g))
    rotary = mrope_cache(g, checkpoint)
    residual, skip = embeds, None
    for index in range(layers):
        base, source = f"/model/layers.{index}", f"language_model.layers.{index}"
        normed, residual = g.rms_norm(f"{base}/input_layernorm", residual, skip,
                                      checkpoint.tensor(f"{source}.input_layernorm.weight"), config["rms_norm_eps"])
        skip = _attention(g, checkpoint, index, normed, mask, rotary)
        normed, residual = g.rms_norm(f"{base}/post_attention_layernorm", residual, skip,
                                      checkpoint.tensor(f"{source}.post_attention_layernorm.weight"), config["rms_norm_eps"])
        skip = g.gated_mlp(f"{base}/mlp", normed, checkpoint.group(f"{source}.mlp."))
    normed, _ = g.rms_norm(f"/model/layers.{layers}/final_norm_layernorm", residual, skip,
                           checkpoint.tensor("language_model.norm.weight"), config["rms_norm_eps"], last=True)
    _lm_head(g, checkpoint, normed)


def mask_lengths(g: GraphBuilder) -> tuple[str, str]:
    """What GroupQueryAttention must know of attention_mask: the last key's index per sample, and the total length."""
    base = "/model/attn_mask_reformat/attn_mask_subgraph"
    total = g.node("ReduceSum", ["attention_mask", g.ints(1)], f"{base}/ReduceSum", keepdims=0)
    last = g.node("Sub", [total, g.ints(1)], f"{base}/Sub")
    seqlens = g.cast(last, np.int32, f"{base}/Sub/Cast")
    shape = g.node("Shape", ["attention_mask"], f"{base}/Shape")
    length = g.node("Gather", [shape, g.int_scalar(1)], f"{base}/Gather", axis=0)
    return seqlens, g.cast(length, np.int32, f"{base}/Gather/Cast")


def _attention_bias(g: GraphBuilder) -> str:
    """attention_mask as an additive bias [B, 1, S, T]."""
    base = "/model/attn_mask_reformat/attention_bias"
    kept = g.cast("attention_mask", np.float32, f"{base}/Cast")
    hidden = g.node("Sub", [g.float_scalar(1.0), kept], f"{base}/Sub")
    bias = g.to_compute(g.node("Mul", [hidden, g.float_scalar(MASKED)], f"{base}/Mul"), f"{base}/Mul/Cast")
    bias = g.node("Unsqueeze", [bias, g.ints(1, 2)], f"{base}/Unsqueeze")
    shape = g.node("Shape", ["position_ids"], f"{base}/Shape")
    rows = g.node("Slice", [shape, g.ints(2), g.ints(3)], f"{base}/Slice")
    shape = g.node("Concat", [g.ints(1, 1), rows, g.ints(1)], f"{base}/Concat", axis=0)
    return g.node("Expand", [bias, shape], f"{base}/Expand")


def mrope_cache(g: GraphBuilder, checkpoint: ModelShape) -> tuple[str, str, str]:
    """Row numbers [B, S] and, per row, cosine and sine [B*S, head/2] of M-RoPE, where each frequency follows one axis."""
    base = "/model/mrope_dynamic_cache"
    head, sections = checkpoint.head_size, checkpoint.mrope_sections
    axes = np.repeat(np.arange(3, dtype=np.int64), sections)
    positions = g.node("Gather", ["position_ids", g.weight("model.mrope_axes", axes)], f"{base}/sections/Gather", axis=0)
    positions = g.node("Transpose", [positions], f"{base}/Transpose", perm=[1, 2, 0])
    positions = g.node("Reshape", [positions, g.ints(-1, head // 2)], f"{base}/Reshape")
    length = min(checkpoint.text["max_position_embeddings"], MAX_POSITIONS)
    cos, sin = g.rotary_pair(positions, inverse_frequencies(checkpoint.rope_theta, head), length, base)

    shape = g.node("Shape", ["position_ids"], f"{base}/pos_ids/Shape")
    plane = g.node("Slice", [shape, g.ints(1), g.ints(3)], f"{base}/pos_ids/Slice")
    count = g.node("ReduceProd", [plane, g.ints(0)], f"{base}/TotalLen/ReduceProd", keepdims=0)
    rows = g.node("Range", [g.int_scalar(0), count, g.int_scalar(1)], f"{base}/Range")
    return g.node("Reshape", [rows, plane], f"{base}/PosIds/Reshape"), cos, sin


def _attention(g: GraphBuilder, checkpoint: ModelShape, index: int, normed: str, mask: tuple[str, ...], rotary: tuple[str, str, str]) -> str:
    config, base = checkpoint.text, f"/model/layers.{index}/attn"
    weights = checkpoint.group(f"language_model.layers.{index}.self_attn.")
    q, k, v = (g.linear(f"{base}/{part}_proj", normed, weights[f"{part}_proj.weight"], weights.get(f"{part}_proj.bias")) for part in "qkv")
    rotated = []
    for value, name in ((q, "q"), (k, "k")):
        value = g.to_float(value, f"{base}/{name}_mrope/Input/Cast")
        value = g.node("RotaryEmbedding", [value, *rotary], f"{base}/{name}_mrope/RotaryEmbedding", domain="com.microsoft", interleaved=0)
        rotated.append(g.to_compute(value, f"{base}/{name}_mrope/Output/Cast"))
    name = f"{base}/GroupQueryAttention"
    mixed = g.node(
        "GroupQueryAttention",
        [*rotated, v, f"past_key_values.{index}.key", f"past_key_values.{index}.value", *mask],
        name,
        outputs=[f"{name}/output_0", f"present.{index}.key", f"present.{index}.value"],
        domain="com.microsoft",
        num_heads=config["num_attention_heads"],
        kv_num_heads=config["num_key_value_heads"],
        scale=float(checkpoint.head_size**-0.5),
        local_window_size=-1,
        softcap=0.0,
        do_rotary=0,
        rotary_interleaved=0,
    )
    return g.linear(f"{base}/o_proj", mixed, weights["o_proj.weight"])


def _lm_head(g: GraphBuilder, checkpoint: ModelShape, normed: str) -> None:
    base = "/lm_head/num_logits_to_keep"
    start = g.node("Neg", ["num_logits_to_keep"], f"{base}/Neg")
    start = g.node("Unsqueeze", [start, g.ints(0)], f"{base}/Unsqueeze")
    rows = g.node("Slice", [normed, start, g.ints(INT64_MAX), g.ints(1)], f"{base}/Slice")
    narrow = g.compute != np.float32
    logits = g.linear("/lm_head", rows, checkpoint.lm_head, outputs=None if narrow else ["logits"])
    if narrow:
        g.cast(logits, np.float32, "/lm_head/Cast", outputs=["logits"])
