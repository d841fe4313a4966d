"""Holds exported graphs to PyTorch: image features, logits and greedy tokens of the same inputs, with bounds by dtype.

The library's model answers first and is let go before the first graph is loaded, so that only one of them is in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from ..golden.image import picture
from ..golden.model import ReferenceModel
from ..graphs.dtypes import DTYPES
from .sessions import Sessions

#: Patch grids of random pictures, and (batch, rows of a first pass, rows of a second on its cache) of random tokens.
GRIDS = ((12, 12), (12, 16), (4, 4), (14, 22), (6, 30), (20, 18), (64, 64))
PASSES = ((1, 40, 5), (1, 40, 1), (1, 7, 40), (2, 33, 0), (1, 1100, 12))
#: Rows times parameters beyond which a case is left out: minutes on a small machine.
BUDGET = 4e11
#: The drawn picture of the prompt (width, height: no whole number of windows), and what is asked about it.
PICTURE_SEED, PICTURE_SIZE = 7, (280, 252)
BEFORE = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<|vision_start|>"
AFTER = "<|vision_end|>Which object is the largest?<|im_end|>\n<|im_start|>assistant\n"
LAST_ROWS = 16
GREEDY = 12


@dataclass
class Case:
    """One input of a graph and PyTorch's answer to it."""

    inputs: tuple
    expected: np.ndarray


@dataclass
class Expectations:
    """What PyTorch says."""

    vision: list[Case]
    decoder: list[Case]
    prompt: Case
    pixels: np.ndarray
    grid: tuple[int, int, int]
    greedy: list[int]
    ends: set[int]


@dataclass
class Agreement:
    """How far one dtype's graphs are from PyTorch. Errors are shares of the largest number; cosines are of whole rows."""

    features_error: float
    features_cosine: float
    logits_error: float
    logits_cosine: float
    divergence: float
    same_choice: float
    greedy: int
    asked: int


@dataclass
class Bounds:
    """What a dtype must keep to: enough to tell a broken graph, not to promise quality."""

    error: float
    cosine: float
    greedy: bool


BOUNDS = {"fp32": Bounds(1e-4, 0.99999, True), "fp16": Bounds(5e-2, 0.999, False),
          "q4": Bounds(np.inf, 0.9, False), "q4f16": Bounds(np.inf, 0.9, False)}


@torch.no_grad()
def expectations(checkpoint: Path, tokenizer: Path) -> Expectations:
    """Asks the library's model, in float32, for all that is compared."""
    model = ReferenceModel(checkpoint, tokenizer)
    random = np.random.default_rng(5)
    text, config = model.model.model.language_model, model.config.text_config
    vision_size = sum(value.numel() for value in model.model.model.visual.parameters())
    text_size = sum(value.numel() for value in text.parameters())
    vision, decoder = [], []
    for rows, columns in GRIDS:
        if rows * columns * vision_size < BUDGET:
            values = random.standard_normal((rows * columns, 1176)).astype(np.float32)
            vision.append(Case((values, (1, rows, columns)), model.features(values, (1, rows, columns)).numpy()))
    for batch, first, second in PASSES:
        rows = first + second
        if batch * rows * text_size < BUDGET:
            ids = random.integers(0, len(model.table), (batch, rows))
            positions = np.sort(random.integers(0, min(config.max_position_embeddings, rows), (3, batch, rows)), axis=-1)
            expected = _logits(model, model.table[torch.from_numpy(ids)], torch.from_numpy(positions), rows)
            decoder.append(Case((ids, positions, first), expected))
    item = picture("parity", PICTURE_SEED, PICTURE_SIZE)
    features = model.features(item.pixel_values, item.grid)
    context = model.context(BEFORE + "<|image_pad|>" * len(features) + AFTER, item.grid, features)
    vision.append(Case((item.pixel_values, item.grid), features.numpy()))
    expected = _logits(model, context.embeddings[None], context.positions[:, None], LAST_ROWS)
    whole = Case((np.array(context.ids), context.positions.numpy(), context.image_start), expected)
    before = replace(context, embeddings=context.embeddings[:-1], positions=context.positions[:, :-1])
    greedy, _ = model.greedy(before, context.embeddings[-1:], context.positions[:, -1:], GREEDY)
    return Expectations(vision, decoder, whole, item.pixel_values, item.grid, greedy, model.end_ids)


def _logits(model: ReferenceModel, embeddings: torch.Tensor, positions: torch.Tensor, keep: int) -> np.ndarray:
    """[B, keep, V] of embeddings [B, S, H] at positions [3, B, S]."""
    mask = torch.ones(embeddings.shape[:2], dtype=torch.long)
    output = model.model.model.language_model(inputs_embeds=embeddings, position_ids=positions, attention_mask=mask, use_cache=False)
    return model.model.lm_head(output.last_hidden_state[:, -keep:]).numpy()


def agreement(expected: Expectations, folder: Path, dtype: str) -> Agreement:
    """Runs one dtype's graphs over the same inputs."""
    sessions = Sessions(folder, DTYPES[dtype].suffix)
    features = [(sessions.features(*case.inputs), case.expected) for case in expected.vision]
    logits = []
    for case in expected.decoder:
        ids, positions, first = case.inputs
        embeddings = sessions.embed(ids)
        value, past = sessions.decode(embeddings[:, :first], positions[:, :, :first], sessions.empty(len(ids)), 0)
        logits.append((value, case.expected[:, :first]))
        if first < ids.shape[1]:
            value, _ = sessions.decode(embeddings[:, first:], positions[:, :, first:], past, 1)
            logits.append((value, case.expected[:, -1:]))
    last, greedy = _answer(expected, sessions)
    logits.append((last, expected.prompt.expected))
    shifted = [tuple(_log_softmax(side) for side in pair) for pair in logits]
    same = np.concatenate([(value.argmax(-1) == right.argmax(-1)).reshape(-1) for value, right in logits])
    divergence = np.concatenate([(np.exp(right) * (right - value)).sum(-1).reshape(-1) for value, right in shifted])
    parting = (index for index, (ours, theirs) in enumerate(zip(greedy, expected.greedy)) if ours != theirs)
    alike = next(parting, min(len(greedy), len(expected.greedy)))
    return Agreement(_error(features), _cosine(features), _error(logits), _cosine(logits), float(divergence.mean()), float(same.mean()),
                     alike, max(len(greedy), len(expected.greedy)))


def _answer(expected: Expectations, sessions: Sessions) -> tuple[np.ndarray, list[int]]:
    """Logits of the prompt's last rows, and greedy tokens after it, each fed on the cache of what came before."""
    ids, positions, start = expected.prompt.inputs
    features = sessions.features(expected.pixels, expected.grid)
    embeddings = sessions.embed(ids[None])
    embeddings[0, start : start + len(features)] = features
    last, past = sessions.decode(embeddings, positions[:, None], sessions.empty(1), LAST_ROWS)
    greedy, logits, place = [], last, int(positions.max()) + 1
    while len(greedy) < GREEDY and (token := int(logits[0, -1].argmax())) not in expected.ends:
        greedy.append(token)
        where = np.full((3, 1, 1), place, dtype=np.int64)
        logits, past = sessions.decode(sessions.embed(np.array([[token]])), where, past, 1)
        place += 1
    return last, greedy


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def _error(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float:
    return max(float(np.abs(value - right).max() / np.abs(right).max()) for value, right in pairs)


def _cosine(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """The mean over rows of the cosine between a row and what it should be; 0 as soon as a number is not finite."""
    cosines = [(value * right).sum(-1) / (np.linalg.norm(value, axis=-1) * np.linalg.norm(right, axis=-1) + 1e-30) for value, right in pairs]
    return float(np.nan_to_num(np.concatenate([rows.reshape(-1) for rows in cosines]), nan=0.0, posinf=0.0, neginf=0.0).mean())


def failures(dtype: str, found: Agreement) -> list[str]:
    """What of a dtype is beyond its bounds, in words."""
    bounds, wrong = BOUNDS[dtype], []
    for what, error, cosine in (("image features", found.features_error, found.features_cosine), ("logits", found.logits_error, found.logits_cosine)):
        if not error <= bounds.error:
            wrong.append(f"{dtype}: {what} are off by {error:.1e} of the largest; at most {bounds.error:.0e} is allowed")
        if not cosine >= bounds.cosine:
            wrong.append(f"{dtype}: {what} point another way (mean cosine {cosine:.4f}); at least {bounds.cosine} is asked for")
    if bounds.greedy and found.greedy < found.asked:
        wrong.append(f"{dtype}: greedy tokens part after {found.greedy} of {found.asked}")
    return wrong


HEADER = "type    features: error  cosine   logits: error  cosine   KL (nats)  same 1st   greedy alike"


def table_row(dtype: str, found: Agreement) -> str:
    """One dtype's line under `HEADER`."""
    return (f"{dtype:7} {found.features_error:15.1e} {found.features_cosine:7.4f} {found.logits_error:15.1e} {found.logits_cosine:7.4f} "
            f"{found.divergence:11.2e} {found.same_choice:8.1%} {found.greedy:10}/{found.asked}")


def check_parity(checkpoint: Path, folder: Path, dtypes: list[str]) -> list[str]:
    """Prints the table of all dtypes against PyTorch; returns what is beyond its bounds."""
    expected = expectations(checkpoint, folder)
    print(HEADER)
    wrong = []
    for dtype in dtypes:
        found = agreement(expected, folder, dtype)
        print(table_row(dtype, found), flush=True)
        wrong += failures(dtype, found)
    return wrong
