"""Throw-away heads that make binding emerge early: what lies under a token, where phrases and answers point, and places."""

import torch
import torch.nn.functional as F
from torch import nn

from ..world.vocabulary import COLOURS, FILLS, SHAPES, SIZES

_PARTS = (len(SHAPES) + 1, len(COLOURS), len(SIZES), len(FILLS), 2)
# Layers (counted from one) whose hidden states the heads read: phrases are resolved before answers.
GRID_LAYER, MENTION_LAYER, PLACE_LAYER, FOCUS_LAYER = 1, 2, 3, 4
_OBJECT_WEIGHT = 5.0
_WIDTH = 64


class Pointer(nn.Module):
    """Scores every image token (and 'nothing') for a query hidden state."""

    def __init__(self, hidden):
        super().__init__()
        self.norm = nn.RMSNorm(hidden)
        self.query = nn.Linear(hidden, _WIDTH)
        self.key = nn.Linear(hidden, _WIDTH)
        self.nothing = nn.Linear(_WIDTH, 1)

    def forward(self, queries, rows, image):
        """queries [M, H], rows [M] into image [B, N, H] -> logits [M, N + 1]."""
        query = self.query(self.norm(queries))
        keys = self.key(self.norm(image))[rows]
        found = torch.einsum("mw,mnw->mn", query, keys) * _WIDTH**-0.5
        return torch.cat([found, self.nothing(query)], dim=-1)


class AuxiliaryHeads(nn.Module):
    """All throw-away heads; never exported."""

    def __init__(self, hidden):
        super().__init__()
        self.dense = nn.Sequential(nn.RMSNorm(hidden), nn.Linear(hidden, sum(_PARTS)))
        self.mention = Pointer(hidden)
        self.focus = Pointer(hidden)
        self.grid = nn.Sequential(nn.RMSNorm(hidden), nn.Linear(hidden, 2))
        self.place = nn.Sequential(nn.RMSNorm(hidden), nn.Linear(hidden, 2))

    def forward(self, features, states, batch, weights):
        """Weighted sum of the auxiliary losses and their values by name.

        features: merged vision features [B, N, H]. states: hidden states after every decoder layer.
        """
        first, count = batch["image"]
        losses = {"dense": self._dense(features, batch["dense"])}
        pointers = []
        for head, layer, key in ((self.mention, MENTION_LAYER, "mentions"), (self.focus, FOCUS_LAYER, "focus")):
            (rows, places), spread = batch[key][0].unbind(1), batch[key][1]
            if len(rows):
                x = states[layer - 1]
                found = head(x[rows, places], rows, x[:, first : first + count])
                pointers.append(F.cross_entropy(found, spread))
        losses["pointer"] = sum(pointers) / max(1, len(pointers)) if pointers else features.sum() * 0
        grid = self.grid(states[GRID_LAYER - 1][:, first : first + count])
        losses["place"] = F.l1_loss(grid, batch["cells"].expand_as(grid))
        (rows, places), where = batch["places"][0].unbind(1), batch["places"][1]
        if len(rows):
            losses["place"] = losses["place"] + 3 * F.l1_loss(self.place(states[PLACE_LAYER - 1][rows, places]), where)
        return sum(weights[name] * value for name, value in losses.items()), losses

    def _dense(self, features, targets):
        parts = self.dense(features).flatten(0, 1).split(_PARTS, dim=-1)
        targets = targets.flatten(0, 1)
        weight = torch.where(targets[:, 0] > 0, _OBJECT_WEIGHT, 1.0)
        total = 0.0
        for index in (0, 4):
            loss = F.cross_entropy(parts[index], targets[:, index], reduction="none")
            total = total + (loss * weight).sum() / weight.sum()
        for index in (1, 2, 3):
            total = total + F.cross_entropy(parts[index], targets[:, index], ignore_index=-100)
        return total
