"""The text decoder's forward pass over packed sequences, with the library's weights and fused projections."""

import torch
import torch.nn.functional as F

from .fast_vision import rotate


def rotary(text, positions):
    """cos and sin [B, 1, S, head size] of M-RoPE. positions: int [B, 3, S] (time, row, column)."""
    rope = text.rotary_emb
    angles = positions[..., None].float() * rope.inv_freq
    parts = angles.split(rope.mrope_section, dim=-1)
    angles = torch.cat([part[:, i % 3] for i, part in enumerate(parts)], dim=-1)
    angles = torch.cat([angles, angles], dim=-1)[:, None]
    return angles.cos(), angles.sin()


def decode(text, x, positions, mask):
    """Runs all decoder layers.

    text: the library's text model. x: input embeddings [B, S, H]. positions: [B, 3, S]. mask: bool [B, 1, S, S], True = may attend.
    Returns the hidden states after every layer (before the last norm): a list of [B, S, H].
    """
    config = text.config
    heads, groups = config.num_attention_heads, config.num_key_value_heads
    size = config.hidden_size // heads
    batch, length, width = x.shape
    cos, sin = rotary(text, positions)
    states = []
    for layer in text.layers:
        x = _layer(layer, x, cos, sin, mask, heads, groups, size, config.rms_norm_eps)
        states.append(x)
    return states


def _layer(layer, x, cos, sin, mask, heads, groups, size, eps):
    batch, length, width = x.shape
    attention, mlp = layer.self_attn, layer.mlp
    y = F.rms_norm(x, (width,), layer.input_layernorm.weight, eps)
    projections = (attention.q_proj, attention.k_proj, attention.v_proj)
    qkv = F.linear(y, torch.cat([p.weight for p in projections]), torch.cat([p.bias for p in projections]))
    qkv = qkv.view(batch, length, heads + 2 * groups, size).transpose(1, 2)
    qk = rotate(qkv[:, : heads + groups], cos, sin)
    key = qk[:, heads:].repeat_interleave(heads // groups, dim=1)
    value = qkv[:, heads + groups :].repeat_interleave(heads // groups, dim=1)
    y = F.scaled_dot_product_attention(qk[:, :heads], key, value, attn_mask=mask)
    x = x + attention.o_proj(y.transpose(1, 2).reshape(batch, length, width))
    y = F.rms_norm(x, (width,), layer.post_attention_layernorm.weight, eps)
    gate, up = F.linear(y, torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight])).chunk(2, dim=-1)
    return x + mlp.down_proj(F.silu(gate) * up)


def logits(model, hidden):
    """Token logits of hidden states taken after the last layer: [..., H] -> [..., V]."""
    text = model.model.language_model
    y = F.rms_norm(hidden, (hidden.shape[-1],), text.norm.weight, text.config.rms_norm_eps)
    return F.linear(y, text.embed_tokens.weight)
