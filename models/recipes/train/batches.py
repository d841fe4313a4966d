"""Makes training batches: step, rank and recipe alone decide their content, so a resumed run sees the same data."""

import random
from functools import cache

import numpy as np

from ..world.draw import draw_scene, token_owners
from ..world.questions import as_multiple_choice, ask, caption
from ..world.scene import sample_scene, sample_side
from ..world.vocabulary import COLOURS, FAMILIES, FILLS, PROMPTS, SHAPES, SIZES, UNIT
from .hints import draft, spread, word_token
from .packing import collate, no_thought, pack

MOST_PATCHES = 16


def stage_of(training, pictures):
    """The curriculum stage in force after `pictures` pictures."""
    return [s for s in training["curriculum"] if s["pictures"] <= pictures][-1]


def _weighted(rng, table):
    return rng.choices(list(table), list(table.values()))[0]


def _thought(rng, form, training, scene, owners, item, tokenizer):
    """Samples the think tokens of one branch: how many, their noise, their hints, the patches inserted after them."""
    if "{think}" not in PROMPTS["forms"][form]["user"]:
        return no_thought()
    rules = training["think"]
    count = rng.randint(1, PROMPTS["maxThinkTokens"]) if not rules.get("four_share") or rng.random() >= rules["four_share"] else 4
    thought = no_thought(count)
    if rng.random() < rules["noisy_share"]:
        thought["noise"] = rng.uniform(0, rules["noise_up_to"])
    if rng.random() < rules["patch_share"]:
        relevant = [t for t, owner in enumerate(owners) if owner in item["focus"]]
        each, left = rng.randint(1, rules["most_patches"]), MOST_PATCHES
        for _ in range(count):
            pool = relevant if relevant and rng.random() < rules["relevant_patches"] else range(len(owners))
            taken = [rng.choice(pool) for _ in range(min(each, left))]
            left -= len(taken)
            thought["patches"].append(taken)
    hints = training.get("hints")
    if hints:
        _hint(rng, hints, scene, item, thought, tokenizer)
    return thought


def _hint(rng, rules, scene, item, thought, tokenizer):
    """Gives a thought some words, and hides the picture from all else now and then.

    Mostly a true or false draft of the item's intermediate results; sometimes another question's draft, or any words at all
    in place of the think tokens. Words of some strength are followed: the answer is what they imply. Faint ones are not.
    """
    thought["blind"] = rng.random() < rules["blind_share"]
    kind = rng.random()
    if kind < rules["word_share"]:
        tokens = rng.choices(_plain_words(tokenizer), k=thought["count"])
        thought["hints"] = [(token, 1.0) for token in tokens]
        thought["answer"] = tokenizer.decode(tokens[-1:]).strip()
        return
    kind -= rules["word_share"]
    if kind < rules["other_share"]:
        other = ask(rng, scene, rng.choice(FAMILIES))
        made = other and draft(rng, scene, other, rng.random() < 0.5)
    elif kind < rules["other_share"] + rules["share"]:
        made = draft(rng, scene, item, rng.random() < rules["true_share"])
    else:
        return
    if not made:
        return
    words, implied = made
    strength = rng.uniform(*rules["strength"])
    carried = spread(rng, words, thought["count"])
    boxed = rng.random() < 0.5  # an answer's first word in the form that the think rows are to predict
    thought["hints"] = [
        word and (word_token(tokenizer, word, boxed and word == implied.split()[0]), min(1.0, strength * rng.uniform(0.8, 1.2))) for word in carried
    ]
    told = sum(word is not None for word in carried) / len(carried)
    if strength * told**0.5 >= rules["followed_from"]:
        thought["answer"] = implied


@cache
def _plain_words(tokenizer):
    """Tokens that are words or numbers."""
    texts = ((token, tokenizer.decode([token], skip_special_tokens=True)) for token in range(tokenizer.get_vocab_size()))
    return [token for token, text in texts if text.strip().isalnum()]


def _items(rng, scene, form, training, stage, held_out=False):
    """Questions for one picture: families drawn by weight, some as multiple choice, sometimes a caption first."""
    wanted = training["branches"][form]
    weights = {f: training["family_weights"].get(f, 1.0) for f in FAMILIES}
    items = []
    if form in ("direct", "cot") and rng.random() < stage["caption"]:
        items.append(caption(scene))
    for _ in range(wanted * 4):
        if len(items) >= wanted:
            break
        item = ask(rng, scene, _weighted(rng, weights), held_out)
        if item:
            items.append(as_multiple_choice(rng, item) if rng.random() < stage["choice"] else item)
    return items


def training_batch(tokenizer, recipe, step, rank=0, pictures_before=0):
    """One process's batch of a step: pictures of one size in one prompt form, packed, with the auxiliary targets.

    Form and size are the same on every rank, so that no process waits long for another.
    """
    training = recipe["training"]
    rng = random.Random(f"{training['seed']}/{step}")
    stage = stage_of(training, pictures_before)
    form = _weighted(rng, {f: w for f, w in training["forms"].items() if f in stage["forms"]})
    sides = sample_side(rng, _weighted(rng, stage["resolution"]))
    rng = random.Random(f"{training['seed']}/{step}/{rank}")
    scenes, packs = [], []
    for _ in range(training["pictures_per_batch"]):
        low, high = map(int, _weighted(rng, stage["objects"]).split("-"))
        # Crowded pictures are drawn at the hard split's scale half of the time, but never with its held-out pairs.
        split = "hard" if high > 5 and rng.random() < 0.5 else "standard"
        scene = sample_scene(rng, split, (low, high), sides)
        owners = token_owners(scene)
        items = _items(rng, scene, form, training, stage)
        packs.append(pack(tokenizer, form, scene, items, [_thought(rng, form, training, scene, owners, i, tokenizer) for i in items]))
        scenes.append(scene)
    return {**finish(scenes, packs), "form": form}


def finish(scenes, packs):
    """Collates packs and adds pixels and auxiliary targets."""
    batch = collate(packs)
    batch["pixels"] = np.stack([draw_scene(scene) for scene in scenes])
    batch["answers"] = [p["answers"] for p in packs]
    owners = np.stack([token_owners(scene) for scene in scenes])
    batch["dense"] = _dense_targets(scenes, owners)
    batch["mentions"] = _pointer_targets(packs, "mentions", owners)
    batch["focus"] = _pointer_targets(packs, "focus", owners)
    batch["places"] = _place_targets(scenes, packs)
    return batch


def _dense_targets(scenes, owners):
    """Per merged token [B, N, 5]: shape + 1 (0 = background), colour, size, fill (-100 on background), centre (0 or 1)."""
    batch, count = owners.shape
    targets = np.full((batch, count, 5), -100, np.int64)
    targets[:, :, 0], targets[:, :, 4] = 0, 0
    for b, scene in enumerate(scenes):
        for i, thing in enumerate(scene["objects"]):
            values = [SHAPES.index(thing["shape"]) + 1, COLOURS.index(thing["colour"]), SIZES.index(thing["size"]), FILLS.index(thing["fill"])]
            targets[b, owners[b] == i, :4] = values
            targets[b, int(thing["y"] // UNIT) * (scene["width"] // UNIT) + int(thing["x"] // UNIT), 4] = 1
    return targets


def _pointer_targets(packs, key, owners):
    """(row and place [M, 2], distribution [M, N + 1] over merged tokens; the last entry means 'nothing in the picture')."""
    places, spread = [], []
    for row, p in enumerate(packs):
        for place, objects in p[key]:
            if key == "focus" and not objects:
                continue
            weight = np.zeros(owners.shape[1] + 1, np.float32)
            weight[:-1] = np.isin(owners[row], objects)
            if not weight.any():
                weight[-1] = 1
            places.append((row, place))
            spread.append(weight / weight.sum())
    return np.array(places, np.int64).reshape(-1, 2), np.array(spread, np.float32).reshape(-1, owners.shape[1] + 1)


def _place_targets(scenes, packs):
    """(row and place [M, 2], relative x and y [M, 2]) of the phrases that mean a single object."""
    places, where = [], []
    for row, (scene, p) in enumerate(zip(scenes, packs)):
        for place, objects in p["mentions"]:
            if len(objects) == 1:
                thing = scene["objects"][objects[0]]
                places.append((row, place))
                where.append((thing["x"] / scene["width"], thing["y"] / scene["height"]))
    return np.array(places, np.int64).reshape(-1, 2), np.array(where, np.float32).reshape(-1, 2)
