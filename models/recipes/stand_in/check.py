"""Runs a stand-in's graphs once in ONNX Runtime on the CPU: right shapes, finite numbers, and a distribution worth optimising."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from ..export.sessions import Sessions
from ..graphs.dtypes import DTYPES

#: Rows and columns of the picture's patches, and text tokens around it.
GRID = (16, 20)
TEXT = "Which of the two shapes is larger?"
#: Most probable token's share that counts as neither flat nor certain.
TOP_SHARE = (1e-4, 0.9)
NEXT_ROWS = 5


def check(folder: Path, dtype: str) -> None:
    """Reads a random picture and a question, then more rows on the cache; throws AssertionError for anything out of place."""
    config = json.loads((folder / "config.json").read_text())
    text = config["text_config"]
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    ids = tokenizer.encode(f"<|im_start|>user\n{TEXT}<|im_end|>\n").ids
    assert tokenizer.decode(ids) == f"user\n{TEXT}\n" and max(ids) < text["vocab_size"]
    random = np.random.default_rng(3)
    started = time.monotonic()
    sessions = Sessions(folder, DTYPES[dtype].suffix)
    rows, columns = GRID
    pixels = random.standard_normal((rows * columns, 1176)).astype(np.float32)
    features = sessions.features(pixels, (1, rows, columns))
    assert features.shape == (rows * columns // 4, text["hidden_size"]), features.shape
    embedded = sessions.embed(np.array([ids]))
    row = np.concatenate([features[None], embedded], axis=1)
    positions = np.broadcast_to(np.arange(row.shape[1]), (3, 1, row.shape[1])).astype(np.int64)
    logits, past = sessions.decode(row, positions, sessions.empty(1), 1)
    length = row.shape[1]
    again, longer = sessions.decode(row[:, :NEXT_ROWS], positions[:, :, :NEXT_ROWS] + length, past, 2)
    assert logits.shape == (1, 1, text["vocab_size"]) and again.shape == (1, 2, text["vocab_size"])
    for name, value in longer.items():
        expected = (1, text["num_key_value_heads"], length + NEXT_ROWS, text["hidden_size"] // text["num_attention_heads"])
        assert value.shape == expected and np.isfinite(value).all(), name
        assert np.array_equal(value[:, :, :length], past[name]), f"{name} is not its past and the new rows"
    for name, value in (("image features", features), ("embeddings", embedded), ("logits", logits), ("later logits", again)):
        assert np.isfinite(value).all(), f"{name} are not finite"
        print(f"{dtype} {name}: spread {value.std():.3f}, largest {np.abs(value).max():.2f}")
    shifted = logits[0, -1].astype(np.float64) - logits.max()
    share = float(1 / np.exp(shifted).sum())
    print(f"{dtype} most probable token: {share:.4f}; checked in {time.monotonic() - started:.1f} s")
    assert TOP_SHARE[0] < share < TOP_SHARE[1], "the next-token distribution is degenerate"
