"""Trains the embedded model: python -m recipes.train --out FOLDER. Run it again to resume; --decay ends the run in good order."""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F

from ..world.tokenizer import load_tokenizer, train_tokenizer
from .auxiliary import AuxiliaryHeads
from .checkpoint import load_checkpoint, save_checkpoint
from .config import load_recipe, new_model
from .feeder import batches
from .forward import run, thought_loss, to_tensors
from .optimiser import build_optimisers, factor
from .progress import accuracy, held_out_batches


def parse():
    p = argparse.ArgumentParser(prog="python -m recipes.train", description=__doc__)
    p.add_argument("--config", help="recipe file (default: configs/noema-tiny.json)")
    p.add_argument("--out", required=True, type=Path, help="folder of the run: run/ (resumable state, log) and latest/ (Hub folder)")
    p.add_argument("--start", type=Path, help="checkpoint to begin a new run with, instead of fresh weights")
    p.add_argument("--pictures", type=int, default=10**9, help="stop after this many pictures")
    p.add_argument("--decay", type=int, help="decay the rate to zero over this many pictures from where the run stands, then stop")
    p.add_argument("--every", type=float, default=240, help="seconds between checkpoints and held-out measurements")
    p.add_argument("--threads", type=int, default=1, help="threads of each process (the config sets the number of processes)")
    p.add_argument("--seconds", type=float, default=1e12, help="stop after this many seconds")
    p.add_argument("--request", help="steer a run that is going on, then leave: decay=PICTURES or stop")
    return p.parse_args()


def request(folder, words):
    """Leaves a request where the live run looks after every step: 'stop' (after a checkpoint) or 'decay=PICTURES'."""
    if words != "stop" and not (words.startswith("decay=") and words[6:].isdigit()):
        raise ValueError(f"unknown request {words!r}: expected 'stop' or 'decay=PICTURES'")
    (folder / "request.writing").write_text(words)
    os.replace(folder / "request.writing", folder / "request")


def take_request(folder):
    """[stop (0 or 1), pictures to decay over or 0] as asked since the last call."""
    try:
        words = (folder / "request").read_text()
        (folder / "request").unlink()
    except FileNotFoundError:
        return [0, 0]
    return [1, 0] if words == "stop" else [0, int(words.removeprefix("decay="))]


class Run:
    """The state of a training run: model, heads, optimisers, counters, and where they are kept."""

    def __init__(self, args, rank):
        self.rank = rank
        self.recipe = load_recipe(args.config)
        self.training = self.recipe["training"]
        self.folder, self.latest = args.out / "run", args.out / "latest"
        self.folder.mkdir(parents=True, exist_ok=True)
        tokens = self.folder / "tokenizer.json"
        if rank == 0 and not tokens.exists():
            made = load_tokenizer(args.start) if args.start else train_tokenizer(**self.recipe["tokenizer"])
            made.save(str(tokens))
        dist.barrier()
        self.tokenizer = load_tokenizer(self.folder)
        self.model = new_model(self.recipe, self.tokenizer, self.training["seed"])
        self.heads = AuxiliaryHeads(self.model.config.text_config.hidden_size)
        if args.start:
            self.model.load_state_dict(load_checkpoint(args.start)[0].state_dict())
        for part in self.training.get("frozen", ()):
            self.model.model.get_submodule(part).requires_grad_(False)
        self.optimisers = build_optimisers(self.model, self.heads, self.training)
        self.step, self.pictures, self.decay = 0, 0, None
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
        self.step, self.pictures, self.decay = saved["step"], saved["pictures"], saved["decay"]

    def save(self):
        state = {
            "model": self.model.state_dict(), "heads": self.heads.state_dict(),
            "optimisers": [o.state_dict() for o in self.optimisers], "step": self.step, "pictures": self.pictures, "decay": self.decay,
        }  # fmt: skip
        torch.save(state, self.folder / "state.pt.writing")
        os.replace(self.folder / "state.pt.writing", self.folder / "state.pt")
        finished = bool(self.decay) and self.pictures >= self.decay[1]
        told = {"pictures": self.pictures, "steps": self.step, "seed": self.training["seed"], "finished": finished}
        save_checkpoint(self.latest, self.model, self.tokenizer, self.recipe, told)

    def log(self, **values):
        line = json.dumps({"time": time.strftime("%H:%M:%S"), "pictures": self.pictures, **values})
        print(line, flush=True)
        with open(self.folder / "log.jsonl", "a") as file:
            file.write(line + "\n")

    def _average(self, weights):
        """Averages the gradients over the processes (in one piece: one wait a step, however busy the machine is)."""
        grads = [w.grad if w.grad is not None else torch.zeros_like(w) for w in weights]
        flat = torch._utils._flatten_dense_tensors(grads)
        dist.all_reduce(flat)
        flat /= self.training["processes"]
        for weight, grad in zip(weights, torch._utils._unflatten_dense_tensors(flat, grads)):
            weight.grad = grad

    def learn(self, batch):
        """One optimiser step; returns the losses by name."""
        rate = factor(self.pictures, self.training, self.decay)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * rate
        generator = torch.Generator().manual_seed(self.training["seed"] + 2 * self.step + self.rank)
        batch = to_tensors(batch)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training["precision"] == "bfloat16"):
            rules = self.training.get("ascent")
            rules = rules if rules and torch.rand((), generator=generator) < rules["share"] else None
            found, labels, states, features = run(self.model, batch, generator, rules)
            thought = thought_loss(self.model, batch, states)
        answer = F.cross_entropy(found, labels)
        extra, parts = self.heads(features, states, batch, self.training["auxiliary"]) if self.training["auxiliary"] else (0.0, {})
        if thought is not None:
            extra = extra + self.training["think"]["answer_weight"] * thought
            parts["thought"] = thought
        (answer + extra).backward()
        weights = [*(w for w in self.model.parameters() if w.requires_grad), *(self.heads.parameters() if self.training["auxiliary"] else ())]
        self._average(weights)
        norm = torch.nn.utils.clip_grad_norm_(weights, self.training["clip"])
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.step += 1
        self.pictures += self.training["pictures_per_batch"] * self.training["processes"]
        return {"answer": answer.item(), "norm": norm.item(), **{k: v.item() for k, v in parts.items()}}


def work(rank, args, meeting):
    """One process of a run: learns its share of every step; rank 0 also measures, logs and saves."""
    torch.set_num_threads(args.threads)
    processes = load_recipe(args.config)["training"]["processes"]
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=processes)
    state = Run(args, rank)
    if args.decay:
        state.decay = (state.pictures, state.pictures + args.decay)
    stop = state.decay[1] if state.decay else args.pictures
    checks = {}
    if rank == 0:
        checks = {form: held_out_batches(state.tokenizer, form, 64, 1) for form in ("direct", "latent")}
        checks["hard"] = held_out_batches(state.tokenizer, "direct", 64, 1, "hard")
    begun = last = noted = time.time()
    sums, before = {}, state.pictures
    for batch in batches(state.folder, state.recipe, rank, state.step, state.pictures):
        values = state.learn(batch)
        values[f"answer_{batch['form']}"] = values.pop("answer")
        for key, value in values.items():
            total, count = sums.get(key, (0.0, 0))
            sums[key] = (total + value, count + 1)
        now = time.time()
        asked = torch.tensor(take_request(state.folder) if rank == 0 else [0, 0])
        asked[0] |= int(state.pictures >= stop or now - begun > args.seconds)
        dist.broadcast(asked, 0)
        ended, pictures_left = asked.tolist()
        if pictures_left:
            state.decay = (state.pictures, state.pictures + pictures_left)
            stop = state.decay[1]
        if rank == 0 and (now - noted > 30 or ended):
            means = {k: round(total / count, 4) for k, (total, count) in sorted(sums.items())}
            state.log(speed=round((state.pictures - before) / (now - noted), 1), **means)
            sums, noted, before = {}, now, state.pictures
        if rank == 0 and (now - last > args.every or ended):
            state.save()
            for name, made in checks.items():
                state.log(check=name, **{k: round(v, 3) for k, v in accuracy(state.model, made).items()})
            last = noted = time.time()
        if ended:
            break
    dist.destroy_process_group()


def main():
    args = parse()
    if args.request:
        return request(args.out / "run", args.request)
    processes = load_recipe(args.config)["training"]["processes"]
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(work, (args, f"{folder}/meeting"), nprocs=processes)
