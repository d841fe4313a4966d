"""What the vision encoders of Qwen2-VL and Qwen2.5-VL share: patch coordinates, rotary cache, self-attention, merger."""

from __future__ import annotations

import numpy as np

from .builder import GraphBuilder, inverse_frequencies
from .model_shape import ModelShape

NORM_EPSILON = 1e-6
#: Patches along the longest side an image may have (14,336 pixels).
MAX_GRID = 1024


class PatchGrid:
    """Coordinates of every patch, computed from the grid with integer arithmetic, so that no size is fixed at export.

    Patches come in merge-block order: the patches of one merged token follow one another. `row`, `column` int64 [P];
    `positions` [1, P] counts them.
    """

    def __init__(self, g: GraphBuilder, config: dict, grid: str):
        self.g = g
        self.grid = grid
        self.merge = config["spatial_merge_size"]
        self.unit = self.merge * self.merge
        self.frames, rows, columns = (self._side(axis, name) for axis, name in enumerate(("t", "h", "w")))
        self.rows = self.op("Div", rows, g.int_scalar(self.merge), "merged_rows")
        self.columns = self.op("Div", columns, g.int_scalar(self.merge), "merged_columns")
        self.frame_tokens = self.op("Mul", self.rows, self.columns, "frame_tokens")
        self._patches()

    def op(self, op: str, a: str, b: str, name: str) -> str:
        """Adds a node of two inputs."""
        return self.g.node(op, [a, b], f"/vision/indices/{name}/{op}")

    def scaled_sum(self, a: str, scale: str, b: str, name: str) -> str:
        """a * scale + b."""
        return self.op("Add", self.op("Mul", a, scale, name), b, name)

    def range(self, count: str, name: str) -> str:
        """0, 1, …, count - 1."""
        return self.g.node("Range", [self.g.int_scalar(0), count, self.g.int_scalar(1)], f"/vision/indices/{name}/Range")

    def _side(self, axis: int, name: str) -> str:
        row = self.g.node("Gather", [self.grid, self.g.int_scalar(0)], f"/vision/indices/{name}/Row", axis=0)
        return self.g.node("Gather", [row, self.g.int_scalar(axis)], f"/vision/indices/{name}/Gather", axis=0)

    def _patches(self) -> None:
        g, unit = self.g, self.g.int_scalar(self.unit)
        total = self.op("Mul", self.op("Mul", self.frames, self.frame_tokens, "patches"), unit, "patch_count")
        patch = self.range(total, "patch")
        token = self.op("Div", patch, unit, "patch_token")
        self.inner = self.op("Mod", patch, unit, "patch_inner")
        self.frame = self.op("Div", token, self.frame_tokens, "patch_frame")
        place = self.op("Mod", token, self.frame_tokens, "patch_place")
        self.merged_row = self.op("Div", place, self.columns, "patch_merged_row")
        self.merged_column = self.op("Mod", place, self.columns, "patch_merged_column")
        size = g.int_scalar(self.merge)
        self.row = self.scaled_sum(self.merged_row, size, self.op("Div", self.inner, size, "patch_inner_row"), "patch_row")
        self.column = self.scaled_sum(self.merged_column, size, self.op("Mod", self.inner, size, "patch_inner_column"), "patch_column")
        self.positions = g.node("Reshape", [patch, g.ints(1, -1)], "/vision/indices/patch_positions/Reshape")


def vision_input(g: GraphBuilder, config: dict, grid: str) -> str:
    """Declares `pixel_values` float32 [P, 3*2*14*14] and the grid int64 [1, 3] under the name `grid`; returns the pixels' name."""
    patch_values = config["in_channels"] * config["temporal_patch_size"] * config["patch_size"] ** 2
    pixels = g.input("pixel_values", np.float32, ["num_patches", patch_values])
    g.input(grid, np.int64, ["num_images", 3])
    return pixels


def patch_embedding(g: GraphBuilder, checkpoint: ModelShape, pixels: str) -> str:
    """The patches as float32 rows [P, C]: the convolution's kernel covers a patch exactly, so it is one matrix product."""
    weight = checkpoint.tensor("visual.patch_embed.proj.weight")
    patches = g.to_compute(pixels, "/vision/patch_embed/Cast")
    patches = g.linear("/vision/patch_embed", patches, weight.reshape(weight.shape[0], -1), quantise=False)
    return g.to_float(patches, "/vision/patch_embed/output/Cast")


def rotary_cache(g: GraphBuilder, checkpoint: ModelShape, patches: PatchGrid) -> tuple[str, str]:
    """Cosine and sine [P, head/2] of the two-dimensional rotary embedding: first half by row, second by column."""
    config = checkpoint.vision
    frequencies = inverse_frequencies(config["rope_parameters"]["rope_theta"], checkpoint.vision_width // config["num_heads"] // 2)
    columns = []
    for positions, part in ((patches.row, "row"), (patches.column, "column")):
        column = g.node("Unsqueeze", [positions, g.ints(1)], f"/vision/rotary/{part}/Unsqueeze")
        columns += [column] * len(frequencies)
    positions = g.node("Concat", columns, "/vision/rotary/Concat", axis=-1)
    return g.rotary_pair(positions, np.tile(frequencies, 2), MAX_GRID, "/vision/rotary")


def self_attention(g: GraphBuilder, checkpoint: ModelShape, index: int, value: str, positions: str, rotary: tuple[str, str],
                   key_mask: str | None = None, *, order: str | None = None) -> str:
    """Self-attention of block `index` over value [W, P, C], each of the W parts for itself -> [W * P, C].

    `positions` int64 [W, P] choose rows of the `rotary` cache; `key_mask` is added to the scores; `order` rearranges the
    resulting rows before the output's product.
    """
    width, heads = checkpoint.vision_width, checkpoint.vision["num_heads"]
    base, source = f"/vision/blocks.{index}/attn", f"visual.blocks.{index}.attn"
    qkv = g.linear(f"{base}/qkv", value, checkpoint.tensor(f"{source}.qkv.weight"), checkpoint.tensor(f"{source}.qkv.bias"))
    parts = [f"{base}/qkv/Split/output_{i}" for i in range(3)]
    g.node("Split", [qkv, g.ints(width, width, width)], f"{base}/qkv/Split", outputs=parts, axis=-1)
    rotated = []
    for part, name in zip(parts[:2], ("q", "k")):
        turned = g.to_float(part, f"{base}/{name}_rotary/Input/Cast")
        turned = g.node("RotaryEmbedding", [turned, positions, *rotary], f"{base}/{name}_rotary/RotaryEmbedding",
                        domain="com.microsoft", interleaved=0)
        rotated.append(g.to_compute(turned, f"{base}/{name}_rotary/Output/Cast"))
    inputs = [*rotated, parts[2], "", "", key_mask] if key_mask else [*rotated, parts[2]]
    mixed = g.node("MultiHeadAttention", inputs, f"{base}/MultiHeadAttention", domain="com.microsoft",
                   num_heads=heads, scale=float((width // heads) ** -0.5))
    mixed = g.node("Reshape", [mixed, g.ints(-1, width)], f"{base}/Reshape")
    if order:
        mixed = g.node("Gather", [mixed, order], f"{base}/from_windows/Gather", axis=0)
    return g.linear(f"{base}/proj", mixed, checkpoint.tensor(f"{source}.proj.weight"), checkpoint.tensor(f"{source}.proj.bias"))


def merge_patches(g: GraphBuilder, checkpoint: ModelShape, normed: str, size: int) -> None:
    """Joins the patches of every merged token and projects them to `image_features` float32 [P/4, size], the graph's output."""
    unit = checkpoint.vision["spatial_merge_size"] ** 2
    merged = g.node("Reshape", [normed, g.ints(-1, unit * checkpoint.vision_width)], "/vision/merger/Reshape")
    merger = checkpoint.group("visual.merger.mlp.")
    hidden = g.linear("/vision/merger/mlp.0", merged, merger["0.weight"], merger["0.bias"])
    hidden = g.node("Gelu", [hidden], "/vision/merger/Gelu", approximate="none")
    narrow = g.compute != np.float32
    features = g.linear("/vision/merger/mlp.2", hidden, merger["2.weight"], merger["2.bias"], outputs=None if narrow else ["image_features"])
    if narrow:
        g.cast(features, np.float32, "/vision/merger/output/Cast", outputs=["image_features"])
    g.output("image_features", np.float32, ["num_image_tokens", size])
