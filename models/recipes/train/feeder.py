"""Makes training batches in a background process and hands them over in order."""

import multiprocessing as mp
from collections import deque

from ..world.tokenizer import load_tokenizer
from .batches import training_batch

_state = {}


def _prepare(tokenizer_folder, recipe, rank):
    _state.update(tokenizer=load_tokenizer(tokenizer_folder), recipe=recipe, rank=rank)


def _make(step, pictures):
    return training_batch(_state["tokenizer"], _state["recipe"], step, _state["rank"], pictures)


def batches(tokenizer_folder, recipe, rank, step, pictures, ahead=4):
    """Endless batches of one rank from `step` on, after `pictures` pictures; `ahead` of them are prepared in advance."""
    per_step = recipe["training"]["pictures_per_batch"] * recipe["training"]["processes"]
    with mp.get_context("spawn").Pool(1, _prepare, (str(tokenizer_folder), recipe, rank)) as pool:
        waiting = deque()
        while True:
            while len(waiting) < ahead:
                waiting.append(pool.apply_async(_make, (step, pictures)))
                step, pictures = step + 1, pictures + per_step
            yield waiting.popleft().get(timeout=300)
