"""Golden pictures: what Qwen's smart resize and Pillow's antialiased bicubic make of them, and their pixel values."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..hub.made_files import IMAGE_MEAN, IMAGE_STD
from ..world.draw import draw_scene
from ..world.scene import sample_scene

FACTOR, PATCH, MERGE, TEMPORAL = 28, 14, 2, 2
#: Rows of pixel_values that are stored whole; of the others the sum is.
KEPT_ROWS = (0, 1, 2, 3, 5, -1)


@dataclass
class Picture:
    """A source picture with what the model gets of it."""

    name: str
    source: np.ndarray  # uint8 [h, w, 3]
    resized: np.ndarray  # uint8 [H, W, 3]
    min_pixels: int
    max_pixels: int

    @property
    def grid(self) -> tuple[int, int, int]:
        return (1, self.resized.shape[0] // PATCH, self.resized.shape[1] // PATCH)

    @property
    def pixel_values(self) -> np.ndarray:
        return patches_of(self.resized.astype(np.float64) / 255)


def smart_resize(height: int, width: int, min_pixels: int, max_pixels: int) -> tuple[int, int]:
    """Qwen's target size: multiples of 28 near the source's, area within bounds (halves round to even, as in Python)."""
    new_height, new_width = (max(FACTOR, round(side / FACTOR) * FACTOR) for side in (height, width))
    if new_height * new_width > max_pixels:
        shrink = math.sqrt(height * width / max_pixels)
        return tuple(max(FACTOR, math.floor(side / shrink / FACTOR) * FACTOR) for side in (height, width))
    if new_height * new_width < min_pixels:
        grow = math.sqrt(min_pixels / (height * width))
        return tuple(math.ceil(side * grow / FACTOR) * FACTOR for side in (height, width))
    return new_height, new_width


def patches_of(values: np.ndarray) -> np.ndarray:
    """Normalised pixel values [P, 1176] in merge-block order of a picture [H, W, 3] on the 0..1 scale."""
    height, width, _ = values.shape
    values = (values - np.array(IMAGE_MEAN)) / np.array(IMAGE_STD)
    frames = np.repeat(values.transpose(2, 0, 1)[None], TEMPORAL, axis=0)
    rows, columns = height // PATCH, width // PATCH
    blocks = frames.reshape(TEMPORAL, 3, rows // MERGE, MERGE, PATCH, columns // MERGE, MERGE, PATCH)
    blocks = blocks.transpose(2, 5, 3, 6, 1, 0, 4, 7)
    return np.ascontiguousarray(blocks.reshape(rows * columns, -1).astype(np.float32))


def picture(name: str, seed: int, size: tuple[int, int], min_pixels: int = 3136, max_pixels: int = 200704, split: str = "standard") -> Picture:
    """A drawn scene without grain, scaled to `size` (width, height), which need not suit the model."""
    width, height = size
    sides = tuple(max(168, -(-side // FACTOR) * FACTOR) for side in size)
    scene = {**sample_scene(random.Random(seed), split, sides=sides), "noise": 0}
    source = draw_scene(scene)
    if (width, height) != sides:
        source = np.asarray(Image.fromarray(source).resize((width, height), Image.Resampling.LANCZOS))
    target = smart_resize(height, width, min_pixels, max_pixels)
    resized = source
    if target != (height, width):
        resized = np.asarray(Image.fromarray(source).resize((target[1], target[0]), Image.Resampling.BICUBIC))
    return Picture(name, np.array(source), np.array(resized), min_pixels, max_pixels)


def exact() -> Picture:
    """The picture that most golden numbers are of: 12 x 16 patches, no resize, from the hard split."""
    return picture("exact", 117, (224, 168), split="hard")


def describe(item: Picture) -> dict:
    """A picture's golden record."""
    from .arrays import floats, pixels

    values = item.pixel_values
    rows = [row % len(values) for row in KEPT_ROWS]
    same = item.source.shape == item.resized.shape and np.array_equal(item.source, item.resized)
    return {
        "name": item.name, "minPixels": item.min_pixels, "maxPixels": item.max_pixels,
        "source": pixels(item.source), "resized": None if same else pixels(item.resized),
        "width": item.resized.shape[1], "height": item.resized.shape[0], "grid": list(item.grid),
        "pixelRows": {"rows": rows, "values": floats(values[rows])},
        "pixelSums": floats(values.astype(np.float64).sum(axis=1)),
    }  # fmt: skip
