"""How often a fixture of the trained model answers questions as PyTorch does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ..golden.model import Context, Reading, ReferenceModel
from ..golden.sections import answer_scenes, greedy_answer
from ..world.prompts import boxed
from .case import Fixture
from .reading import RuntimeModel

SEED = 50_000


class FixtureModel(ReferenceModel):
    """A fixture's graphs behind the reference model's interface."""

    def __init__(self, checkpoint: Path, fixture: Fixture, dtype: str):
        super().__init__(checkpoint)
        self.runtime = RuntimeModel(fixture, dtype)

    def features(self, pixel_values: np.ndarray, grid: tuple[int, int, int]) -> torch.Tensor:
        return torch.from_numpy(self.runtime.features(pixel_values, grid))

    def read(self, context: Context, suffix: torch.Tensor, positions: torch.Tensor) -> Reading:
        rows = len(context.embeddings)
        embeddings = torch.cat([context.embeddings, suffix])[None].numpy()
        where = torch.cat([context.positions, positions], dim=1).numpy()
        read, _ = self.runtime.step(embeddings, where, self.runtime.empty())
        logits, hidden, attention = (torch.from_numpy(array) for array in (read["logits"][rows:], read["hidden"][rows:], read["attention"].mean(axis=0)))
        return Reading(logits, hidden, attention[rows:])


def print_answers(checkpoint: Path, fixture: Fixture, dtype: str, count: int) -> None:
    """Asks `count` questions about drawn scenes, greedily; prints how many answers are right and how many are PyTorch's."""
    items = answer_scenes(count, seed=SEED)
    models = ReferenceModel(checkpoint), FixtureModel(checkpoint, fixture, dtype)
    expected, found = ([model.decode(greedy_answer(model, "direct", item["question"], picture)[0]) for picture, item in items] for model in models)
    right = sum(boxed(text) == item["answer"] for text, (_, item) in zip(found, items))
    same = sum(a == b for a, b in zip(expected, found))
    print(f"{fixture.name:28} {dtype:6} answers: {right} of {count} right, {same} of {count} PyTorch's own")
