"""Random weights of a model of any size, made one tensor at a time: for full-shape stand-ins that no training stands behind.

Every tensor depends on the seed and its own name alone. Spreads are chosen so that rows keep a size of about one on their
way, attention prefers some keys to others, and the next-token distribution is neither flat nor certain.
"""

from __future__ import annotations

import zlib

import numpy as np

from ..graphs.model_shape import ModelShape
from ..graphs.quantise import BLOCK, LEVELS, pack_zero_points

#: Standard deviation of the codes 0..15 drawn evenly.
CODE_SPREAD = float(np.sqrt(((LEVELS + 1) ** 2 - 1) / 12))
EMBEDDING_SPREAD = 0.02
#: Spread of a layer's outputs over that of its (normed) inputs, by the end of its name; 1 where none is given.
GAINS = {
    "q_proj.weight": 1.6, "k_proj.weight": 1.6, "o_proj.weight": 0.5, "down_proj.weight": 0.5, "lm_head.weight": 3.0,
    "attn.qkv.weight": 1.3, "attn.proj.weight": 0.5, "mlp.fc2.weight": 0.5, "merger.mlp.2.weight": 0.3,
}  # fmt: skip
BIAS_SPREAD = 0.05
NORM_SPREAD = 0.05


class RandomMatrix:
    """A matrix [rows, columns] whose 4-bit blocks are drawn as such: no floating-point weight is ever made for them."""

    def __init__(self, name: str, shape: tuple[int, int], spread: float, seed: int):
        self.name, self.shape, self.spread, self.seed = name, shape, spread, seed

    def blocks(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Codes, scales and zero points in the layout of `quantise_blocks`.

        Zero points are 7 or 8 by turns of chance: with one of them alone every product would have the same small sum added,
        which grows from layer to layer.
        """
        rows, columns = self.shape
        count = columns // BLOCK
        random = generator(self.seed, self.name)
        packed = np.frombuffer(random.bytes(rows * columns // 2), dtype=np.uint8).reshape(rows, count, BLOCK // 2)
        scales = random.random(rows * count, dtype=np.float32)
        scales = (0.75 + 0.5 * scales) * np.float32(self.spread / CODE_SPREAD)
        zeros = random.integers(7, 9, (rows, count), dtype=np.uint8)
        return packed, scales, pack_zero_points(zeros)

    def padded(self, rows: int, columns: int) -> RandomMatrix:
        """A larger matrix of the same kind; what is added is random too."""
        return RandomMatrix(self.name, (rows, columns), self.spread, self.seed)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        values = generator(self.seed, self.name).standard_normal(self.shape, dtype=np.float32)
        values *= np.float32(self.spread)
        return values if dtype is None else values.astype(dtype, copy=False)


def generator(seed: int, name: str) -> np.random.Generator:
    """The generator of one tensor (SFC64, which draws bytes the fastest)."""
    return np.random.Generator(np.random.SFC64([seed, zlib.crc32(name.encode())]))


class RandomCheckpoint(ModelShape):
    """Stands where a checkpoint folder would: weights by the same names, drawn when they are asked for."""

    def __init__(self, config: dict, seed: int):
        super().__init__(config, "The configuration")
        self.seed = seed

    def tensor(self, name: str) -> np.ndarray | RandomMatrix:
        """One weight: a matrix that may be 4-bit as a `RandomMatrix`, all else as float32."""
        shape = self.shapes[name]
        if name.endswith("embed_tokens.weight"):
            return RandomMatrix(name, shape, EMBEDDING_SPREAD, self.seed)
        if name.endswith("bias"):
            return self._normal(name, shape, BIAS_SPREAD)
        if len(shape) == 1:
            return 1 + self._normal(name, shape, NORM_SPREAD)
        gain = next((gain for end, gain in GAINS.items() if name.endswith(end)), 1.0)
        inputs = int(np.prod(shape[1:]))
        if len(shape) > 2:
            return self._normal(name, shape, gain * inputs**-0.5)
        return RandomMatrix(name, shape, gain * inputs**-0.5, self.seed)

    @property
    def lm_head(self) -> RandomMatrix:
        """The output matrix [V, H]. Drawn for itself even where the real model's is the embedding table."""
        shape = (self.text["vocab_size"], self.text["hidden_size"])
        return RandomMatrix("lm_head.weight", shape, GAINS["lm_head.weight"] * shape[1] ** -0.5, self.seed)

    def _normal(self, name: str, shape: tuple[int, ...], spread: float) -> np.ndarray:
        values = generator(self.seed, name).standard_normal(shape, dtype=np.float32)
        values *= np.float32(spread)
        return values
