"""The world's vocabulary, geometry, question templates and prompts, read from the JSON files the page reads too."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
WORLD = json.loads((ROOT / "src/scene/world.json").read_text())
QUESTIONS = json.loads((ROOT / "src/scene/questions.json").read_text())
PROMPTS = json.loads((ROOT / "src/prompts.json").read_text())

SHAPES = [s["name"] for s in WORLD["shapes"]]
COLOURS = [c["name"] for c in WORLD["colours"]]
SIZES = [s["name"] for s in WORLD["sizes"]]
FILLS = [f["name"] for f in WORLD["fills"]]
PLURAL = {s["name"]: s["plural"] for s in WORLD["shapes"]}
RADIUS = {s["name"]: s["radius"] for s in WORLD["sizes"]}
FILL_WORD = {f["name"]: f["word"] for f in WORLD["fills"]}
HELD_OUT = {tuple(pair) for pair in WORLD["heldOut"]}
UNIT = WORLD["sides"]["unit"]
FAMILIES = list(QUESTIONS["families"])
