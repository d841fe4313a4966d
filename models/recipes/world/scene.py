"""Samples scenes: plain dictionaries {width, height, background, scale, noise, seed, objects} that the page can draw as well."""

import math

from .vocabulary import COLOURS, FILLS, HELD_OUT, RADIUS, SHAPES, SIZES, UNIT, WORLD


def object_radius(scene, thing):
    """Radius in pixels of one object of a scene (its size's radius times the scene's scale)."""
    return RADIUS[thing["size"]] * scene.get("scale", 1.0)


def sample_side(rng, resolution="mixed"):
    """Draws a picture's (width, height) in pixels: multiples of 28 within 168..280, often not square."""
    if resolution == "base":
        return 168, 168
    sides = list(range(WORLD["sides"]["min"], WORLD["sides"]["max"] + 1, UNIT))
    if rng.random() < 0.5:
        side = rng.choice(sides)
        return side, side
    return rng.choice(sides), rng.choice(sides)


def sample_scene(rng, split="standard", objects=None, sides=None, held_out=False):
    """Samples one scene.

    rng: random.Random. split: 'standard' or 'hard' (number of objects, scale and noise come from world.json).
    objects: (fewest, most) to override the split's range. sides: (width, height) in pixels.
    held_out: allow the shape and colour pairs kept out of training; then at least one of them appears.
    """
    if split not in WORLD["splits"]:
        raise ValueError(f"unknown split {split!r}: expected one of {sorted(WORLD['splits'])}")
    rules = WORLD["splits"][split]
    fewest, most = objects or rules["objects"]
    while True:
        width, height = sides or sample_side(rng)
        scene = {
            "width": width,
            "height": height,
            "background": rng.choice(WORLD["backgrounds"])["name"],
            "scale": rules["scale"],
            "noise": round(rng.uniform(0, WORLD["noise"][split]), 2),
            "seed": rng.randrange(2**31),
            "objects": [],
        }
        if _place(rng, scene, rng.randint(fewest, most), held_out):
            return scene


def _place(rng, scene, count, held_out):
    """Adds `count` objects that differ from each other and keep their distance; False when there was no room."""
    # A small palette makes several objects share a shape or a colour, so that counting and binding are not trivial.
    shapes = rng.sample(SHAPES, rng.randint(2, len(SHAPES)))
    colours = rng.sample(COLOURS, rng.randint(2, len(COLOURS)))
    wanted = [rng.choice(sorted(HELD_OUT))] if held_out else []
    kinds = set()
    for _ in range(count * 60):
        if len(scene["objects"]) == count:
            break
        shape, colour = wanted[0] if wanted else (rng.choice(shapes), rng.choice(colours))
        if not held_out and (shape, colour) in HELD_OUT:
            continue
        size, fill = rng.choice(SIZES), rng.choices(FILLS, (2, 1))[0]
        if (shape, colour, size, fill) in kinds:
            continue
        thing = {"shape": shape, "colour": colour, "size": size, "fill": fill}
        reach = object_radius(scene, thing) * 1.12 + WORLD["spacing"]["border"]
        thing["x"] = round(rng.uniform(reach, scene["width"] - reach), 1)
        thing["y"] = round(rng.uniform(reach, scene["height"] - reach), 1)
        if any(_too_close(scene, thing, other) for other in scene["objects"]):
            continue
        thing["rotation"] = round(rng.uniform(-WORLD["maxRotation"], WORLD["maxRotation"]), 1)
        scene["objects"].append(thing)
        kinds.add((shape, colour, size, fill))
        wanted = []
    return len(scene["objects"]) == count


def _too_close(scene, a, b):
    apart = (object_radius(scene, a) + object_radius(scene, b)) * 1.05 + WORLD["spacing"]["gap"]
    return math.hypot(a["x"] - b["x"], a["y"] - b["y"]) < apart
