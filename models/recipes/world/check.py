"""Checks the world: python -m recipes.world.check. Gold answers are recomputed from the scene by other means; drawing and prompts too."""

import argparse
import random
import re

import numpy as np

from .draw import box_of, draw_scene, token_owners
from .prompts import FORMS, split_prompt
from .questions import as_multiple_choice, ask
from .scene import sample_scene
from .vocabulary import COLOURS, FAMILIES, FILL_WORD, HELD_OUT, PLURAL, SHAPES, SIZES, UNIT, WORLD

_RGB = {c["name"]: np.array(c["rgb"]) for c in WORLD["colours"]}


def fits(scene, words):
    """Objects that fit a noun phrase, read word by word from its text."""
    singular = {plural: shape for shape, plural in PLURAL.items()}
    found = list(range(len(scene["objects"])))
    for word in words.split():
        word = singular.get(word, word)
        for key, pool in (("shape", SHAPES), ("colour", COLOURS), ("size", SIZES)):
            if word in pool:
                found = [i for i in found if scene["objects"][i][key] == word]
        if word in FILL_WORD.values():
            found = [i for i in found if FILL_WORD[scene["objects"][i]["fill"]] == word]
    return found


def expected(scene, item):
    """The answer recomputed from the question's text; None for families whose rule is spatial ranking."""
    phrases = [item["question"][a:b] for a, b, _ in item["mentions"]]
    sets = [fits(scene, p) for p in phrases]
    things, family = scene["objects"], item["family"]
    if family in ("colour", "shape", "size"):
        return things[sets[0][0]][family]
    if family == "fill":
        return FILL_WORD[things[sets[0][0]]["fill"]]
    if family == "existence":
        return "yes" if sets[0] else "no"
    if family in ("count", "count_shape", "count_colour"):
        return str(len(sets[0]) if sets else len(things))
    if family == "sum":
        return str(len(set(sets[0]) | set(sets[1])))
    if family == "compare_count":
        return "yes" if len(sets[0]) > len(sets[1]) else "no"
    if family == "relation":
        a, b = (things[s[0]] for s in sets)
        word = next(d["phrase"] for d in WORLD["directions"] if f" {d['phrase']} " in item["question"])
        truth = {"left of": a["x"] < b["x"], "right of": a["x"] > b["x"], "above": a["y"] < b["y"], "below": a["y"] > b["y"]}
        return "yes" if truth[word] else "no"
    if family == "compare_size":
        a, b = (SIZES.index(things[s[0]]["size"]) for s in sets)
        return "yes" if (a > b if "larger" in item["question"] else a < b) else "no"
    return None


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    rng = random.Random(0)
    answers = {family: {} for family in FAMILIES}
    for number in range(1500):
        split = "hard" if number % 3 == 0 else "standard"
        scene = sample_scene(rng, split, held_out=split == "hard")
        pairs = {(t["shape"], t["colour"]) for t in scene["objects"]}
        assert bool(pairs & HELD_OUT) == (split == "hard"), "held-out pairs belong to the hard split"
        kinds = {(t["shape"], t["colour"], t["size"], t["fill"]) for t in scene["objects"]}
        assert len(kinds) == len(scene["objects"]), "two objects alike"
        for family in FAMILIES:
            item = ask(rng, scene, family, split == "hard")
            if not item:
                continue
            wanted = expected(scene, item)
            assert wanted is None or wanted == item["answer"], (item, scene)
            for a, b, meant in item["mentions"]:
                if family not in ("extreme", "two_hop") or not re.search("most|est", item["question"][a:b]):
                    assert fits(scene, item["question"][a:b]) == meant, (item, scene)
            choice = as_multiple_choice(rng, item)
            assert choice["options"]["ABCD".index(choice["answer"])] == item["answer"]
            assert len(set(choice["options"])) == len(choice["options"])
            answers[family][item["answer"]] = answers[family].get(item["answer"], 0) + 1
        if number % 50 == 0:
            check_drawing(scene)
    for family, counts in answers.items():
        top, total = max(counts.values()), sum(counts.values())
        print(f"{family:14} {total} questions, most frequent answer {100 * top / total:.0f} %")
    for form in FORMS:
        before, after = split_prompt(form, "Q?", 2, 3)
        assert before.count("<|image_pad|>") == 2 and after.endswith("<|im_end|>\n<|im_start|>assistant\n")
        assert after.count("<|endoftext|>") == (3 if form in ("latent", "release") else 0)


def check_drawing(scene):
    """Solid objects have their colour at the centre, and the merged token there is theirs."""
    pixels, owners = draw_scene({**scene, "noise": 0}), token_owners(scene)
    assert pixels.shape == (scene["height"], scene["width"], 3)
    for i, thing in enumerate(scene["objects"]):
        x, y = int(thing["x"]), int(thing["y"])
        if thing["fill"] == "solid":
            assert np.abs(pixels[y, x].astype(int) - _RGB[thing["colour"]]).max() < 8, (thing, pixels[y, x])
        left, top, right, bottom = box_of(scene, thing)
        assert 0 <= left < right <= scene["width"] and 0 <= top < bottom <= scene["height"]
        owner = owners[y // UNIT * (scene["width"] // UNIT) + x // UNIT]
        assert owner == i or int(scene["objects"][owner]["x"] // UNIT) == x // UNIT, "another object owns the centre"


if __name__ == "__main__":
    main()
