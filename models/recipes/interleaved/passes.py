"""Passes through the decoder for many questions about several pictures: a prefix with the picture that a picture's questions share."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from ..train.fast_text import rotary
from ..train.fast_vision import rotate
from ..train.packing import grid_positions
from ..world.prompts import split_prompt
from ..world.vocabulary import UNIT

HIDDEN = float("-inf")


def _project(text, layer, x, rope):
    """Rotated queries [C, n, heads, size], rotated keys and values [C, groups, n, size] of a layer's input rows."""
    config, attention = text.config, layer.self_attn
    heads, groups = config.num_attention_heads, config.num_key_value_heads
    size = config.hidden_size // heads
    y = F.rms_norm(x, (x.shape[-1],), layer.input_layernorm.weight, config.rms_norm_eps)
    cos, sin = (t.to(x.dtype) for t in rope)
    q = rotate(attention.q_proj(y).unflatten(-1, (heads, size)), cos, sin) * size**-0.5
    k = rotate(attention.k_proj(y).unflatten(-1, (groups, size)), cos, sin).transpose(1, 2)
    v = attention.v_proj(y).unflatten(-1, (groups, size)).transpose(1, 2)
    return q, k, v


def _finish(text, layer, x, mixed):
    x = x + layer.self_attn.o_proj(mixed)
    y = F.rms_norm(x, (x.shape[-1],), layer.post_attention_layernorm.weight, text.config.rms_norm_eps)
    return x + layer.mlp.down_proj(F.silu(layer.mlp.gate_proj(y)) * layer.mlp.up_proj(y))


class Prefix:
    """What all questions about a picture share, read once: system prompt, picture, instruction. Gradients flow through it.

    layers: keys and values [B, groups, m, size] per layer. image: (first, count) of the picture's rows. next: first free
    position. length: m.
    """

    def __init__(self, text, tokenizer, form, sides, features):
        rows, columns = sides[1] // UNIT, sides[0] // UNIT
        count = rows * columns
        ids = tokenizer.encode(split_prompt(form, "", count)[0]).ids
        first = ids.index(tokenizer.token_to_id("<|image_pad|>"))
        after = first + max(rows, columns)
        tail = len(ids) - first - count
        positions = torch.cat([
            torch.arange(first).expand(3, -1),
            torch.from_numpy(grid_positions(first, rows, columns)),
            torch.arange(after, after + tail).expand(3, -1),
        ], dim=1)  # fmt: skip
        self.image, self.next, self.length = (first, count), after + tail, len(ids)
        x = F.embedding(torch.tensor(ids), text.embed_tokens.weight).expand(len(features), -1, -1)
        x = torch.cat([x[:, :first], features, x[:, first + count :]], dim=1)
        config = text.config
        each = config.num_attention_heads // config.num_key_value_heads
        rope = rotary(text, positions[None])
        self.layers = []
        for layer in text.layers:
            q, k, v = _project(text, layer, x, rope)
            self.layers.append((k, v))
            mixed = F.scaled_dot_product_attention(
                q.transpose(1, 2), k.repeat_interleave(each, 1), v.repeat_interleave(each, 1), is_causal=True, scale=1.0
            )
            x = _finish(text, layer, x, mixed.transpose(1, 2).flatten(2))


def follow(text, prefix, own, x, positions, near, far=None, watched=None):
    """Rows after a shared prefix and each candidate's own rows.

    prefix: Prefix of B pictures. own: per layer the keys and values [C, groups, w, size] of the candidates' earlier rows, or
    None; C is a multiple of B, a picture's candidates side by side. x: input rows [C, n, H]. positions: [C, n], the same on
    all axes. near: what is added to the scores over own and new rows [C, n, w + n], HIDDEN or 0. far: the same over the
    prefix [C, n, m], or None. watched: [C] row whose attention is read.
    Returns (hidden states after the last norm [C, n, H], own rows' keys and values with the new ones, attention of the
    watched rows over the prefix [C, m], the mean over layers and heads; None when not asked for).
    """
    config = text.config
    heads, groups = config.num_attention_heads, config.num_key_value_heads
    size, each = config.hidden_size // heads, heads // groups
    count, n, _ = x.shape
    pictures, m = prefix.layers[0][0].shape[0], prefix.length
    asked = count // pictures
    rope = rotary(text, positions[:, None].expand(-1, 3, -1))
    after, seen = [], 0.0 if watched is not None else None
    for index, layer in enumerate(text.layers):
        q, k, v = _project(text, layer, x, rope)
        if own is not None:
            k, v = torch.cat([own[index][0], k], dim=2), torch.cat([own[index][1], v], dim=2)
        after.append((k, v))
        q = q.view(count, n, groups, each, size).permute(0, 2, 3, 1, 4)
        together = q.view(pictures, asked, groups, each, n, size).transpose(1, 2).reshape(pictures, groups, -1, size)
        k0, v0 = prefix.layers[index]
        distant = (together @ k0.transpose(-1, -2)).view(pictures, groups, asked, each, n, m).transpose(1, 2)
        distant = distant.reshape(count, groups, each, n, m).float()
        if far is not None:
            distant = distant + far[:, None, None]
        close = (q.reshape(count, groups, each * n, size) @ k.transpose(-1, -2)).view(count, groups, each, n, -1).float()
        share = torch.cat([distant, close + near[:, None, None]], dim=-1).softmax(dim=-1)
        if watched is not None:
            rows = share.detach()[torch.arange(count), :, :, watched]
            seen = seen + rows[..., :m].mean(dim=(1, 2)) / len(text.layers)
        share = share.to(v.dtype)
        distant, close = share[..., :m], share[..., m:]
        distant = distant.reshape(pictures, asked, groups, each * n, m).transpose(1, 2).reshape(pictures, groups, -1, m) @ v0
        distant = distant.view(pictures, groups, asked, each, n, size).transpose(1, 2).reshape(count, groups, each, n, size)
        mixed = distant + (close.reshape(count, groups, each * n, -1) @ v).view(count, groups, each, n, size)
        x = _finish(text, layer, x, mixed.permute(0, 3, 1, 2, 4).reshape(count, n, heads * size))
    return F.rms_norm(x.float(), (x.shape[-1],), text.norm.weight, config.rms_norm_eps), after, seen


def causal(valid, n):
    """near [C, n, w + n] for rows that see one another in order: valid [C, w] says which earlier own rows are there."""
    count, w = valid.shape
    old = torch.zeros(count, n, w).masked_fill_(~valid[:, None], HIDDEN)
    return torch.cat([old, torch.full((n, n), HIDDEN).triu(1).expand(count, n, n)], dim=-1)
