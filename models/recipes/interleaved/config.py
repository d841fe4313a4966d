"""Reads a curriculum's file and says what holds in an epoch."""

from __future__ import annotations

import json
from pathlib import Path

#: What a file need not say; names of the released code where it has one.
DEFAULTS = {
    "seed": 0, "lora": None, "precision": "bfloat16",
    "num_epochs": 16, "epochs_per_stage": 4, "max_latent_stage": 3, "pictures_per_epoch": 1024,
    "batch_size_training": 8, "gradient_accumulation_steps": 1, "questions": 6,
    "optimiser": "muon", "lr": 0.001, "muon_rate": 0.001, "muon_steps": 5, "weight_decay": 0.01, "betas": [0.9, 0.98], "clip": 0.7,
    "warmup_steps": 20, "decay_epochs": 0,
    "patches": 4, "order": "release", "reuse": "never", "gradient_through_latents": False,
    "direct_share": 0.0, "earlier_stages": 0.0, "choice_share": 0.15, "family_weights": {},
    "bottleneck": {"0": 0.0}, "foreign": {"0": 0.0}, "words_weight": 0.0, "answer_weight": 1.0,
    "pool": {"pictures": 8192, "base_share": 0.5, "crowded_share": 0.4},
}  # fmt: skip


def load_curriculum(path):
    """The curriculum as a dict; `recipe` is its name. Ends with a sentence when the file names what there is not."""
    path = Path(path)
    told = json.loads(path.read_text())
    told.pop("about", None)
    if "extends" in told:
        told = {**json.loads((path.parent / told.pop("extends")).read_text()), **told}
        told.pop("about", None)
    unknown = sorted(set(told) - set(DEFAULTS))
    if unknown:
        raise SystemExit(f"{path} has {', '.join(unknown)}, which no curriculum has; there are {', '.join(sorted(DEFAULTS))}.")
    rules = {**DEFAULTS, **told, "recipe": path.stem}
    if rules["order"] not in ("release", "paper") or rules["reuse"] not in ("never", "next-step-only", "always"):
        raise SystemExit(f"{path}: order is release or paper, reuse is never, next-step-only or always.")
    return {**rules, "learning_rate": rules["lr"]}


def stage_of(rules, epoch):
    """Number of latent steps in an epoch, 0..max_latent_stage."""
    return min(epoch // rules["epochs_per_stage"], rules["max_latent_stage"])


def value_at(table, epoch):
    """The value of the last entry of a table by epoch that has begun."""
    return [value for start, value in sorted(table.items(), key=lambda entry: int(entry[0])) if int(start) <= epoch][-1]
