"""Fast held-out accuracy during training: teacher-forced answers of fixed packed batches, by family."""

import random

import torch

from ..world.questions import ask
from ..world.scene import sample_scene
from ..world.vocabulary import FAMILIES
from .batches import finish
from .forward import run, to_tensors
from .packing import no_thought, pack


def held_out_batches(tokenizer, form, pictures, seed, split="standard"):
    """Packed batches of one picture size each, with one question per family; (batch, families in order)."""
    rng = random.Random(f"held-out/{seed}/{form}/{split}")
    made = []
    for sides in [(168, 168), (224, 196), (168, 168), (252, 252)]:
        scenes, packs, families = [], [], []
        for _ in range(pictures // 4):
            scene = sample_scene(rng, split, None, sides, held_out=split == "hard")
            items = [i for f in FAMILIES if (i := ask(rng, scene, f, held_out=split == "hard"))]
            packs.append(pack(tokenizer, form, scene, items, [no_thought(4 if form in ("latent", "release") else 0)] * len(items)))
            scenes.append(scene)
            families += [i["family"] for i in items]
        made.append((to_tensors(finish(scenes, packs)), families))
    return made


@torch.no_grad()
def accuracy(model, batches):
    """Share of answers whose every token is the most likely one, by family, with 'all' for the mean over families.

    For direct and latent prompts this equals the exact-match accuracy of greedy decoding.
    """
    right, asked = dict.fromkeys(FAMILIES, 0), dict.fromkeys(FAMILIES, 0)
    for batch, families in batches:
        found, labels, _, _ = run(model, batch)
        hits = found.argmax(-1) == labels
        sizes = [end - begin for answers in batch["answers"] for begin, end in answers]
        for family, hit in zip(families, hits.split(sizes)):
            right[family] += bool(hit.all())
            asked[family] += 1
    table = {family: right[family] / asked[family] for family in FAMILIES if asked[family]}
    table["all"] = sum(table.values()) / len(table)
    return table
