"""DMLR in PyTorch, straight from the algorithm in src/README.md: full passes, no cache, noise given from outside."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from .model import Context, Reading, ReferenceModel

#: The run settings that matter here, under the names and with the defaults the app uses.
DEFAULTS = {
    "latents": 4, "steps": 15, "sigma": 0.1, "noiseScale": "relative", "sigmaDecay": 0.95, "learningRate": 0.001,
    "rewardForm": "paper", "topK": 10, "scoredRows": "block-ends", "startingReward": "unperturbed", "rewardThreshold": None,
    "initialPatches": 2, "patchesPerStep": 2, "maxPatches": 16, "budgetScope": "sequence", "layout": "after-each",
    "patchPositions": "sequential",
}
TAIL = "<|im_end|>\n<|im_start|>assistant\n"


@dataclass
class Sequence:
    """A suffix S(T, V) with the tail: embeddings [S, H], positions [3, S], where the latents are, which rows are scored."""

    embeddings: torch.Tensor
    positions: torch.Tensor
    latent_rows: list[int]
    scored_rows: list[int]


def lay_out(model: ReferenceModel, context: Context, latents: torch.Tensor, patches: list[list[int]], settings: dict) -> Sequence:
    """Builds the suffix for latents [L, H] and the image tokens inserted for each of them."""
    order: list[tuple[str, int, int]] = []
    count = len(latents)
    for index in range(count):
        own = [("patch", index, token) for token in patches[index]]
        latent = [("latent", index, index)]
        if settings["layout"] == "after-each":
            order += latent + own
        elif settings["layout"] == "before-each":
            order += own + latent
        else:
            order += latent
    if settings["layout"] == "after-all":
        order += [("patch", index, token) for index in range(count) for token in patches[index]]

    rows, positions, following = [], [], context.next_position
    for kind, _, number in order:
        rows.append(latents[number] if kind == "latent" else context.features[number])
        if kind == "patch" and settings["patchPositions"] == "image":
            positions.append(context.image_positions[:, number])
        else:
            positions.append(torch.full((3,), following))
            following += 1
    tail, tail_positions = model.text_rows(context, model.encode(TAIL), following)
    latent_rows = [row for row, (kind, _, _) in enumerate(order) if kind == "latent"]
    return Sequence(
        torch.cat([torch.stack(rows), tail]),
        torch.cat([torch.stack(positions, dim=1), tail_positions], dim=1),
        latent_rows,
        _scored_rows(order, latent_rows, settings),
    )


def _scored_rows(order: list[tuple[str, int, int]], latent_rows: list[int], settings: dict) -> list[int]:
    if settings["scoredRows"] == "latents":
        return latent_rows
    if settings["scoredRows"] == "latents-and-end":
        return [*latent_rows, len(order)]
    if settings["layout"] == "before-each":
        return latent_rows
    if settings["layout"] == "after-all":
        return [*latent_rows[:-1], len(order) - 1]
    return [row - 1 for row in [*latent_rows[1:], len(order)]]


def reward(reading: Reading, rows: list[int], settings: dict) -> float:
    """R over the given rows, in either form, from float64 probabilities."""
    log_probabilities, _ = reading.log_probabilities[rows].topk(settings["topK"], dim=-1)
    probabilities = log_probabilities.exp()
    if settings["rewardForm"] == "paper":
        return float(1 + (probabilities * log_probabilities).sum(dim=-1).mean())
    return float(-torch.log(probabilities + 1e-10).mean(dim=-1).mean())


def choose(attention: torch.Tensor, count: int, taken: list[int]) -> list[int]:
    """The `count` image tokens with the largest attention [n] that are not taken; the lower index wins a tie."""
    ranked = sorted((token for token in range(len(attention)) if token not in taken), key=lambda token: (-float(attention[token]), token))
    return ranked[: max(0, count)]


def budget_left(patches: list[list[int]], index: int, settings: dict) -> int:
    used = len(patches[index]) if settings["budgetScope"] == "latent" else sum(map(len, patches))
    return max(0, settings["maxPatches"] - used)


class Dmlr:
    """One run over one prompt; `noise` [steps, L, H] holds the standard normal numbers."""

    def __init__(self, model: ReferenceModel, context: Context, settings: dict):
        self.model, self.context, self.settings = model, context, {**DEFAULTS, **settings}
        self.unit = model.embedding_std if self.settings["noiseScale"] == "relative" else 1.0
        #: How clear the run's decisions are: least |reward - best|, and least relative step between ranked attentions.
        self.reward_margin, self.attention_margin = math.inf, math.inf

    def evaluate(self, latents: torch.Tensor, patches: list[list[int]]) -> tuple[float, torch.Tensor]:
        """R(S(T, V)) and the latents' attention over the image [L, n]."""
        sequence = lay_out(self.model, self.context, latents, patches, self.settings)
        reading = self.model.read(self.context, sequence.embeddings, sequence.positions)
        start = self.context.image_start
        attention = reading.attention[sequence.latent_rows, start : start + len(self.context.features)]
        return reward(reading, sequence.scored_rows, self.settings), attention

    def choose(self, attention: torch.Tensor, count: int, taken: list[int]) -> list[int]:
        """`choose`, keeping note of how close the choice was."""
        ranked = sorted((float(value) for token, value in enumerate(attention) if token not in taken), reverse=True)[: count + 1]
        gaps = [(high - low) / high for high, low in zip(ranked, ranked[1:])]
        self.attention_margin = min([self.attention_margin, *gaps]) if count else self.attention_margin
        return choose(attention, count, taken)

    def beats(self, value: float, best: float) -> bool:
        """Whether a reward is better, keeping note of how close it was."""
        self.reward_margin = min(self.reward_margin, abs(value - best))
        return value > best

    def start(self) -> tuple[torch.Tensor, list[list[int]], torch.Tensor]:
        """T0, the initial patches and the attention they were chosen by."""
        settings = self.settings
        latents = self.model.embed([self.model.token("<|endoftext|>")] * settings["latents"])
        patches: list[list[int]] = [[] for _ in range(settings["latents"])]
        _, attention = self.evaluate(latents, patches)
        for index in range(settings["latents"]):
            room = min(settings["initialPatches"], budget_left(patches, index, settings))
            patches[index] = self.choose(attention[index], room, [])
        return latents, patches, attention

    def run(self, noise: torch.Tensor) -> dict:
        """Runs all steps and decodes; returns the trajectory as plain values."""
        settings = self.settings
        latents, patches, attention = self.start()
        first, _ = self.evaluate(latents, patches)
        best = first if settings["startingReward"] == "unperturbed" else 0.0  # what has to be beaten
        best_reward = first  # what was measured for the best so far
        best_latents, best_patches, best_step = latents, [list(own) for own in patches], 0
        origin = latents
        result = {"initialAttention": attention, "initialPatches": [list(own) for own in patches], "initialReward": first, "steps": []}
        threshold = settings["rewardThreshold"]
        # A start that counts as a candidate may reach the threshold by itself.
        enough = settings["startingReward"] == "unperturbed" and threshold is not None and best >= threshold
        for step in range(1, 1 if enough else settings["steps"] + 1):
            sigma = settings["sigma"] * settings["sigmaDecay"] ** (step - 1)
            z = noise[step - 1]
            evaluated, attention = self.evaluate(latents + self.unit * sigma * z, patches)
            update = self.unit * settings["learningRate"] * evaluated * z / sigma
            latents = latents + update
            candidates, improved = [], False
            for index in range(settings["latents"]):
                room = min(settings["patchesPerStep"], budget_left(patches, index, settings))
                chosen = self.choose(attention[index], room, patches[index])
                if not chosen:
                    continue
                tried = [own + chosen if at == index else own for at, own in enumerate(patches)]
                value, _ = self.evaluate(latents, tried)
                accepted = self.beats(value, best)
                if accepted:
                    best, best_reward, patches, improved = value, value, tried, True
                    best_latents, best_patches, best_step = latents, [list(own) for own in patches], step
                candidates.append({"latent": index, "patches": chosen, "reward": value, "accepted": accepted})
            unperturbed, _ = self.evaluate(latents, patches)
            if not candidates and self.beats(unperturbed, best):
                best, best_reward, improved = unperturbed, unperturbed, True
                best_latents, best_patches, best_step = latents, [list(own) for own in patches], step
            result["steps"].append({
                "step": step, "sigma": sigma, "reward": evaluated, "bestReward": best_reward, "isBest": improved,
                "unperturbed": unperturbed, "candidates": candidates, "patches": [list(own) for own in patches],
                "latentNorms": [float(row.norm()) for row in latents], "updateNorm": float(update.norm()),
                "driftFromStart": float((latents - origin).norm()), "attention": attention,
            })  # fmt: skip
            if threshold is not None and best >= threshold:
                break
        sequence = lay_out(self.model, self.context, best_latents, best_patches, settings)
        answer, values = self.model.greedy(self.context, sequence.embeddings, sequence.positions, 64)
        if any(not math.isfinite(item["reward"]) for item in result["steps"]):
            raise ArithmeticError("A reward is not finite.")
        return {**result, "bestReward": best_reward, "bestStep": best_step, "bestPatches": best_patches, "bestLatents": best_latents,
                "answer": answer, "answerLogprobs": values, "answerText": self.model.decode(answer)}
