"""Trains the embedded model: python -m recipes.train --out FOLDER. Run it again to resume; --decay ends the run."""

import argparse
import json
import os
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from .auxiliary import AuxiliaryHeads
from .checkpoint import save_checkpoint
from .config import load_recipe, new_model
from .feeder import batches
from .forward import run, to_tensors
from .optimiser import build_optimisers, factor
from .progress import accuracy, held_out_batches
from .tokenizer import load_tokenizer, train_tokenizer


def parse():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--config", help="recipe file (default: configs/noema-tiny.json)")
    p.add_argument("--out", required=True, type=Path, help="folder of the run: run/ (resumable state, log) and latest/ (Hub folder)")
    p.add_argument("--pictures", type=int, default=10**9, help="stop after this many pictures")
    p.add_argument("--decay", type=int, help="decay the rate to zero over this many pictures from where the run stands, then stop")
    p.add_argument("--every", type=float, default=240, help="seconds between checkpoints and held-out measurements")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seconds", type=float, default=1e12, help="stop after this many seconds")
    return p.parse_args()


class Run:
    """The state of a training run: model, heads, optimisers, counters, and where they are kept."""

    def __init__(self, args):
        self.recipe = load_recipe(args.config)
        self.training = self.recipe["training"]
        self.folder, self.latest = args.out / "run", args.out / "latest"
        self.folder.mkdir(parents=True, exist_ok=True)
        tokens = self.folder / "tokenizer.json"
        if not tokens.exists():
            train_tokenizer(**self.recipe["tokenizer"]).save(str(tokens))
        self.tokenizer = load_tokenizer(self.folder)
        self.model = new_model(self.recipe, self.tokenizer, self.training["seed"])
        self.heads = AuxiliaryHeads(self.model.config.text_config.hidden_size)
        self.optimisers = build_optimisers(self.model, self.heads, self.training)
        self.number, self.decay = 0, None
        state = self.folder / "state.pt"
        if state.exists():
            self._resume(torch.load(state, weights_only=True))

    def _resume(self, saved):
        self.model.load_state_dict(saved["model"])
        self.heads.load_state_dict(saved["heads"])
        for optimiser, state in zip(self.optimisers, saved["optimisers"]):
            peaks = [(g["peak"], g["weight_decay"]) for g in optimiser.param_groups]
            optimiser.load_state_dict(state)
            for group, (peak, decay) in zip(optimiser.param_groups, peaks):
                group["peak"], group["weight_decay"] = peak, decay  # the config file rules, so that a resumed run can be adapted
        self.number, self.decay = saved["number"], saved["decay"]

    @property
    def pictures(self):
        return self.number * self.training["pictures_per_batch"]

    def save(self):
        state = {
            "model": self.model.state_dict(), "heads": self.heads.state_dict(),
            "optimisers": [o.state_dict() for o in self.optimisers], "number": self.number, "decay": self.decay,
        }  # fmt: skip
        torch.save(state, self.folder / "state.pt.writing")
        os.replace(self.folder / "state.pt.writing", self.folder / "state.pt")
        save_checkpoint(self.latest, self.model, self.tokenizer, self.recipe)

    def log(self, **values):
        line = json.dumps({"time": time.strftime("%H:%M:%S"), "pictures": self.pictures, **values})
        print(line, flush=True)
        with open(self.folder / "log.jsonl", "a") as file:
            file.write(line + "\n")

    def learn(self, batch):
        """One optimiser step; returns the losses by name."""
        rate = factor(self.pictures, self.training, self.decay)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * rate
        generator = torch.Generator().manual_seed(self.training["seed"] + self.number)
        batch = to_tensors(batch)
        found, labels, states, features = run(self.model, batch, generator)
        answer = F.cross_entropy(found, labels)
        extra, parts = self.heads(features, states, batch, self.training["auxiliary"])
        (answer + extra).backward()
        weights = [*self.model.parameters(), *self.heads.parameters()]
        norm = torch.nn.utils.clip_grad_norm_(weights, self.training["clip"])
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.number += 1
        return {"answer": answer.item(), "norm": norm.item(), **{k: float(v) for k, v in parts.items()}}


def main():
    args = parse()
    torch.set_num_threads(args.threads)
    state = Run(args)
    if args.decay:
        state.decay = (state.pictures, state.pictures + args.decay)
    stop = state.decay[1] if state.decay else args.pictures
    checks = {form: held_out_batches(state.tokenizer, form, 64, 1) for form in ("direct", "latent")}
    checks["hard"] = held_out_batches(state.tokenizer, "direct", 64, 1, "hard")
    begun = last = noted = time.time()
    sums, steps, before = {}, 0, state.pictures
    for batch in batches(state.folder, state.recipe, state.number):
        form = batch["form"]
        values = state.learn(batch)
        values[f"answer_{form}"] = values.pop("answer")
        for key, value in values.items():
            total, count = sums.get(key, (0.0, 0))
            sums[key] = (total + value, count + 1)
        steps += 1
        now = time.time()
        done = state.pictures >= stop or now - begun > args.seconds
        if now - noted > 30 or done:
            speed = (state.pictures - before) / (now - noted)
            state.log(speed=round(speed, 1), **{k: round(total / count, 4) for k, (total, count) in sorted(sums.items())})
            sums, noted, before = {}, now, state.pictures
        if now - last > args.every or done:
            state.save()
            for name, made in checks.items():
                state.log(check=name, **{k: round(v, 3) for k, v in accuracy(state.model, made).items()})
            last = noted = time.time()
        if done:
            break


if __name__ == "__main__":
    main()
