"""Makes the page's sample pictures with suggested questions: python -m recipes.world.samples (writes public/samples/)."""

import argparse
import json
import random
from pathlib import Path

from .dataset import with_boxes, write_picture
from .questions import as_multiple_choice, ask
from .scene import sample_scene
from .vocabulary import FAMILIES, ROOT

# Split and (width, height) of every sample: sizes differ on purpose, to exercise non-square grids.
PLAN = [
    ("standard", (168, 168)), ("standard", (224, 168)), ("standard", (196, 252)), ("standard", (224, 224)),
    ("hard", (224, 224)), ("hard", (280, 196)), ("hard", (252, 252)), ("hard", (280, 280)),
]  # fmt: skip
PER_PICTURE = 7


def suggest(rng, scene, held_out):
    """Questions of different families with gold answers, the last one as multiple choice."""
    families = rng.sample(FAMILIES, len(FAMILIES))
    families.sort(key=lambda family: family not in ("two_hop", "relation", "sum"))  # the interesting ones come first
    items = [item for family in families if (item := ask(rng, scene, family, held_out))][:PER_PICTURE]
    items[-1] = as_multiple_choice(rng, items[-1])
    keys = ("family", "question", "options", "answer", "steps", "focus")
    return [{key: item[key] for key in keys} for item in items]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--out", type=Path, default=ROOT / "public/samples")
    p.add_argument("--seed", type=int, default=7)
    args = p.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(f"samples/{args.seed}")
    index = []
    for number, (split, sides) in enumerate(PLAN, 1):
        held_out = split == "hard"
        scene = sample_scene(rng, split, (4, 5) if split == "standard" else (6, 8), sides, held_out)
        file = f"{split}-{number}.png"
        write_picture(scene, args.out / file)
        index.append({
            "file": file, "width": scene["width"], "height": scene["height"], "split": split,
            "questions": suggest(rng, scene, held_out), "objects": with_boxes(scene), "scene": scene,
        })  # fmt: skip
    about = "Sample pictures of the embedded model's world, made by models/recipes/world/samples.py; answers are the gold answers."
    (args.out / "index.json").write_text(json.dumps({"about": about, "seed": args.seed, "samples": index}, indent=1) + "\n")


if __name__ == "__main__":
    main()
