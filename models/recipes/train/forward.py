"""One packed batch through vision tower and decoder: logits at answer places, hidden states, vision features."""

import numpy as np
import torch

from ..world.vocabulary import UNIT
from .fast_text import decode, logits
from .fast_vision import image_features
from .packing import IGNORE
from .pixels import to_patches


def to_tensors(batch):
    """The numpy arrays of a batch as tensors, plus the relative place of every merged token (`cells`)."""

    def convert(value):
        if isinstance(value, np.ndarray):
            return torch.from_numpy(value)
        if isinstance(value, tuple) and value and isinstance(value[0], np.ndarray):
            return tuple(map(torch.from_numpy, value))
        return value

    out = {key: convert(value) for key, value in batch.items()}
    _, height, width, _ = batch["pixels"].shape
    y, x = torch.meshgrid(torch.arange(height // UNIT), torch.arange(width // UNIT), indexing="ij")
    out["cells"] = torch.stack([(x + 0.5) / (width // UNIT), (y + 0.5) / (height // UNIT)], dim=-1).view(-1, 2)
    return out


def embed(model, batch, features, generator=None):
    """Input embeddings [B, S, H] with vision features, inserted patches and noised think tokens in place."""
    table = model.model.language_model.embed_tokens.weight
    x = torch.nn.functional.embedding(batch["ids"], table)
    first, count = batch["image"]
    features = features.float()
    x = torch.cat([x[:, :first], features, x[:, first + count :]], dim=1)
    if len(batch["inserted"]):
        row, place, token = batch["inserted"].unbind(1)
        x = x.index_put((row, place), features[row, token])
    if len(batch["noisy"]):
        row, place = batch["noisy"][:, :2].long().unbind(1)
        size = table[batch["ids"][row[0], place[0]]].detach().square().mean().sqrt()
        noise = torch.randn((len(row), x.shape[-1]), generator=generator) * (batch["noisy"][:, 2:].float() * size)
        x = x.index_put((row, place), x[row, place] + noise)
    return x


def run(model, batch, generator=None):
    """Returns (answer logits [M, V], their labels [M], hidden states per layer, vision features [B, N, H])."""
    _, height, width, _ = batch["pixels"].shape
    features = image_features(model.model.visual, to_patches(batch["pixels"]), height // 14, width // 14)
    states = decode(model.model.language_model, embed(model, batch, features, generator), batch)
    learnt = batch["labels"] != IGNORE
    return logits(model, states[-1][learnt]).float(), batch["labels"][learnt], states, features.float()


def thought_loss(model, batch, states):
    """Cross-entropy of think rows and of the patches after them against the first token of the answer; None without thoughts.

    Without it nothing ties what a think row predicts to the answer, and confidence at those rows would mean nothing.
    """
    if not len(batch["said"]):
        return None
    row, place, token = batch["said"].unbind(1)
    return torch.nn.functional.cross_entropy(logits(model, states[-1][row, place]).float(), token)
