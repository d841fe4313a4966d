"""Writes a dataset of pictures and questions: python -m recipes.world.dataset --out FOLDER --split standard --pictures 100 --seed 1."""

import argparse
import json
import random
from pathlib import Path

from PIL import Image

from .draw import box_of, draw_scene
from .questions import as_multiple_choice, ask
from .scene import sample_scene
from .vocabulary import FAMILIES, WORLD


def with_boxes(scene):
    """The scene's objects with their bounding boxes [left, top, right, bottom] in pixels."""
    return [{**thing, "box": box_of(scene, thing)} for thing in scene["objects"]]


def write_picture(scene, path):
    """Draws a scene into a PNG file."""
    Image.fromarray(draw_scene(scene)).save(path, optimize=True)


def make_split(folder, split, pictures, seed, choice=0.25):
    """Writes `pictures` PNG files and `<split>.json`: a list in the release's form plus the world's extra fields.

    Every entry has idx, image_path (relative to the folder), prompt (question with options), solution, and family, options,
    steps (the rationale in order), focus (indexes of the objects that matter), objects with boxes, scene.
    """
    folder = Path(folder)
    (folder / split).mkdir(parents=True, exist_ok=True)
    rng = random.Random(f"dataset/{split}/{seed}")
    entries, hard = [], split == "hard"
    for number in range(pictures):
        scene = sample_scene(rng, split, held_out=hard)
        image = f"{split}/{number:05d}.png"
        write_picture(scene, folder / image)
        for family in FAMILIES:
            item = ask(rng, scene, family, held_out=hard)
            if not item:
                continue
            if rng.random() < choice:
                item = as_multiple_choice(rng, item)
            entries.append({
                "idx": len(entries), "image_path": image, "prompt": item["question"], "solution": item["answer"],
                "family": family, "options": item["options"], "steps": item["steps"], "focus": item["focus"],
                "objects": with_boxes(scene), "scene": scene,
            })  # fmt: skip
    (folder / f"{split}.json").write_text(json.dumps(entries, indent=1) + "\n")
    return entries


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--out", required=True)
    p.add_argument("--split", choices=sorted(WORLD["splits"]), default="standard")
    p.add_argument("--pictures", type=int, default=100)
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args()
    entries = make_split(args.out, args.split, args.pictures, args.seed)
    print(f"{args.pictures} pictures, {len(entries)} questions in {args.out}/{args.split}.json")


if __name__ == "__main__":
    main()
