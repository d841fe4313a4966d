"""Noun phrases over a scene: descriptions that fit exactly one object, class plurals, articles, positions in words."""

from .vocabulary import FILL_WORD, PLURAL

_ORDER = ("size", "fill", "colour", "shape")


def phrase(description):
    """'large outlined red star' from {'size': 'large', ...}; a missing shape reads 'object'."""
    words = [FILL_WORD[description[k]] if k == "fill" else description[k] for k in _ORDER[:3] if k in description]
    return " ".join([*words, description.get("shape", "object")])


def plural(description):
    """'red stars', 'outlined objects' and the like."""
    words = [FILL_WORD[description[k]] if k == "fill" else description[k] for k in _ORDER[:3] if k in description]
    return " ".join([*words, PLURAL[description["shape"]] if "shape" in description else "objects"])


def with_article(text):
    """'a red star', 'an orange star'."""
    return ("an " if text[0] in "aeiou" else "a ") + text


def matching(scene, description):
    """Indexes of the objects that fit a description."""
    return [
        i for i, thing in enumerate(scene["objects"]) if all(thing[key] == value for key, value in description.items())
    ]


def describe(thing, keys=("colour", "shape")):
    """The description of an object by some of its attributes."""
    return {key: thing[key] for key in keys}


def name(thing):
    """The short name used in answers and steps: 'red star'."""
    return phrase(describe(thing))


def unique_description(rng, scene, index, leave_out=()):
    """A description that fits object `index` alone, without the attributes in `leave_out`; None if there is none.

    Colour and shape together are preferred; size and fill come in when they are needed.
    """
    thing = scene["objects"][index]
    tiers = [
        [("colour", "shape")] * 3 + [("shape",), ("colour",)],
        [("size", "shape"), ("fill", "shape"), ("size", "colour", "shape"), ("fill", "colour", "shape")]
        + [("size", "colour"), ("fill", "colour")],
        [("size", "fill", "colour", "shape"), ("size", "fill", "shape"), ("size", "fill", "colour")],
    ]
    for tier in tiers:
        fitting = [
            keys
            for keys in tier
            if not set(keys) & set(leave_out) and matching(scene, describe(thing, keys)) == [index]
        ]
        if fitting:
            return describe(thing, rng.choice(fitting))
    return None


def cell(scene, thing):
    """Where an object's centre lies on a ten by ten grid, as (column, row), each 0..9."""
    return min(9, int(10 * thing["x"] / scene["width"])), min(9, int(10 * thing["y"] / scene["height"]))


def place(scene, thing):
    """'red star at (3,5).': a step that names an object and says where it is."""
    column, row = cell(scene, thing)
    return f"{name(thing)} at ({column},{row})."


def left_to_right(scene, indexes):
    """Indexes ordered by the objects' x, the order in which steps and captions list them."""
    return sorted(indexes, key=lambda i: (scene["objects"][i]["x"], scene["objects"][i]["y"]))
