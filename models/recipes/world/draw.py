"""Draws a scene with Pillow (supersampled) and measures the boxes and merged tokens its objects cover."""

import math

import numpy as np
from PIL import Image, ImageDraw

from .scene import object_radius
from .vocabulary import UNIT, WORLD

_SHAPES = {s["name"]: s for s in WORLD["shapes"]}
_RGB = {c["name"]: tuple(c["rgb"]) for c in WORLD["colours"]}
_INNER = {f["name"]: f.get("innerScale") for f in WORLD["fills"]}
_BACKGROUNDS = {b["name"]: b for b in WORLD["backgrounds"]}
_SUPER = 2
_backdrops = {}


def outline_points(scene, thing, factor=1.0):
    """Vertices in pixels [(x, y)] of a polygon object, turned and scaled; `factor` shrinks it about its centre."""
    radius = object_radius(scene, thing) * factor
    turn = math.radians(thing["rotation"])
    c, s = math.cos(turn) * radius, math.sin(turn) * radius
    return [(thing["x"] + x * c - y * s, thing["y"] + x * s + y * c) for x, y in _SHAPES[thing["shape"]]["vertices"]]


def box_of(scene, thing):
    """Bounding box [left, top, right, bottom] in pixels, one decimal."""
    if _SHAPES[thing["shape"]]["kind"] == "disc":
        r = object_radius(scene, thing)
        corners = [(thing["x"] - r, thing["y"] - r), (thing["x"] + r, thing["y"] + r)]
    else:
        corners = outline_points(scene, thing)
    xs, ys = zip(*corners)
    return [round(v, 1) for v in (min(xs), min(ys), max(xs), max(ys))]


def backdrop(name, width, height):
    """Background as a float32 array [height, width, 3] in 0..255 (cached: it depends on nothing random)."""
    key = (name, width, height)
    if key not in _backdrops:
        spec = _BACKGROUNDS[name]
        y, x = np.mgrid[0:height, 0:width].astype(np.float32) + 0.5
        start = np.array(spec["from"], np.float32)
        if spec["kind"] == "plain":
            mix = np.zeros_like(x)
        elif spec["kind"] == "checks":
            mix = (np.floor(x / spec["period"]) + np.floor(y / spec["period"])) % 2
        else:
            turn = math.radians(spec["angle"])
            dx, dy = math.cos(turn), math.sin(turn)
            along = x * dx + y * dy
            if spec["kind"] == "stripes":
                mix = np.floor(2 * along / spec["period"]) % 2
            else:
                mix = along / (width * abs(dx) + height * abs(dy))
        end = np.array(spec.get("to", spec["from"]), np.float32)
        _backdrops[key] = start + mix[..., None] * (end - start)
    return _backdrops[key]


def draw_scene(scene):
    """Renders a scene to a uint8 array [height, width, 3]; noise is seeded by the scene."""
    width, height = scene["width"], scene["height"]
    picture = Image.fromarray(np.round(backdrop(scene["background"], width, height)).astype(np.uint8))
    for thing in scene["objects"]:
        _draw_object(picture, scene, thing)
    pixels = np.asarray(picture)
    if scene.get("noise"):
        grain = np.random.default_rng(scene["seed"]).standard_normal(pixels.shape, dtype=np.float32)
        pixels = np.clip(pixels + grain * scene["noise"] + 0.5, 0, 255).astype(np.uint8)
    return pixels


def _draw_object(picture, scene, thing):
    """Pastes one object through a supersampled mask of its own, so that an outline shows what lies behind it."""
    reach = math.ceil(object_radius(scene, thing) * 1.2) + 1
    left, top = math.floor(thing["x"]) - reach, math.floor(thing["y"]) - reach
    mask = Image.new("L", (2 * reach * _SUPER, 2 * reach * _SUPER), 0)
    pen = ImageDraw.Draw(mask)
    _fill(pen, scene, thing, left, top, 1.0, 255)
    inner = _INNER[thing["fill"]]
    if inner:
        _fill(pen, scene, thing, left, top, inner, 0)
    picture.paste(_RGB[thing["colour"]], (left, top), mask.reduce(_SUPER))


def _fill(pen, scene, thing, left, top, factor, value):
    if _SHAPES[thing["shape"]]["kind"] == "disc":
        r = object_radius(scene, thing) * factor * _SUPER
        x, y = (thing["x"] - left) * _SUPER, (thing["y"] - top) * _SUPER
        pen.ellipse((x - r, y - r, x + r, y + r), fill=value)
    else:
        points = outline_points(scene, thing, factor)
        pen.polygon([((x - left) * _SUPER, (y - top) * _SUPER) for x, y in points], fill=value)


def token_owners(scene):
    """Which object lies under every merged token: int array [height/28 * width/28], -1 for background.

    An object owns the cell of its centre and every cell that its box fills by a sixth or more.
    """
    rows, columns = scene["height"] // UNIT, scene["width"] // UNIT
    owner = np.full((rows, columns), -1, np.int64)
    best = np.full((rows, columns), UNIT * UNIT / 6.0)
    for index, thing in enumerate(scene["objects"]):
        left, top, right, bottom = box_of(scene, thing)
        xs = np.arange(columns) * UNIT
        ys = np.arange(rows) * UNIT
        across = np.clip(np.minimum(right, xs + UNIT) - np.maximum(left, xs), 0, None)
        down = np.clip(np.minimum(bottom, ys + UNIT) - np.maximum(top, ys), 0, None)
        area = down[:, None] * across[None]
        area[int(thing["y"] // UNIT), int(thing["x"] // UNIT)] += 2 * UNIT * UNIT
        wins = area > best
        owner[wins], best[wins] = index, area[wins]
    return owner.reshape(-1)
