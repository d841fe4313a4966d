"""Writes one-layer decoders that run, but that instrumentation must refuse, each for one reason."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ..graphs.builder import GraphBuilder, inverse_frequencies
from ..graphs.text import mask_lengths
from .reading import session

HIDDEN, HEADS, KEY_VALUE_HEADS, HEAD, VOCABULARY, POSITIONS = 32, 2, 1, 16, 48, 64
#: File name -> the one thing about the graph that is not as it must be.
REASONS = {
    "rotary-inside": "GroupQueryAttention turns queries and keys itself (do_rotary 1), by running positions",
    "packed": "GroupQueryAttention gets queries, keys and values as one tensor",
    "text-only": "position_ids is [batch, rows]: the decoder of a language model without vision",
}
CONFIG = {
    "architectures": ["Qwen2VLForConditionalGeneration"], "model_type": "qwen2_vl", "hidden_size": HIDDEN, "num_hidden_layers": 1,
    "num_attention_heads": HEADS, "num_key_value_heads": KEY_VALUE_HEADS, "vocab_size": VOCABULARY, "max_position_embeddings": POSITIONS,
    "rope_theta": 10000.0, "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]}, "image_token_id": 3,
}


def refused_graph(reason: str) -> GraphBuilder:
    """A decoder of our own layout but for what `reason`, a key of `REASONS`, names; logits of all rows."""
    random = np.random.default_rng(5)

    def project(base: str, value: str, rows: int, outputs: list[str] | None = None) -> str:
        return g.linear(base, value, (random.standard_normal((rows, HIDDEN)) * HIDDEN**-0.5).astype(np.float32), outputs=outputs)

    g = GraphBuilder(reason, np.float32, False)
    embeds = g.input("inputs_embeds", np.float32, ["batch_size", "sequence_length", HIDDEN])
    g.input("attention_mask", np.int64, ["batch_size", "total_sequence_length"])
    g.input("position_ids", np.int64, [*([] if reason == "text-only" else [3]), "batch_size", "sequence_length"])
    g.output("logits", np.float32, ["batch_size", "sequence_length", VOCABULARY])
    for part in ("key", "value"):
        g.input(f"past_key_values.0.{part}", np.float32, ["batch_size", KEY_VALUE_HEADS, "past_sequence_length", HEAD])
        g.output(f"present.0.{part}", np.float32, ["batch_size", KEY_VALUE_HEADS, "total_sequence_length", HEAD])

    mask = mask_lengths(g)
    angles = np.arange(POSITIONS)[:, None] * inverse_frequencies(10000.0, HEAD)
    tables = [g.weight(name, function(angles).astype(np.float32)) for name, function in (("cos_cache", np.cos), ("sin_cache", np.sin))]
    normed, residual = g.rms_norm("/model/layers.0/input_layernorm", embeds, None, np.ones(HIDDEN), 1e-6)
    base = "/model/layers.0/attn"
    parts = [project(f"{base}/{part}_proj", normed, heads * HEAD) for part, heads in zip("qkv", (HEADS, KEY_VALUE_HEADS, KEY_VALUE_HEADS))]
    inside = reason == "rotary-inside"
    if not inside:
        positions = "position_ids" if reason == "text-only" else g.node("Gather", ["position_ids", g.int_scalar(0)], "/model/positions/Gather", axis=0)
        parts[:2] = [g.node("RotaryEmbedding", [part, positions, *tables], f"{base}/{name}_rotary/RotaryEmbedding", domain="com.microsoft")
                     for part, name in zip(parts[:2], "qk")]
    if reason == "packed":
        parts = [g.node("Concat", parts, f"{base}/qkv/Concat", axis=-1), "", ""]
    name = f"{base}/GroupQueryAttention"
    mixed = g.node("GroupQueryAttention", [*parts, "past_key_values.0.key", "past_key_values.0.value", *mask, *(tables if inside else [])], name,
                   outputs=[f"{name}/output_0", "present.0.key", "present.0.value"], domain="com.microsoft",
                   num_heads=HEADS, kv_num_heads=KEY_VALUE_HEADS, scale=HEAD**-0.5, do_rotary=int(inside))
    normed, _ = g.rms_norm("/model/layers.1/final_norm_layernorm", residual, project(f"{base}/o_proj", mixed, HIDDEN), np.ones(HIDDEN), 1e-6, last=True)
    project("/lm_head", normed, VOCABULARY, ["logits"])
    return g


def write_refused(folder: Path) -> None:
    """Writes `<reason>.onnx` for every reason and the `config.json` they share."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    for reason in REASONS:
        for file in refused_graph(reason).save(folder / f"{reason}.onnx"):
            print(f"{file.name}  {file.stat().st_size:,} bytes")


def runs(file: Path) -> bool:
    """Whether ONNX Runtime runs the decoder over four rows: what is refused must be refused for its layout, not for being broken."""
    decoder = session(file)
    shapes = {"inputs_embeds": (1, 4, HIDDEN), "attention_mask": (1, 4), "position_ids": (1, 4) if file.stem == "text-only" else (3, 1, 4)}
    past = np.zeros((1, KEY_VALUE_HEADS, 0, HEAD), dtype=np.float32)
    feeds = {"inputs_embeds": np.ones(shapes["inputs_embeds"], dtype=np.float32), "attention_mask": np.ones(shapes["attention_mask"], dtype=np.int64),
             "position_ids": np.zeros(shapes["position_ids"], dtype=np.int64), "past_key_values.0.key": past, "past_key_values.0.value": past}
    logits = decoder.run(["logits"], {item.name: feeds[item.name] for item in decoder.get_inputs()})[0]
    return logits.shape == (1, 4, VOCABULARY) and bool(np.isfinite(logits).all())
