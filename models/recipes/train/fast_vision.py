"""The vision tower's forward pass over a batch of equally sized pictures, with the library's weights.

The library attends window by window in a Python loop; here a mask by window does the same for the whole batch at once.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F


@lru_cache(maxsize=64)
def _layout(rows, columns, window, head_size, theta):
    """Rotary cos and sin [N, head size] and the additive window mask [N, N] for a patch grid in merge-block order."""
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")

    def blocks(grid):
        return grid.view(rows // 2, 2, columns // 2, 2).permute(0, 2, 1, 3).reshape(-1)

    y, x = blocks(y), blocks(x)
    inverse = 1.0 / theta ** (torch.arange(0, head_size // 2, 2).float() / (head_size // 2))
    angles = torch.cat([y[:, None] * inverse, x[:, None] * inverse], dim=-1)
    angles = torch.cat([angles, angles], dim=-1)
    owner = (y // window) * columns + x // window
    barrier = torch.zeros(rows * columns, rows * columns).masked_fill(owner[:, None] != owner[None], float("-inf"))
    return angles.cos(), angles.sin(), barrier


def rotate(x, cos, sin):
    """Rotary embedding over the last axis (half-split convention)."""
    half = x.shape[-1] // 2
    return x * cos + torch.cat([-x[..., half:], x[..., :half]], dim=-1) * sin


def image_features(visual, patches, rows, columns):
    """Merged vision features of a batch.

    visual: the library's vision tower. patches: [B, N, 588] from `to_patches`. rows, columns: patches per side.
    Returns [B, N/4, text hidden size] in raster order of the merged tokens.
    """
    config = visual.config
    heads, head_size = config.num_heads, config.hidden_size // config.num_heads
    window = config.window_size // config.patch_size
    cos, sin, mask = _layout(rows, columns, window, head_size, config.rope_parameters["rope_theta"])
    # A still picture repeats one frame, so the temporal taps of the patch embedding can be summed.
    weight = visual.patch_embed.proj.weight.sum(dim=2).flatten(1)
    x = F.linear(patches, weight).float()  # keeps the residual stream in float32 under autocast
    batch, count, width = x.shape
    for index, block in enumerate(visual.blocks):
        y = F.rms_norm(x, (width,), block.norm1.weight, 1e-6)
        qkv = block.attn.qkv(y).view(batch, count, 3, heads, head_size).permute(2, 0, 3, 1, 4)
        q, k = rotate(qkv[:2], cos.to(qkv.dtype), sin.to(qkv.dtype))
        scores = (q * head_size**-0.5) @ k.transpose(-1, -2)
        if index not in config.fullatt_block_indexes:
            scores = scores + mask.to(scores.dtype)
        y = torch.softmax(scores, dim=-1, dtype=scores.dtype) @ qkv[2]
        x = x + block.attn.proj(y.transpose(1, 2).reshape(batch, count, width))
        y = F.rms_norm(x, (width,), block.norm2.weight, 1e-6)
        x = x + block.mlp.down_proj(F.silu(block.mlp.gate_proj(y)) * block.mlp.up_proj(y))
    x = F.rms_norm(x, (width,), visual.merger.ln_q.weight, 1e-6)
    return visual.merger.mlp(x.view(batch, count // 4, 4 * width))
