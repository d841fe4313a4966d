"""Rounds weight matrices to 4 bits in blocks of 32, in the layout of the MatMulNBits operator."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np

BLOCK = 32
LEVELS = 15
#: Values rounded at once: few enough to stay in a core's cache, which is five times as fast.
CHUNK = 1 << 16
#: Shrink factors of a block's value range that are tried: cutting the tails a little often lowers the squared error.
SHRINKS = np.linspace(1.0, 0.7, 13)

#: Share of the mean second moment added to every input's own, which keeps the compensation below stable.
DAMPING = 0.02


class Rounded(Protocol):
    """A weight [out, in] that comes in 4-bit blocks already."""

    shape: tuple[int, int]

    def blocks(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What `quantise_blocks` returns."""

    def padded(self, rows: int, columns: int) -> Rounded:
        """The same weight, filled up to a larger shape."""


def blocks_of(weight: np.ndarray | Rounded, moments: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The 4-bit blocks of a weight, rounded here unless it comes rounded; the result is `quantise_blocks`'."""
    return quantise_blocks(weight, moments) if isinstance(weight, np.ndarray) else weight.blocks()


def padded(weight: np.ndarray | Rounded, rows: int, columns: int) -> np.ndarray | Rounded:
    """A weight filled up with zeros to [rows, columns]; itself when it has that shape."""
    if weight.shape == (rows, columns):
        return weight
    if not isinstance(weight, np.ndarray):
        return weight.padded(rows, columns)
    return np.pad(weight, ((0, rows - weight.shape[0]), (0, columns - weight.shape[1])))


def quantise_blocks(weight: np.ndarray, moments: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quantises `weight` [out, in] (in a multiple of 32) to asymmetric 4-bit blocks along `in`.

    For every block the range, shrunk about its ends, with the least squared error is kept. With `moments` (X^T X [in, in]
    of the layer's inputs) columns are rounded one after another and each error is made up for by the columns still to come,
    as far as the inputs are correlated (GPTQ, arXiv 2210.17323).
    Returns (packed uint8 [out, in/32, 16], low nibble first; scales float32 [out * in/32];
    zero points uint8 [out * ceil(in/64)], low nibble first, each row padded to a whole byte).
    """
    rows, columns = weight.shape
    if columns % BLOCK:
        raise ValueError(f"A weight of shape {weight.shape} cannot be cut into blocks of {BLOCK}; pad or keep it in floating point.")
    if moments is not None:
        codes, scales, zeros = _compensated_codes(weight, moments)
        return _pack_codes(codes), scales.reshape(-1), pack_zero_points(zeros)
    step = max(1, CHUNK // columns)

    def part(first: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        chunk = weight[first : first + step].astype(np.float32)
        codes, scales, zeros = _best_codes(chunk.reshape(len(chunk), columns // BLOCK, BLOCK))
        return _pack_codes(codes), scales.reshape(-1), pack_zero_points(zeros)

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        packed, scales, zeros = (np.concatenate(parts) for parts in zip(*threads.map(part, range(0, rows, step))))
    return packed, scales, zeros


def _pack_codes(codes: np.ndarray) -> np.ndarray:
    return (codes[..., 0::2] | (codes[..., 1::2] << 4)).astype(np.uint8)


def _compensated_codes(weight: np.ndarray, moments: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, columns = weight.shape
    left = weight.astype(np.float64).copy()
    moments = np.pad(moments, (0, columns - len(moments)))  # zeros beside a weight that was filled up
    damped = moments + np.eye(columns) * (DAMPING * np.mean(np.diag(moments)) + 1e-12)
    factor = np.linalg.cholesky(np.linalg.inv(damped)).T
    codes = np.empty((rows, columns // BLOCK, BLOCK), dtype=np.uint8)
    scales = np.empty((rows, columns // BLOCK), dtype=np.float32)
    zeros = np.empty((rows, columns // BLOCK), dtype=np.uint8)
    for block in range(columns // BLOCK):
        first = block * BLOCK
        current = left[:, None, first : first + BLOCK].astype(np.float32)
        _, scale, zero = _best_codes(current)
        scales[:, block], zeros[:, block] = scale[:, 0], zero[:, 0]
        for column in range(first, first + BLOCK):
            code = np.clip(np.rint(left[:, column] / scale[:, 0]) + zero[:, 0], 0, LEVELS)
            codes[:, block, column - first] = code
            error = (left[:, column] - (code - zero[:, 0]) * scale[:, 0]) / factor[column, column]
            left[:, column + 1 :] -= error[:, None] * factor[column, column + 1 :]
    return codes, scales, zeros


def dequantise_blocks(packed: np.ndarray, scales: np.ndarray, zeros: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The float32 weight [out, in] that `quantise_blocks`' result stands for."""
    rows, columns = shape
    count = columns // BLOCK
    codes = np.empty((rows, count, BLOCK), dtype=np.float32)
    codes[..., 0::2] = packed & 15
    codes[..., 1::2] = packed >> 4
    nibbles = zeros.reshape(rows, -1)
    points = np.stack([nibbles & 15, nibbles >> 4], axis=-1).reshape(rows, -1)[:, :count]
    return ((codes - points[..., None]) * scales.reshape(rows, count, 1)).reshape(rows, columns).astype(np.float32)


def _best_codes(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    low = np.minimum(blocks.min(axis=-1), 0.0)
    high = np.maximum(blocks.max(axis=-1), 0.0)
    best_error = np.full(low.shape, np.inf, dtype=np.float32)
    codes = np.zeros(blocks.shape, dtype=np.uint8)
    scales = np.ones(low.shape, dtype=np.float32)
    zeros = np.zeros(low.shape, dtype=np.uint8)
    for shrink in SHRINKS:
        scale = ((high - low) * np.float32(shrink) / LEVELS).astype(np.float32)
        scale = np.where(scale == 0.0, np.float32(1.0), scale)
        zero = np.clip(np.rint(-low * np.float32(shrink) / scale), 0, LEVELS)
        code = np.clip(np.rint(blocks / scale[..., None]) + zero[..., None], 0, LEVELS)
        error = np.square((code - zero[..., None]) * scale[..., None] - blocks).sum(axis=-1)
        better = error < best_error
        best_error = np.where(better, error, best_error)
        codes = np.where(better[..., None], code.astype(np.uint8), codes)
        scales = np.where(better, scale, scales)
        zeros = np.where(better, zero.astype(np.uint8), zeros)
    return codes, scales, zeros


def pack_zero_points(zeros: np.ndarray) -> np.ndarray:
    """Zero points 0..15 (uint8 [rows, blocks]) two to a byte, every row padded to a whole byte; one flat array."""
    rows, count = zeros.shape
    if count % 2:
        zeros = np.concatenate([zeros, np.zeros((rows, 1), dtype=np.uint8)], axis=1)
    return (zeros[:, 0::2] | (zeros[:, 1::2] << 4)).astype(np.uint8).reshape(-1)
