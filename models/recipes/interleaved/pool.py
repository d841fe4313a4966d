"""Pictures with their features computed once: the vision encoder stays as it is, so nothing of it is computed twice."""

from __future__ import annotations

import random
from collections import defaultdict

import torch

from ..train.fast_vision import image_features
from ..train.pixels import to_patches
from ..world.draw import draw_scene
from ..world.scene import sample_scene, sample_side


def side_of(scene):
    """(width, height) of a scene in pixels."""
    return scene["width"], scene["height"]


@torch.no_grad()
def features_of(model, scenes):
    """Features [B, n, H] of equally large pictures."""
    width, height = side_of(scenes[0])
    pixels = torch.stack([torch.from_numpy(draw_scene(scene).copy()) for scene in scenes])
    return image_features(model.model.visual, to_patches(pixels), height // 14, width // 14).float()


def sample_training_scene(rng, sides, crowded_share):
    """A scene of the training distribution: 2 to 5 objects, or 5 to 8 of them, half of these small as in the hard split."""
    crowded = rng.random() < crowded_share
    split = "hard" if crowded and rng.random() < 0.5 else "standard"
    return sample_scene(rng, split, (5, 8) if crowded else (2, 5), sides)


class Pool:
    """Training pictures by size. Their number, seed and the encoder decide everything in it."""

    def __init__(self, model, rules, batch=16, told=None):
        rng = random.Random(f"{rules['seed']}/pool")
        self.scenes, self.features = defaultdict(list), defaultdict(list)
        made = 0
        while made < rules["pictures"]:
            sides = sample_side(rng, "base" if rng.random() < rules["base_share"] else "mixed")
            scenes = [sample_training_scene(rng, sides, rules["crowded_share"]) for _ in range(batch)]
            self.scenes[sides] += scenes
            self.features[sides].append(features_of(model, scenes).half())
            made += batch
            if told:
                told(made)
        self.features = {sides: torch.cat(parts) for sides, parts in self.features.items()}

    def draw(self, rng, count):
        """`count` pictures of one size: (scenes, features [count, n, H])."""
        sizes = sorted(self.scenes)
        sides = rng.choices(sizes, [len(self.scenes[size]) for size in sizes])[0]
        picked = rng.sample(range(len(self.scenes[sides])), min(count, len(self.scenes[sides])))
        return [self.scenes[sides][i] for i in picked], self.features[sides][picked].float()
