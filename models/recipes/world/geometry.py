"""Spatial facts of a scene that questions ask about, each None where the answer would be a close call."""

import math

from .scene import object_radius
from .vocabulary import WORLD

AXIS_MARGIN = 0.12
NEAREST_RATIO = 1.2


def side_of(scene, a, b, direction):
    """Whether object a lies in `direction` from b (centres compared on one axis); None within 12 % of the side."""
    axis = direction["axis"]
    gap = (scene["objects"][a][axis] - scene["objects"][b][axis]) * direction["sign"]
    if abs(gap) < AXIS_MARGIN * scene["width" if axis == "x" else "height"]:
        return None
    return gap > 0


def distance(scene, a, b):
    """Distance between two objects' centres in pixels."""
    one, two = scene["objects"][a], scene["objects"][b]
    return math.hypot(one["x"] - two["x"], one["y"] - two["y"])


def nearest(scene, index, among=None):
    """The object nearest to `index` (or among the given ones); None when the runner-up is less than 1.2 times as far."""
    others = [i for i in (range(len(scene["objects"])) if among is None else among) if i != index]
    ranked = sorted(others, key=lambda i: distance(scene, index, i))
    if not ranked:
        return None
    if len(ranked) > 1 and distance(scene, index, ranked[1]) < NEAREST_RATIO * distance(scene, index, ranked[0]):
        return None
    return ranked[0]


def directly(scene, index, direction):
    """The nearest object whose centre lies within 45 degrees of `direction`; None if none, or if it is a close call.

    An object 38 to 52 degrees off the direction makes the question a close call unless it is clearly farther away.
    """
    origin = scene["objects"][index]
    across = "y" if direction["axis"] == "x" else "x"
    inside, doubtful = [], []
    for i, thing in enumerate(scene["objects"]):
        along = (thing[direction["axis"]] - origin[direction["axis"]]) * direction["sign"]
        if i == index or along <= 0:
            continue
        angle = math.degrees(math.atan2(abs(thing[across] - origin[across]), along))
        if angle <= 38:
            inside.append(i)
        elif angle < 52:
            doubtful.append(i)
    found = nearest(scene, index, inside)
    if found is None:
        return None
    limit = NEAREST_RATIO * distance(scene, index, found)
    return None if any(distance(scene, index, i) < limit for i in doubtful) else found


def extreme(scene, word):
    """The object a superlative names ('leftmost', ..., 'largest', 'smallest'); None when it is not clear-cut."""
    things = scene["objects"]
    if len(things) < 2:
        return None
    if word in ("largest", "smallest"):
        size = "large" if word == "largest" else "small"
        found = [i for i, thing in enumerate(things) if thing["size"] == size]
        return found[0] if len(found) == 1 else None
    direction = next(d for d in WORLD["directions"] if d["extreme"] == word)
    axis = direction["axis"]
    ranked = sorted(range(len(things)), key=lambda i: -things[i][axis] * direction["sign"])
    gap = abs(things[ranked[0]][axis] - things[ranked[1]][axis])
    return ranked[0] if gap >= 0.08 * scene["width" if axis == "x" else "height"] else None


def larger(scene, a, b):
    """Whether object a is drawn with a larger radius than b."""
    return object_radius(scene, scene["objects"][a]) > object_radius(scene, scene["objects"][b])
