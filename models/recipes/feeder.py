"""Makes training batches in background processes and hands them over in order."""

import multiprocessing as mp
import os
from collections import deque

from .batches import training_batch
from .tokenizer import load_tokenizer

_state = {}


def _prepare(tokenizer_folder, recipe):
    os.environ["OMP_NUM_THREADS"] = "1"
    _state["tokenizer"], _state["recipe"] = load_tokenizer(tokenizer_folder), recipe


def _make(number):
    training = _state["recipe"]["training"]
    return training_batch(_state["tokenizer"], _state["recipe"], number, number * training["pictures_per_batch"])


def batches(tokenizer_folder, recipe, first, ahead=6, workers=1):
    """Endless batches from number `first` on, `ahead` of them prepared in advance."""
    with mp.get_context("spawn").Pool(workers, _prepare, (str(tokenizer_folder), recipe)) as pool:
        waiting, number = deque(), first
        while True:
            while len(waiting) < ahead:
                waiting.append(pool.apply_async(_make, (number,)))
                number += 1
            yield waiting.popleft().get(timeout=120)
