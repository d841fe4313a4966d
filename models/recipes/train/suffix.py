"""Rows after a cached prompt: many candidate thoughts over one picture and question, in one pass and with gradients."""

import torch
import torch.nn.functional as F

from ..world.draw import draw_scene
from .fast_text import logits, rotary
from .fast_vision import image_features, rotate
from .packing import no_thought, pack
from .pixels import to_patches


def rows_after(text, x, positions, cache):
    """Runs rows through all layers behind a cache.

    x: input rows [C, n, H]. positions: int [C, 3, n]. cache: per layer the keys and values [1 or C, groups, m, size] of what
    comes before, or None for nothing.
    Returns (hidden states after the last layer [C, n, H], keys and values of old and new rows per layer, the new rows'
    attention over all rows [C, n, m + n], the mean over layers and heads).
    """
    config = text.config
    heads, groups = config.num_attention_heads, config.num_key_value_heads
    size, each = config.hidden_size // heads, heads // groups
    cos, sin = rotary(text, positions)
    count, n, width = x.shape
    after, seen = [], 0.0
    for index, layer in enumerate(text.layers):
        attention, mlp = layer.self_attn, layer.mlp
        y = F.rms_norm(x, (width,), layer.input_layernorm.weight, config.rms_norm_eps)
        q = rotate(attention.q_proj(y).view(count, n, heads, size), cos, sin).transpose(1, 2)
        k = rotate(attention.k_proj(y).view(count, n, groups, size), cos, sin).transpose(1, 2)
        v = attention.v_proj(y).view(count, n, groups, size).transpose(1, 2)
        if cache is not None:
            k, v = (torch.cat([old.expand(count, -1, -1, -1), new], dim=2) for old, new in zip(cache[index], (k, v)))
        after.append((k, v))
        total = k.shape[2]
        q = (q * size**-0.5).reshape(count, groups, each * n, size)
        later = torch.full((n, total), float("-inf")).triu(total - n + 1)
        scores = (q @ k.transpose(-1, -2)).view(count, groups, each, n, total) + later
        share = scores.softmax(dim=-1)
        seen = seen + share.detach().mean(dim=(1, 2)) / len(text.layers)
        mixed = (share.view(count, groups, each * n, total) @ v).view(count, heads, n, size).transpose(1, 2)
        x = x + attention.o_proj(mixed.reshape(count, n, width))
        y = F.rms_norm(x, (width,), layer.post_attention_layernorm.weight, config.rms_norm_eps)
        x = x + mlp.down_proj(F.silu(mlp.gate_proj(y)) * mlp.up_proj(y))
    return x, after, seen


class Prompt:
    """One picture and question up to the think tokens, and what can follow: think rows with patches, the tail, an answer."""

    def __init__(self, model, tokenizer, scene, item, form="latent"):
        self.model, self.text = model, model.model.language_model
        self.table = self.text.embed_tokens.weight.detach()
        self.end = [tokenizer.token_to_id("<|im_end|>"), tokenizer.token_to_id("<|endoftext|>")]
        self.start = self.table[self.end[1]]
        packed = pack(tokenizer, form, scene, [item], [no_thought(1)])
        first = int((packed["ids"] == self.end[1]).argmax())
        answer = packed["answers"][0][0]
        self.tail = torch.from_numpy(packed["ids"][first + 1 : answer])
        positions = torch.from_numpy(packed["positions"][None, :, :first])
        self.next = int(packed["positions"][0, first])
        self.image = packed["image"]
        pixels = torch.from_numpy(draw_scene(scene).copy())[None]
        with torch.no_grad():
            self.features = image_features(model.model.visual, to_patches(pixels), scene["height"] // 14, scene["width"] // 14)[0]
            x = self.table[torch.from_numpy(packed["ids"][:first])]
            x[self.image[0] : self.image[0] + self.image[1]] = self.features
            self.cache = rows_after(self.text, x[None], positions, None)[1]

    def _follow(self, x, cache, at):
        positions = torch.arange(at, at + x.shape[1]).expand(len(x), 3, -1)
        return rows_after(self.text, x, positions, cache)

    def think(self, latents, patches=None):
        """Rows of candidate thoughts: latents [C, L, H], patches (merged tokens after each latent, the same for all).

        Returns (log-probabilities at the last row of every latent's block [C, L, V], cache, the latents' attention over
        the picture [C, L, N], the next position).
        """
        rows, ends, own = [], [], []
        for index in range(latents.shape[1]):
            own.append(len(rows))
            rows.append(latents[:, index])
            rows += [self.features[token].expand(len(latents), -1) for token in (patches[index] if patches else ())]
            ends.append(len(rows) - 1)
        if not rows:
            return None, self.cache, None, self.next
        hidden, cache, seen = self._follow(torch.stack(rows, dim=1), self.cache, self.next)
        first, count = self.image
        said = logits(self.model, hidden[:, ends]).log_softmax(dim=-1)
        return said, cache, seen[:, own, first : first + count], self.next + len(rows)

    def reward(self, latents, patches=None, top=10):
        """R of candidate thoughts [C]: one minus the mean truncated entropy of the think rows' next token."""
        said = self.think(latents, patches)[0].topk(top, dim=-1).values
        return 1 + (said.exp() * said).sum(dim=-1).mean(dim=-1)

    def attention(self, latents, patches=None):
        """The latents' attention over the picture [L, N] of a single thought [L, H]."""
        with torch.no_grad():
            return self.think(latents[None], patches)[2][0]

    def gold(self, latents, ids, patches=None):
        """Log-probability of a whole reply (ids with the end token) after each thought [C]."""
        _, cache, _, at = self.think(latents, patches)
        x = self.table[torch.cat([self.tail, ids[:-1]])].expand(len(latents), -1, -1)
        said = logits(self.model, self._follow(x, cache, at)[0][:, len(self.tail) - 1 :]).log_softmax(dim=-1)
        return said.gather(-1, ids.expand(len(latents), -1)[..., None])[..., 0].sum(dim=-1)

    @torch.no_grad()
    def answer(self, latents, patches=None, most=24):
        """Greedy replies (token ids up to the end token) after each thought [C, L, H]; L may be 0."""
        _, cache, _, at = self.think(latents, patches)
        x = self.table[self.tail].expand(len(latents), -1, -1)
        replies, open_ones = [[] for _ in latents], set(range(len(latents)))
        for _ in range(most):
            hidden, cache, _ = self._follow(x, cache, at)
            at += x.shape[1]
            chosen = logits(self.model, hidden[:, -1]).argmax(dim=-1)
            for row, token in enumerate(chosen.tolist()):
                if row in open_ones and token in self.end:
                    open_ones.discard(row)
                elif row in open_ones:
                    replies[row].append(token)
            if not open_ones:
                break
            x = self.table[chosen][:, None]
        return replies
