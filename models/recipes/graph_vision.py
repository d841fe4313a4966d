"""The vision encoder graph of Qwen2.5-VL: any image size, one still image per run."""

from __future__ import annotations

import numpy as np

from .graph_builder import GraphBuilder, inverse_frequencies
from .model_shape import ModelShape

NORM_EPSILON = 1e-6
MASKED = -65504.0
#: Patches along the longest side an image may have (14,336 pixels).
MAX_GRID = 1024


def vision_graph(g: GraphBuilder, checkpoint: ModelShape) -> None:
    """Builds `pixel_values` float32 [P, 3*2*14*14], `image_grid_thw` int64 [1, 3] -> `image_features` float32 [P/4, H].

    P = t*h*w patches in merge-block order. Everything that depends on the grid is computed in the graph with integer
    arithmetic on indices, so no size is fixed at export and no node's output size depends on tensor data.
    """
    config = checkpoint.vision
    patch_values = config["in_channels"] * config["temporal_patch_size"] * config["patch_size"] ** 2
    pixels = g.input("pixel_values", np.float32, ["num_patches", patch_values])
    g.input("image_grid_thw", np.int64, ["num_images", 3])

    indices = _Indices(g, config)
    rotary = _rotary_cache(g, config, indices)
    window_rotary = tuple(g.node("Gather", [cache, indices.token_of_flat_slot], f"/vision/window/{part}/Gather", axis=0)
                          for cache, part in zip(rotary, ("cos", "sin")))

    patch_weight = checkpoint.tensor("visual.patch_embed.proj.weight")
    patches = g.to_compute(pixels, "/vision/patch_embed/Cast")
    patches = g.linear("/vision/patch_embed", patches, patch_weight.reshape(patch_weight.shape[0], -1), quantise=False)
    residual, skip = g.to_float(patches, "/vision/patch_embed/output/Cast"), None

    for index in range(config["depth"]):
        base, source = f"/vision/blocks.{index}", f"visual.blocks.{index}"
        normed, residual = g.rms_norm(f"{base}/norm1", residual, skip, checkpoint.tensor(f"{source}.norm1.weight"), NORM_EPSILON)
        windowed = index not in config["fullatt_block_indexes"]
        skip = _attention(g, checkpoint, f"{base}/attn", f"{source}.attn", normed, indices, window_rotary if windowed else rotary, windowed)
        normed, residual = g.rms_norm(f"{base}/norm2", residual, skip, checkpoint.tensor(f"{source}.norm2.weight"), NORM_EPSILON)
        skip = g.gated_mlp(f"{base}/mlp", normed, checkpoint.group(f"{source}.mlp."))

    normed, _ = g.rms_norm("/vision/merger/ln_q", residual, skip, checkpoint.tensor("visual.merger.ln_q.weight"), NORM_EPSILON, last=True)
    unit = config["spatial_merge_size"] ** 2
    merged = g.node("Reshape", [normed, g.ints(-1, unit * config["hidden_size"])], "/vision/merger/Reshape")
    merger = checkpoint.group("visual.merger.mlp.")
    hidden = g.linear("/vision/merger/mlp.0", merged, merger["0.weight"], merger["0.bias"])
    hidden = g.node("Gelu", [hidden], "/vision/merger/Gelu", approximate="none")
    narrow = g.compute != np.float32
    features = g.linear("/vision/merger/mlp.2", hidden, merger["2.weight"], merger["2.bias"], outputs=None if narrow else ["image_features"])
    if narrow:
        g.cast(features, np.float32, "/vision/merger/output/Cast", outputs=["image_features"])
    g.output("image_features", np.float32, ["num_image_tokens", config["out_hidden_size"]])


class _Indices:
    """Index tensors computed from the grid: patch coordinates, and the patches' places in padded windows.

    A window is `side` x `side` merged tokens; windows that overhang the image are padded, a padded slot points at a
    real patch (so that a Gather stays in range) and is masked out as a key.
    """

    def __init__(self, g: GraphBuilder, config: dict):
        self.g = g
        merge = config["spatial_merge_size"]
        self.unit = merge * merge
        self.side = config["window_size"] // config["patch_size"] // merge
        self.slots = self.side * self.side * self.unit
        frames, rows, columns = (self._grid(axis, name) for axis, name in enumerate(("t", "h", "w")))
        rows = self._op("Div", rows, g.int_scalar(merge), "merged_rows")
        columns = self._op("Div", columns, g.int_scalar(merge), "merged_columns")
        window_rows = self._windows(rows, "window_rows")
        window_columns = self._windows(columns, "window_columns")
        frame_windows = self._op("Mul", window_rows, window_columns, "frame_windows")
        frame_tokens = self._op("Mul", rows, columns, "frame_tokens")
        self._patches(merge, rows, columns, frame_tokens, frame_windows, window_columns, frames)
        self._slots(frames, rows, columns, frame_windows, window_columns)

    def _op(self, op: str, a: str, b: str, name: str) -> str:
        return self.g.node(op, [a, b], f"/vision/indices/{name}/{op}")

    def _scaled_sum(self, a: str, scale: str, b: str, name: str) -> str:
        return self._op("Add", self._op("Mul", a, scale, name), b, name)

    def _grid(self, axis: int, name: str) -> str:
        row = self.g.node("Gather", ["image_grid_thw", self.g.int_scalar(0)], f"/vision/indices/{name}/Row", axis=0)
        return self.g.node("Gather", [row, self.g.int_scalar(axis)], f"/vision/indices/{name}/Gather", axis=0)

    def _windows(self, merged: str, name: str) -> str:
        padded = self._op("Add", merged, self.g.int_scalar(self.side - 1), name)
        return self._op("Div", padded, self.g.int_scalar(self.side), name)

    def _range(self, count: str, name: str) -> str:
        return self.g.node("Range", [self.g.int_scalar(0), count, self.g.int_scalar(1)], f"/vision/indices/{name}/Range")

    def _patches(self, merge, rows, columns, frame_tokens, frame_windows, window_columns, frames) -> None:
        """Row and column of every patch (in merge-block order), and its slot among the windows."""
        g, unit, side = self.g, self.g.int_scalar(self.unit), self.g.int_scalar(self.side)
        total = self._op("Mul", self._op("Mul", frames, frame_tokens, "patches"), unit, "patch_count")
        patch = self._range(total, "patch")
        token = self._op("Div", patch, unit, "patch_token")
        inner = self._op("Mod", patch, unit, "patch_inner")
        frame = self._op("Div", token, frame_tokens, "patch_frame")
        place = self._op("Mod", token, frame_tokens, "patch_place")
        row = self._op("Div", place, columns, "patch_merged_row")
        column = self._op("Mod", place, columns, "patch_merged_column")
        size = g.int_scalar(merge)
        self.row = self._scaled_sum(row, size, self._op("Div", inner, size, "patch_inner_row"), "patch_row")
        self.column = self._scaled_sum(column, size, self._op("Mod", inner, size, "patch_inner_column"), "patch_column")
        window = self._scaled_sum(self._op("Div", row, side, "patch_window_row"), window_columns,
                                  self._op("Div", column, side, "patch_window_column"), "patch_window")
        window = self._scaled_sum(frame, frame_windows, window, "patch_frame_window")
        cell = self._scaled_sum(self._op("Mod", row, side, "patch_cell_row"), side,
                                self._op("Mod", column, side, "patch_cell_column"), "patch_cell")
        slot = self._scaled_sum(window, g.int_scalar(self.side**2), cell, "patch_window_cell")
        self.slot_of_patch = self._scaled_sum(slot, unit, inner, "patch_slot")

    def _slots(self, frames, rows, columns, frame_windows, window_columns) -> None:
        """The patch behind every window slot [windows, slots], and the additive key mask [windows, 1, slots, slots]."""
        g, unit, side, one = self.g, self.g.int_scalar(self.unit), self.g.int_scalar(self.side), self.g.int_scalar(1)
        windows = self._op("Mul", frames, frame_windows, "windows")
        self.flat_slot = self._range(self._op("Mul", windows, g.int_scalar(self.slots), "slot_count"), "slot")
        inner = self._op("Mod", self.flat_slot, unit, "slot_inner")
        cell = self._op("Div", self.flat_slot, unit, "slot_cell")
        window = self._op("Div", self.flat_slot, g.int_scalar(self.slots), "slot_window")
        place = self._op("Mod", cell, g.int_scalar(self.side**2), "slot_place")
        frame = self._op("Div", window, frame_windows, "slot_frame")
        in_frame = self._op("Mod", window, frame_windows, "slot_in_frame")
        row = self._scaled_sum(self._op("Div", in_frame, window_columns, "slot_window_row"), side,
                               self._op("Div", place, side, "slot_cell_row"), "slot_row")
        column = self._scaled_sum(self._op("Mod", in_frame, window_columns, "slot_window_column"), side,
                                  self._op("Mod", place, side, "slot_cell_column"), "slot_column")
        real = self._op("And", self._op("Less", row, rows, "slot_row_in"), self._op("Less", column, columns, "slot_column_in"), "slot_real")
        row = self._op("Min", row, self._op("Sub", rows, one, "last_row"), "slot_row_clamped")
        column = self._op("Min", column, self._op("Sub", columns, one, "last_column"), "slot_column_clamped")
        token = self._scaled_sum(self._scaled_sum(frame, rows, row, "slot_token_row"), columns, column, "slot_token")
        self.token_of_flat_slot = self._scaled_sum(token, unit, inner, "slot_patch")
        by_window = g.ints(-1, self.slots)
        self.patch_of_slot = g.node("Reshape", [self.token_of_flat_slot, by_window], "/vision/indices/slot_patch/Reshape")
        self.slot_positions = g.node("Reshape", [self.flat_slot, by_window], "/vision/indices/slot_positions/Reshape")
        mask = g.node("Where", [real, g.float_scalar(0.0), g.float_scalar(MASKED)], "/vision/indices/mask/Where")
        mask = g.to_compute(mask, "/vision/indices/mask/Cast")
        mask = g.node("Reshape", [mask, g.ints(-1, 1, 1, self.slots)], "/vision/indices/mask/Reshape")
        self.key_mask = g.node("Expand", [mask, g.ints(1, 1, self.slots, 1)], "/vision/indices/mask/Expand")
        self.patch_positions = g.node(
            "Reshape", ["/vision/indices/patch/Range/output_0", g.ints(1, -1)], "/vision/indices/patch_positions/Reshape")


def _rotary_cache(g: GraphBuilder, config: dict, indices: _Indices) -> tuple[str, str]:
    """Cosine and sine [P, head/2] of the two-dimensional rotary embedding: first half by row, second by column."""
    theta = config["rope_parameters"]["rope_theta"]
    frequencies = inverse_frequencies(theta, config["hidden_size"] // config["num_heads"] // 2)
    columns = []
    for positions, part in ((indices.row, "row"), (indices.column, "column")):
        column = g.node("Unsqueeze", [positions, g.ints(1)], f"/vision/rotary/{part}/Unsqueeze")
        columns += [column] * len(frequencies)
    positions = g.node("Concat", columns, "/vision/rotary/Concat", axis=-1)
    return g.rotary_pair(positions, np.tile(frequencies, 2), MAX_GRID, "/vision/rotary")


def _attention(g: GraphBuilder, checkpoint: ModelShape, base: str, source: str, normed: str, indices: _Indices,
               rotary: tuple[str, str], windowed: bool) -> str:
    """Self-attention [P, C] -> [P, C], inside windows or over the whole image."""
    width, heads = checkpoint.vision["hidden_size"], checkpoint.vision["num_heads"]
    if windowed:
        rows, positions = indices.patch_of_slot, indices.slot_positions
        value = g.node("Gather", [normed, rows], f"{base}/to_windows/Gather", axis=0)
    else:
        positions = indices.patch_positions
        value = g.node("Unsqueeze", [normed, g.ints(0)], f"{base}/Unsqueeze")
    qkv = g.linear(f"{base}/qkv", value, checkpoint.tensor(f"{source}.qkv.weight"), checkpoint.tensor(f"{source}.qkv.bias"))
    parts = [f"{base}/qkv/Split/output_{i}" for i in range(3)]
    g.node("Split", [qkv, g.ints(width, width, width)], f"{base}/qkv/Split", outputs=parts, axis=-1)
    rotated = []
    for part, name in zip(parts[:2], ("q", "k")):
        turned = g.to_float(part, f"{base}/{name}_rotary/Input/Cast")
        turned = g.node("RotaryEmbedding", [turned, positions, *rotary], f"{base}/{name}_rotary/RotaryEmbedding",
                        domain="com.microsoft", interleaved=0)
        rotated.append(g.to_compute(turned, f"{base}/{name}_rotary/Output/Cast"))
    inputs = [*rotated, parts[2], "", "", indices.key_mask] if windowed else [*rotated, parts[2]]
    mixed = g.node("MultiHeadAttention", inputs, f"{base}/MultiHeadAttention", domain="com.microsoft",
                   num_heads=heads, scale=float((width // heads) ** -0.5))
    mixed = g.node("Reshape", [mixed, g.ints(-1, width)], f"{base}/Reshape")
    if windowed:
        mixed = g.node("Gather", [mixed, indices.slot_of_patch], f"{base}/from_windows/Gather", axis=0)
    return g.linear(f"{base}/proj", mixed, checkpoint.tensor(f"{source}.proj.weight"), checkpoint.tensor(f"{source}.proj.bias"))
