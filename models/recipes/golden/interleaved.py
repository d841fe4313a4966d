"""IVT-LR in PyTorch, straight from the algorithm: every step reads the whole sequence again, as the release does, with no cache."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from .model import Context, Reading, ReferenceModel

#: What the release does, for a checkpoint that was not trained for latent steps; its positions are the model's own.
RELEASED = {"steps": 3, "patches": 32, "order": "release", "reuse": "never", "positions": "model"}


@dataclass(frozen=True)
class Plan:
    """The latent steps of a run with every choice made."""

    steps: int
    patches: int
    order: str  # release: image tokens, then the hidden state; paper: the other way about
    reuse: str  # never, next-step-only or always
    positions: str  # of the prompt: model or sequence
    text: bool
    vision: bool


@dataclass
class Step:
    """What one step read in the last row, and which image tokens it inserts, in order."""

    picks: list[int]
    attention: torch.Tensor  # [n], of the last row over the image, mean over layers and heads
    hidden: torch.Tensor  # [H], of the last row, after the final norm
    gap: float | None  # least relative distance between neighbours among the picks and the first that was not picked
    shares: dict[str, float]  # of the same attention: its sums over the prompt's image and text, over what was appended; its entropy


def trained_for(checkpoint: Path) -> dict | None:
    """What a checkpoint's config.json says of the latent steps it was trained for."""
    return json.loads((checkpoint / "config.json").read_text()).get("interleaved_latent")


def plan_of(settings: dict, trained: dict | None, image_tokens: int) -> Plan:
    """Settings under the app's names; what is absent is as trained, or else as in the release, with at most a third of the image a step.

    Raises ValueError when a step should pick more image tokens than there are.
    """
    base = trained or {**RELEASED, "patches": max(1, min(RELEASED["patches"], image_tokens // 3))}
    text, vision = settings.get("textPart", True), settings.get("visionPart", True)
    patches = settings.get("patches", min(base["patches"], image_tokens))
    if patches > image_tokens:
        raise ValueError(f"Each step should pick {patches} image tokens, and there are {image_tokens}.")
    return Plan(
        steps=settings.get("latentSteps", base["steps"]) if text or vision else 0,
        patches=patches if vision else 0,
        order=settings.get("order", base["order"]),
        reuse=settings.get("reuse", base["reuse"]),
        positions=settings.get("positions", base["positions"]),
        text=text,
        vision=vision,
    )


class Interleaved:
    """One run over one prompt, which ends with the generation prompt."""

    def __init__(self, model: ReferenceModel, context: Context, plan: Plan):
        self.model, self.plan = model, plan
        if plan.positions == "sequence":
            context = replace(context, positions=torch.arange(len(context.ids)).expand(3, -1))
        self.features, self.image_start = context.features, context.image_start
        # The last row of the prompt is read with what is appended, so that there always is a row to read.
        self.before = Context(context.ids[:-1], context.embeddings[:-1], context.positions[:, :-1], context.image_start, context.features)
        self.rows, self.positions = context.embeddings[-1:], context.positions[:, -1:]
        self.following = context.next_position
        self.appended: list[str] = []
        self.steps: list[Step] = []

    def read(self) -> Reading:
        """A full pass over all there is so far."""
        return self.model.read(self.before, self.rows, self.positions)

    def allowed(self) -> list[int]:
        """Image tokens the next step may pick, ascending."""
        lists = {"never": self.steps, "next-step-only": self.steps[-1:], "always": []}[self.plan.reuse]
        barred = {token for step in lists for token in step.picks}
        return [token for token in range(len(self.features)) if token not in barred]

    def take_step(self) -> bool:
        """Reads, picks and appends; False when there was nothing to append."""
        reading = self.read()
        hidden = reading.hidden[-1]
        shares = self.shares(reading.attention[-1])
        attention = reading.attention[-1, self.image_start : self.image_start + len(self.features)]
        ranked = sorted(self.allowed(), key=lambda token: (-float(attention[token]), token)) if self.plan.vision else []
        picks = ranked[: self.plan.patches]
        image, text = list(self.features[picks]), [hidden] if self.plan.text else []
        appended = image + text if self.plan.order == "release" else text + image
        if not appended:
            return False
        self.rows = torch.cat([self.rows, torch.stack(appended)])
        where = torch.arange(self.following, self.following + len(appended)).expand(3, -1)
        self.positions = torch.cat([self.positions, where], dim=1)
        self.following += len(appended)
        kinds = ["inserted"] * len(image), ["latents"] * len(text)
        self.appended += kinds[0] + kinds[1] if self.plan.order == "release" else kinds[1] + kinds[0]
        gap = _gap([float(attention[token]) for token in ranked[: self.plan.patches + 1]])
        self.steps.append(Step(picks, attention, hidden, gap, shares))
        return True

    def shares(self, attention: torch.Tensor) -> dict[str, float]:
        """Sums of a row's attention [all rows] by what the rows are, and its entropy in nats."""
        kinds = ["text"] * (len(attention) - len(self.appended)) + self.appended
        kinds[self.image_start : self.image_start + len(self.features)] = ["image"] * len(self.features)
        values = attention.double()
        sums = {kind: float(values[[row for row, own in enumerate(kinds) if own == kind]].sum()) for kind in ("image", "inserted", "latents", "text")}
        return {**sums, "entropy": float(torch.special.entr(values).sum())}

    def run(self) -> None:
        """Takes all steps, or as many as have something to append."""
        while len(self.steps) < self.plan.steps and self.take_step():
            pass

    def answer(self, limit: int) -> tuple[Reading, list[int], float]:
        """After the steps: the reading whose last row gives the first token, the greedy answer of at most `limit` tokens without an
        end token, and the least distance of log-probabilities between a chosen token and the second best."""
        reading = self.read()
        ids, _ = self.model.greedy(self.before, self.rows, self.positions, limit)
        rows, where = self.model.text_rows(self.before, ids, self.following)
        whole = self.model.read(self.before, torch.cat([self.rows, rows]), torch.cat([self.positions, where], dim=1))
        first = len(self.rows) - 1
        chosen = whole.log_probabilities[first : first + min(len(ids) + 1, limit)]
        best = chosen.topk(2, dim=-1).values
        return reading, ids, float((best[:, 0] - best[:, 1]).min())


def _gap(ranked: list[float]) -> float | None:
    gaps = [(high - low) / high if high > 0 else math.inf for high, low in zip(ranked, ranked[1:])]
    return min(gaps, default=None)
