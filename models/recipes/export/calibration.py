"""Gathers what a model's linear layers are fed with on pictures of the world, so that rounding can spare what matters."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import torch

from ..golden.image import Picture
from ..golden.model import ReferenceModel
from ..world.draw import draw_scene
from ..world.prompts import response, split_prompt
from ..world.questions import ask
from ..world.scene import sample_scene
from ..world.vocabulary import FAMILIES

FORMS = ("direct", "cot", "latent")
SEED = 40_000
#: A module's name in the library -> the base name of its node in our graphs.
RENAMES = (
    (r"^(?:model\.)?visual\.merger\.mlp\.", "/vision/merger/mlp."),
    (r"^(?:model\.)?visual\.(blocks\.\d+)\.(attn|mlp)\.", r"/vision/\1/\2/"),
    (r"^(?:model\.)?language_model\.(layers\.\d+)\.self_attn\.", r"/model/\1/attn/"),
    (r"^(?:model\.)?language_model\.(layers\.\d+)\.mlp\.", r"/model/\1/mlp/"),
    (r"^lm_head$", "/lm_head"),
)


def node_name(module: str) -> str:
    """The graph's base name for a linear layer, such as `/model/layers.0/attn/q_proj`."""
    for pattern, name in RENAMES:
        renamed, hits = re.subn(pattern, name, module)
        if hits:
            return renamed
    raise KeyError(f"No node is made from the layer {module!r}.")


def calibrate(checkpoint: str | Path, pictures: int) -> dict[str, np.ndarray]:
    """Second moments X^T X / rows (float64 [in, in]) of every linear layer's input, by node name.

    Runs the model over `pictures` drawn scenes, each with one question per prompt form and its reply.
    """
    torch.set_num_threads(1)  # layers this small lose more to waiting than they gain
    model = ReferenceModel(checkpoint)
    sums: dict[str, torch.Tensor] = {}
    counts: dict[str, int] = {}

    def watch(name: str):
        def hook(_module, inputs, _output):
            rows = inputs[0].detach().reshape(-1, inputs[0].shape[-1]).double()
            sums[name] = sums.get(name, 0) + rows.T @ rows
            counts[name] = counts.get(name, 0) + len(rows)
        return hook

    handles = [module.register_forward_hook(watch(node_name(name)))
               for name, module in model.model.named_modules() if isinstance(module, torch.nn.Linear)]
    generator = random.Random(SEED)
    for index in range(pictures):
        scene = sample_scene(generator)
        picture = draw_scene(scene)
        item = Picture("", picture, picture, 0, 0)
        features = model.features(item.pixel_values, item.grid)
        for form in FORMS:
            asked = None
            while asked is None:
                asked = ask(generator, scene, generator.choice(FAMILIES))
            before, after = split_prompt(form, asked["question"], len(features), 4)
            context = model.context(before + after, item.grid, features)
            rows, positions = model.text_rows(context, model.encode(response(form, asked)))
            model.read(context, rows, positions)
    for handle in handles:
        handle.remove()
    return {name: (total / counts[name]).numpy() for name, total in sums.items()}
