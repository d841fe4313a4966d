"""The vision encoder graph of Qwen2.5-VL: any image size, one still image per run, most blocks attending inside windows."""

from __future__ import annotations


from .builder import GraphBuilder
from .model_shape import ModelShape
from .vision_parts import (
    NORM_EPSILON, PatchGrid, merge_patches, patch_embedding, rotary_cache, self_attention, vision_input,
)
from .vision_qwen2 import vision_graph_qwen2

MASKED = -65504.0


def vision_graph(g: GraphBuilder, checkpoint: ModelShape) -> None:
    """Builds the vision encoder of whichever of the two architectures the checkpoint has.

    `pixel_values` float32 [P, 3*2*14*14] and the grid int64 [1, 3] (`grid_thw` in Qwen2-VL, `image_grid_thw` in Qwen2.5-VL,
    the names transformers.js feeds) -> `image_features` float32 [P/4, H]. P = t*h*w patches in merge-block order. Everything
    that depends on the grid is computed in the graph with integer arithmetic on indices, so no size is fixed at export and
    no node's output size depends on tensor data.
    """
    (vision_graph_qwen2 if checkpoint.kind == "qwen2_vl" else _vision_graph_qwen2_5)(g, checkpoint)


def _vision_graph_qwen2_5(g: GraphBuilder, checkpoint: ModelShape) -> None:
    config = checkpoint.vision
    pixels = vision_input(g, config, "image_grid_thw")
    windows = _Windows(g, config, "image_grid_thw")
    rotary = rotary_cache(g, checkpoint, windows)
    window_rotary = tuple(g.node("Gather", [cache, windows.token_of_flat_slot], f"/vision/window/{part}/Gather", axis=0)
                          for cache, part in zip(rotary, ("cos", "sin")))
    residual, skip = patch_embedding(g, checkpoint, pixels), None
    for index in range(config["depth"]):
        base, source = f"/vision/blocks.{index}", f"visual.blocks.{index}"
        normed, residual = g.rms_norm(f"{base}/norm1", residual, skip, checkpoint.tensor(f"{source}.norm1.weight"), NORM_EPSILON)
        if index in config["fullatt_block_indexes"]:
            value = g.node("Unsqueeze", [normed, g.ints(0)], f"{base}/attn/Unsqueeze")
            skip = self_attention(g, checkpoint, index, value, windows.positions, rotary)
        else:
            value = g.node("Gather", [normed, windows.patch_of_slot], f"{base}/attn/to_windows/Gather", axis=0)
            skip = self_attention(g, checkpoint, index, value, windows.slot_positions, window_rotary, windows.key_mask,
                                  order=windows.slot_of_patch)
        normed, residual = g.rms_norm(f"{base}/norm2", residual, skip, checkpoint.tensor(f"{source}.norm2.weight"), NORM_EPSILON)
        skip = g.gated_mlp(f"{base}/mlp", normed, checkpoint.group(f"{source}.mlp."))
    normed, _ = g.rms_norm("/vision/merger/ln_q", residual, skip, checkpoint.tensor("visual.merger.ln_q.weight"), NORM_EPSILON, last=True)
    merge_patches(g, checkpoint, normed, config["out_hidden_size"])


class _Windows(PatchGrid):
    """The patches' places in padded windows of `side` x `side` merged tokens.

    Windows that overhang the image are padded; a padded slot points at a real patch (so that a Gather stays in range) and is
    masked out as a key.
    """

    def __init__(self, g: GraphBuilder, config: dict, grid: str):
        super().__init__(g, config, grid)
        self.side = config["window_size"] // config["patch_size"] // self.merge
        self.slots = self.side * self.side * self.unit
        self.window_columns = self._windows(self.columns, "window_columns")
        self.frame_windows = self.op("Mul", self._windows(self.rows, "window_rows"), self.window_columns, "frame_windows")
        self._slot_of_patch()
        self._patch_of_slot()

    def _windows(self, merged: str, name: str) -> str:
        padded = self.op("Add", merged, self.g.int_scalar(self.side - 1), name)
        return self.op("Div", padded, self.g.int_scalar(self.side), name)

    def _slot_of_patch(self) -> None:
        g, unit, side = self.g, self.g.int_scalar(self.unit), self.g.int_scalar(self.side)
        row, column = self.merged_row, self.merged_column
        window = self.scaled_sum(self.op("Div", row, side, "patch_window_row"), self.window_columns,
                                 self.op("Div", column, side, "patch_window_column"), "patch_window")
        window = self.scaled_sum(self.frame, self.frame_windows, window, "patch_frame_window")
        cell = self.scaled_sum(self.op("Mod", row, side, "patch_cell_row"), side,
                               self.op("Mod", column, side, "patch_cell_column"), "patch_cell")
        slot = self.scaled_sum(window, g.int_scalar(self.side**2), cell, "patch_window_cell")
        self.slot_of_patch = self.scaled_sum(slot, unit, self.inner, "patch_slot")

    def _patch_of_slot(self) -> None:
        """The patch behind every window slot [windows, slots], and the additive key mask [windows, 1, slots, slots]."""
        g, unit, side, one = self.g, self.g.int_scalar(self.unit), self.g.int_scalar(self.side), self.g.int_scalar(1)
        windows = self.op("Mul", self.frames, self.frame_windows, "windows")
        self.flat_slot = self.range(self.op("Mul", windows, g.int_scalar(self.slots), "slot_count"), "slot")
        inner = self.op("Mod", self.flat_slot, unit, "slot_inner")
        cell = self.op("Div", self.flat_slot, unit, "slot_cell")
        window = self.op("Div", self.flat_slot, g.int_scalar(self.slots), "slot_window")
        place = self.op("Mod", cell, g.int_scalar(self.side**2), "slot_place")
        frame = self.op("Div", window, self.frame_windows, "slot_frame")
        in_frame = self.op("Mod", window, self.frame_windows, "slot_in_frame")
        row = self.scaled_sum(self.op("Div", in_frame, self.window_columns, "slot_window_row"), side,
                              self.op("Div", place, side, "slot_cell_row"), "slot_row")
        column = self.scaled_sum(self.op("Mod", in_frame, self.window_columns, "slot_window_column"), side,
                                 self.op("Mod", place, side, "slot_cell_column"), "slot_column")
        real = self.op("And", self.op("Less", row, self.rows, "slot_row_in"), self.op("Less", column, self.columns, "slot_column_in"), "slot_real")
        row = self.op("Min", row, self.op("Sub", self.rows, one, "last_row"), "slot_row_clamped")
        column = self.op("Min", column, self.op("Sub", self.columns, one, "last_column"), "slot_column_clamped")
        token = self.scaled_sum(self.scaled_sum(frame, self.rows, row, "slot_token_row"), self.columns, column, "slot_token")
        self.token_of_flat_slot = self.scaled_sum(token, unit, inner, "slot_patch")
        by_window = g.ints(-1, self.slots)
        self.patch_of_slot = g.node("Reshape", [self.token_of_flat_slot, by_window], "/vision/indices/slot_patch/Reshape")
        self.slot_positions = g.node("Reshape", [self.flat_slot, by_window], "/vision/indices/slot_positions/Reshape")
        mask = g.node("Where", [real, g.float_scalar(0.0), g.float_scalar(MASKED)], "/vision/indices/mask/Where")
        mask = g.to_compute(mask, "/vision/indices/mask/Cast")
        mask = g.node("Reshape", [mask, g.ints(-1, 1, 1, self.slots)], "/vision/indices/mask/Reshape")
        self.key_mask = g.node("Expand", [mask, g.ints(1, 1, self.slots, 1)], "/vision/indices/mask/Expand")
