"""The text decoder's forward pass over packed sequences, with the library's weights and fused projections."""

import torch
import torch.nn.functional as F

from .fast_vision import rotate


def rotary(text, positions):
    """cos and sin [B, S, 1, head size] of M-RoPE. positions: int [B, 3, S] (time, row, column)."""
    rope = text.rotary_emb
    angles = positions[..., None].float() * rope.inv_freq
    parts = angles.split(rope.mrope_section, dim=-1)
    angles = torch.cat([part[:, i % 3] for i, part in enumerate(parts)], dim=-1)
    angles = torch.cat([angles, angles], dim=-1)[:, :, None]
    return angles.cos(), angles.sin()


class _Regroup(torch.autograd.Function):
    """Moves rows: out[i] = x[to[i]]. `back` is the inverse map (one past the end = no such row), used for the gradient."""

    @staticmethod
    def forward(ctx, x, to, back):
        ctx.save_for_backward(back)
        return x[to]

    @staticmethod
    def backward(ctx, grad):
        (back,) = ctx.saved_tensors
        return torch.cat([grad, grad.new_zeros(1, grad.shape[1])])[back], None, None


def decode(text, x, batch):
    """Runs all decoder layers.

    text: the library's text model. x: input embeddings [B, S, H].
    batch: positions [B, 3, S], prefix (tokens every branch sees), to [B, Q, L] and back [B, S]: which row of the
    flattened sequence each place of each padded branch is, and the other way round; blind [B, Q, L] or None: places that
    do not see the image (first, count).
    Returns the hidden states after every layer (before the last norm): a list of [B, S, H].
    """
    config = text.config
    shape = (config.num_attention_heads, config.num_key_value_heads, config.hidden_size // config.num_attention_heads)
    rope = rotary(text, batch["positions"])
    length = batch["to"].shape[-1]
    causal = [torch.full((n, n), float("-inf")).triu(1) for n in (batch["prefix"], length)]
    if batch["blind"] is not None:
        first, count = batch["image"]
        hidden = torch.zeros(*batch["blind"].shape, batch["prefix"])
        hidden[..., first : first + count].masked_fill_(batch["blind"][..., None], float("-inf"))
        causal.append(hidden.view(-1, 1, 1, length, batch["prefix"]))
    states = []
    for layer in text.layers:
        x = _layer(layer, x, rope, batch, causal, shape, config.rms_norm_eps)
        states.append(x)
    return states


def _layer(layer, x, rope, batch, causal, shape, eps):
    width = x.shape[-1]
    attention, mlp = layer.self_attn, layer.mlp
    y = F.rms_norm(x, (width,), layer.input_layernorm.weight, eps)
    projections = (attention.q_proj, attention.k_proj, attention.v_proj)
    qkv = F.linear(y, torch.cat([p.weight for p in projections]), torch.cat([p.bias for p in projections]))
    x = x + attention.o_proj(_attend(qkv, rope, batch, causal, shape))
    y = F.rms_norm(x, (width,), layer.post_attention_layernorm.weight, eps)
    gate, up = F.linear(y, torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight])).chunk(2, dim=-1)
    return x + mlp.down_proj(F.silu(gate) * up)


def _attend(qkv, rope, batch, causal, shape):
    """Grouped-query attention of prefix and branches: [B, S, (heads + 2 groups) * size] -> [B, S, heads * size]."""
    heads, groups, size = shape
    each = heads // groups
    rows, length, _ = qkv.shape
    prefix, to, back = batch["prefix"], batch["to"], batch["back"]
    branches, most = to.shape[1:]
    qkv = qkv.view(rows, length, heads + 2 * groups, size)
    cos, sin = (t.to(qkv.dtype) for t in rope)
    qk = rotate(qkv[:, :, : heads + groups], cos, sin)
    q = qk[:, :, :heads] * size**-0.5
    flat = torch.cat([q, qk[:, :, heads:], qkv[:, :, heads + groups :]], dim=2).flatten(2)

    def heads_first(t, count):
        """[N, T, count * each * size] -> [N, groups, each * T or T, size], queries of one group side by side."""
        n, steps = t.shape[:2]
        t = t.view(n, steps, groups, count, size)
        return t.permute(0, 2, 3, 1, 4).reshape(n, groups, count * steps, size)

    cuts = (heads * size, groups * size, groups * size)
    q0, k0, v0 = flat[:, :prefix].split(cuts, dim=-1)
    q0, k0, v0 = heads_first(q0, each), heads_first(k0, 1), heads_first(v0, 1)
    own = _Regroup.apply(flat.flatten(0, 1), to.flatten(), back.flatten()).view(rows * branches, most, -1)
    q1, k1, v1 = own.split(cuts, dim=-1)
    q1, k1, v1 = heads_first(q1, each), heads_first(k1, 1), heads_first(v1, 1)

    scores = q0 @ k0.transpose(-1, -2)
    scores = scores.view(rows, groups, each, prefix, prefix) + causal[0].to(scores.dtype)
    seen0 = torch.softmax(scores, dim=-1, dtype=scores.dtype).view(rows, groups, each * prefix, prefix) @ v0

    def by_picture(t):
        """[B*Q, groups, each*L, X] -> [B, groups, Q*each*L, X]: all branches of a picture against its prefix at once."""
        return t.view(rows, branches, groups, each * most, -1).transpose(1, 2).reshape(rows, groups, -1, t.shape[-1])

    def by_branch(t):
        return t.view(rows, groups, branches, each * most, -1).transpose(1, 2).reshape(rows * branches, groups, each * most, -1)

    far = by_branch(by_picture(q1) @ k0.transpose(-1, -2))
    if len(causal) > 2:
        far = (far.view(rows * branches, groups, each, most, prefix) + causal[2].to(far.dtype)).view_as(far)
    near = q1 @ k1.transpose(-1, -2)
    near = (near.view(rows * branches, groups, each, most, most) + causal[1].to(near.dtype)).view_as(near)
    share = torch.softmax(torch.cat([far, near], dim=-1), dim=-1, dtype=near.dtype)
    far, near = share.split((prefix, most), dim=-1)
    seen1 = by_branch(by_picture(far) @ v0) + near @ v1

    def heads_last(t, n, steps):
        return t.view(n, groups, each, steps, size).permute(0, 3, 1, 2, 4).reshape(n, steps, heads * size)

    out1 = heads_last(seen1, rows * branches, most).flatten(0, 1)
    # Every branch token returns to its place; places outside any branch read a row of zeros, dropped here.
    out1 = torch.cat([out1, out1.new_zeros(1, heads * size)])
    whole = _Regroup.apply(out1, back.flatten(), batch["forth"].flatten()).view(rows, length, -1)
    return torch.cat([heads_last(seen0, rows, prefix), whole[:, prefix:]], dim=1)


def logits(model, hidden):
    """Token logits of hidden states taken after the last layer: [..., H] -> [..., V]."""
    text = model.model.language_model
    y = F.rms_norm(hidden, (hidden.shape[-1],), text.norm.weight, text.config.rms_norm_eps)
    return F.linear(y, text.embed_tokens.weight)
