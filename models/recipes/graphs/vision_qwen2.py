"""The vision encoder graph of Qwen2-VL: any image size, one still image per run, attention over the whole image."""

from __future__ import annotations

import numpy as np

from .builder import GraphBuilder
from .model_shape import ModelShape
from .vision_parts import (
    NORM_EPSILON, PatchGrid, merge_patches, patch_embedding, rotary_cache, self_attention, vision_input,
)

#: Slope of the sigmoid in the quick GELU.
QUICK_GELU = 1.702


def vision_graph_qwen2(g: GraphBuilder, checkpoint: ModelShape) -> None:
    """Builds `pixel_values` float32 [P, 3*2*14*14], `grid_thw` int64 [1, 3] -> `image_features` float32 [P/4, H].

    Throws ValueError for an activation other than the quick or the exact GELU.
    """
    config = checkpoint.vision
    pixels = vision_input(g, config, "grid_thw")
    patches = PatchGrid(g, config, "grid_thw")
    rotary = rotary_cache(g, checkpoint, patches)
    residual, skip = patch_embedding(g, checkpoint, pixels), None
    for index in range(config["depth"]):
        base, source = f"/vision/blocks.{index}", f"visual.blocks.{index}"
        normed, residual = _layer_norm(g, checkpoint, f"{base}/norm1", f"{source}.norm1", residual, skip)
        value = g.node("Unsqueeze", [normed, g.ints(0)], f"{base}/attn/Unsqueeze")
        skip = self_attention(g, checkpoint, index, value, patches.positions, rotary)
        normed, residual = _layer_norm(g, checkpoint, f"{base}/norm2", f"{source}.norm2", residual, skip)
        skip = _mlp(g, checkpoint, f"{base}/mlp", f"{source}.mlp", normed)
    normed, _ = _layer_norm(g, checkpoint, "/vision/merger/ln_q", "visual.merger.ln_q", residual, skip)
    merge_patches(g, checkpoint, normed, config["hidden_size"])


def _layer_norm(g: GraphBuilder, checkpoint: ModelShape, location: str, source: str, root: str, skip: str | None) -> tuple[str, str]:
    """Layer norm of `root` (+ `skip`, the branch that just ended) in float32: (normed in the compute type, float32 sum)."""
    if skip is not None:
        root = g.node("Add", [root, g.to_float(skip, f"{location}/skip_input/Cast")], f"{location}/Add")
    stem = location[1:].replace("/", ".")
    names = [g.weight(f"{stem}.{part}", checkpoint.tensor(f"{source}.{part}").astype(np.float32)) for part in ("weight", "bias")]
    normed = g.node("LayerNormalization", [root, *names], f"{location}/LayerNorm", axis=-1, epsilon=NORM_EPSILON)
    return g.to_compute(normed, f"{location}/output_0/Cast"), root


def _mlp(g: GraphBuilder, checkpoint: ModelShape, base: str, source: str, value: str) -> str:
    weights = checkpoint.group(f"{source}.")
    hidden = g.linear(f"{base}/fc1", value, weights["fc1.weight"], weights["fc1.bias"])
    activation = checkpoint.vision["hidden_act"]
    if activation == "quick_gelu":
        hidden = g.node("QuickGelu", [hidden], f"{base}/act/QuickGelu", domain="com.microsoft", alpha=QUICK_GELU)
    elif activation == "gelu":
        hidden = g.node("Gelu", [hidden], f"{base}/act/Gelu", approximate="none")
    else:
        raise ValueError(f"The vision encoder's activation {activation!r} is not supported; the released models' is 'quick_gelu'.")
    return g.linear(f"{base}/fc2", hidden, weights["fc2.weight"], weights["fc2.bias"])
