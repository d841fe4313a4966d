"""Turns pictures into vision patches: CLIP-normalised pixels in the processor's merge-block order."""

import numpy as np
import torch
from PIL import Image

from ..hub.made_files import IMAGE_MEAN, IMAGE_STD
from ..world.vocabulary import UNIT

PATCH, MERGE, TEMPORAL = 14, 2, 2


def to_patches(pixels):
    """uint8 [B, H, W, 3] (H and W multiples of 28) -> float32 [B, H*W/196, 588], one frame per patch, axes (C, y, x).

    Patches are ordered so that the four of a merged token are consecutive, as the library's image processor orders them.
    """
    batch, height, width, _ = pixels.shape
    if height % UNIT or width % UNIT:
        raise ValueError(f"picture of {width} x {height}: both sides must be multiples of {UNIT}")
    scale = 1 / (255 * torch.tensor(IMAGE_STD))
    shift = torch.tensor(IMAGE_MEAN) / torch.tensor(IMAGE_STD)
    x = torch.as_tensor(pixels).float() * scale - shift
    x = x.view(batch, height // UNIT, MERGE, PATCH, width // UNIT, MERGE, PATCH, 3)
    return x.permute(0, 1, 4, 2, 5, 7, 3, 6).reshape(batch, -1, 3 * PATCH * PATCH)


def processor_layout(patches):
    """[N, 588] -> [N, 1176]: the still frame repeated along the temporal axis, as the library's vision model expects."""
    frames = patches.view(-1, 3, 1, PATCH, PATCH).expand(-1, -1, TEMPORAL, -1, -1)
    return frames.reshape(-1, 3 * TEMPORAL * PATCH * PATCH)


def load_picture(path):
    """Reads a picture file as uint8 [H, W, 3]."""
    return np.array(Image.open(path).convert("RGB"))
