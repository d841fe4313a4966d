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
    """Input embeddings [B, S, H] with vision features, inserted patches and hinted or noised think tokens in place."""
    table = model.model.language_model.embed_tokens.weight
    x = torch.nn.functional.embedding(batch["ids"], table)
    first, count = batch["image"]
    features = features.float()
    x = torch.cat([x[:, :first], features, x[:, first + count :]], dim=1)
    if len(batch["inserted"]):
        row, place, token = batch["inserted"].unbind(1)
        x = x.index_put((row, place), features[row, token])
    if len(batch["hinted"]):
        row, place, token = batch["hinted"][:, :3].long().unbind(1)
        x = x.index_put((row, place), torch.lerp(x[row, place], table.detach()[token], batch["hinted"][:, 3:].float()))
    if len(batch["noisy"]):
        row, place = batch["noisy"][:, :2].long().unbind(1)
        size = table[batch["ids"][row[0], place[0]]].detach().square().mean().sqrt()
        noise = torch.randn((len(row), x.shape[-1]), generator=generator) * (batch["noisy"][:, 2:].float() * size)
        x = x.index_put((row, place), x[row, place] + noise)
    return x


def vision(model, batch):
    """Merged features [B, N, H] of a batch's pictures."""
    _, height, width, _ = batch["pixels"].shape
    return image_features(model.model.visual, to_patches(batch["pixels"]), height // 14, width // 14)


def run(model, batch, generator=None, rules=None):
    """Returns (answer logits [M, V], their labels [M], hidden states per layer, vision features [B, N, H]).

    rules: how to ascend the reward over the think tokens first (`ascend`), or None.
    """
    features = vision(model, batch)
    x = embed(model, batch, features, generator)
    if rules and len(batch["free"]):
        x = ascend(model, batch, x, rules, generator)
    states = decode(model.model.language_model, x, batch)
    learnt = batch["labels"] != IGNORE
    return logits(model, states[-1][learnt]).float(), batch["labels"][learnt], states, features.float()


def ascend(model, batch, x, rules, generator):
    """Input embeddings whose unhinted think tokens went up the reward: first-order steps, through which no gradient flows.

    rules: steps (fewest, most), length (least and largest root mean square of the whole way, in units of the embeddings'
    standard deviation; drawn for every think token's branch alike), top.
    """
    text = model.model.language_model
    row, place = batch["free"][:, :2].long().unbind(1)
    unit = text.embed_tokens.weight.detach().std()
    steps = int(torch.randint(rules["steps"][0], rules["steps"][1] + 1, (), generator=generator))
    low, high = rules["length"]
    # One length for every branch: the third column numbers the branches.
    branch = batch["free"][:, 2].long()
    length = (low + (high - low) * torch.rand(int(branch.max()) + 1, generator=generator))[branch][:, None] * unit / steps
    start, way = x.detach(), torch.zeros(len(row), x.shape[-1])
    for _ in range(steps):
        way.requires_grad_()
        states = decode(text, start.index_put((row, place), start[row, place] + way), batch)
        said = logits(model, states[-1][row, place]).float().log_softmax(dim=-1).topk(rules["top"], dim=-1).values
        (grad,) = torch.autograd.grad((said.exp() * said).sum(), way)
        size = torch.zeros(int(branch.max()) + 1).index_reduce(0, branch, grad.square().mean(dim=-1), "mean", include_self=False)
        way = (way + length * grad / size.sqrt().clamp(min=1e-9)[branch][:, None]).detach()
    return x.index_put((row, place), x[row, place] + way)


def thought_loss(model, batch, states):
    """Cross-entropy of think rows and of the patches after them against the first token of the answer; None without thoughts.

    Without it nothing ties what a think row predicts to the answer, and confidence at those rows would mean nothing.
    """
    if not len(batch["said"]):
        return None
    row, place, token = batch["said"][:, :3].long().unbind(1)
    weight = batch["said"][:, 3].float()
    each = torch.nn.functional.cross_entropy(logits(model, states[-1][row, place]).float(), token, reduction="none")
    return (each * weight).sum() / weight.sum()
