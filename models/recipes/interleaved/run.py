"""Trains by the staged curriculum: python -m recipes.interleaved --config FILE --start CHECKPOINT --save-path DIR --name NAME.

Run the same command again to go on where it stopped.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import time
from pathlib import Path

import torch

from ..train.checkpoint import load_checkpoint, save_checkpoint
from ..train.config import load_recipe
from ..train.optimiser import build_optimisers
from .config import load_curriculum, stage_of, value_at
from .items import question, rationale, sample_items
from .learn import losses
from .pool import Pool, side_of
from .think import Rules


class Run:
    """A run's model, optimisers and place in the curriculum; everything drawn depends on seed and step alone."""

    def __init__(self, rules, args):
        torch.manual_seed(rules["seed"])
        self.rules, self.folder, self.step, self.spent = rules, args.save_path / args.name, 0, 0.0
        self.folder.mkdir(parents=True, exist_ok=True)
        state = self.folder / "state.pt"
        self.model, self.tokenizer = load_checkpoint(args.start)
        self.model.train()
        self.model.model.visual.requires_grad_(False)
        if rules["lora"]:
            adapt(self.model, rules["lora"])
        self.optimisers = build_optimisers(self.model, torch.nn.Module(), rules)
        if state.exists():
            self.resume(state)
        self.pool = Pool(self.model, {**rules["pool"], "seed": rules["seed"]}, told=self.note_pictures)
        self.steps_per_epoch = rules["pictures_per_epoch"] // (rules["batch_size_training"] * rules["gradient_accumulation_steps"])
        self.last = rules["num_epochs"] * self.steps_per_epoch

    def note_pictures(self, made):
        if made % 2048 == 0:
            print(f"{made} pictures drawn and encoded", flush=True)

    @property
    def epoch(self):
        return self.step // self.steps_per_epoch

    def resume(self, path):
        state = torch.load(path, weights_only=True)
        if state["rules"] != json.dumps(self.rules, sort_keys=True):
            raise SystemExit(f"{path} was made with another configuration; choose another --name.")
        self.model.load_state_dict(state["model"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"]):
            optimiser.load_state_dict(saved)
        self.step, self.spent = state["step"], state["spent"]

    def save(self):
        path = self.folder / "state.pt"
        torch.save({
            "rules": json.dumps(self.rules, sort_keys=True), "model": self.model.state_dict(), "step": self.step, "spent": self.spent,
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
        }, path.with_suffix(".writing"))  # fmt: skip
        os.replace(path.with_suffix(".writing"), path)

    def export(self, name):
        """Writes a Hub folder of the weights as they are."""
        r = self.rules
        model = merged(self.model) if r["lora"] else self.model
        model.config.interleaved_latent = r["max_latent_stage"] and {
            "steps": r["max_latent_stage"], "patches": r["patches"], "order": r["order"], "reuse": r["reuse"], "positions": "model",
        }  # fmt: skip
        told = {
            "pictures": self.step * r["batch_size_training"] * r["gradient_accumulation_steps"], "steps": self.step, "seed": r["seed"],
            "recipe": r["recipe"],
        }  # fmt: skip
        save_checkpoint(self.folder / name, model, self.tokenizer, load_recipe(), told)

    def batch(self, part):
        """One batch: (form, sides, features, questions, latent steps, blind, foreign)."""
        r = self.rules
        rng = random.Random(f"{r['seed']}/{self.step}/{part}")
        stage = stage_of(r, self.epoch)
        direct = rng.random() < r["direct_share"]
        steps = 0 if direct else stage if rng.random() >= r["earlier_stages"] else rng.randint(0, stage)
        form = "direct" if direct else "cot"
        scenes, features = self.pool.draw(rng, r["batch_size_training"])
        questions = []
        for scene in scenes:
            items = sample_items(rng, scene, r["questions"], r["family_weights"], r["choice_share"])
            items = (items * r["questions"])[: r["questions"]]
            questions += [question(self.tokenizer, form, item, [] if direct else rationale(scene, item), steps) for item in items]
        blind = None
        if steps:
            share = value_at(r["bottleneck"], self.epoch)
            blind = torch.tensor([rng.random() < share for _ in questions])
        foreign = None
        share = value_at(r["foreign"], self.epoch)
        if steps == r["max_latent_stage"] and share:  # fewer steps do not hold all that an answer takes
            taken = [place for place in range(len(questions)) if not blind[place] and rng.random() < share]
            foreign = list(range(len(questions)))
            for place, other in zip(taken, rng.sample(taken, len(taken))):
                foreign[place] = other
        return form, side_of(scenes[0]), features, questions, steps, blind, foreign

    def learn(self):
        r = self.rules
        latent = Rules(r["patches"], r["order"], r["reuse"], text=True, gradient=r["gradient_through_latents"])
        peak = rate(r, self.step, self.last, self.steps_per_epoch)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * peak
        values = {}
        for part in range(r["gradient_accumulation_steps"]):
            form, sides, features, questions, steps, blind, foreign = self.batch(part)
            with torch.autocast("cpu", torch.bfloat16, enabled=r["precision"] == "bfloat16"):
                found = losses(self.model, self.tokenizer, form, sides, features, questions, steps, latent, blind, foreign, r["words_weight"])
            weights = {"answer": r["answer_weight"], "steps": 1.0, "words": r["words_weight"]}
            loss = sum(weights[name] * value for name, value in found.items() if name in weights)
            (loss / r["gradient_accumulation_steps"]).backward()
            values |= {f"{name}_{steps if form == 'cot' else 'direct'}": float(value.detach()) for name, value in found.items()}
        torch.nn.utils.clip_grad_norm_([p for p in self.model.parameters() if p.requires_grad], r["clip"])
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.step += 1
        return values

    def log(self, **values):
        line = json.dumps({"step": self.step, "epoch": self.epoch, "stage": stage_of(self.rules, self.epoch), **values})
        print(line, flush=True)
        with open(self.folder / "log.jsonl", "a") as file:
            file.write(line + "\n")


def rate(rules, step, last, each):
    """Share of the peak rate: warm-up, constant, then linear to zero over the last `decay_epochs`."""
    share = min(1.0, (step + 1) / rules["warmup_steps"])
    decay = rules["decay_epochs"] * each
    return share * min(1.0, (last - step) / decay) if decay else share


def adapt(model, lora):
    """Puts LoRA on the decoder's seven projections, in place; embeddings and all else stay as they are."""
    from peft import LoraConfig, inject_adapter_in_model  # only LoRA needs it

    names = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
    config = LoraConfig(r=lora["rank"], lora_alpha=lora["alpha"], lora_dropout=lora["dropout"], target_modules=names)
    inject_adapter_in_model(config, model)
    for name, weight in model.named_parameters():
        weight.requires_grad_("lora_" in name)


def merged(model):
    """A copy of a model that `adapt` changed, with the adapters added to the weights they stand beside."""
    model = copy.deepcopy(model)
    adapted = {name: module for name, module in model.named_modules() if hasattr(module, "base_layer")}
    for name, module in adapted.items():
        module.merge()
        parent, _, last = name.rpartition(".")
        setattr(model.get_submodule(parent), last, module.get_base_layer())
    return model


def main():
    p = argparse.ArgumentParser(prog="python -m recipes.interleaved", description=__doc__)
    p.add_argument("--config", required=True, help="curriculum file (configs/*.json)")
    p.add_argument("--start", required=True, type=Path, help="checkpoint to begin with, or an export with float32 graphs")
    p.add_argument("--save-path", required=True, type=Path)
    p.add_argument("--name", required=True, help="folder of the run in --save-path: state.pt (resumable), log.jsonl, stage-*/, latest/")
    p.add_argument("--seconds", type=float, default=float("inf"), help="stop after this long; the same command goes on")
    p.add_argument("--every", type=float, default=300, help="seconds between two saved states")
    p.add_argument("--threads", type=int, default=1)
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    run = Run(load_curriculum(args.config), args)
    begun = saved = noted = time.time()
    sums, first = {}, run.step
    while run.step < run.last:
        stage = stage_of(run.rules, run.epoch)
        for name, value in run.learn().items():
            sums.setdefault(name, []).append(value)
        now = time.time()
        ended = run.step >= run.last or now - begun > args.seconds
        if now - noted > 30 or ended:
            pictures = (run.step - first) * run.rules["batch_size_training"] * run.rules["gradient_accumulation_steps"]
            run.log(speed=round(pictures / (now - noted), 1), **{k: round(sum(v) / len(v), 4) for k, v in sorted(sums.items())})
            sums, first, noted = {}, run.step, now
        if now - saved > args.every or ended:
            run.save()
            saved = now
        if ended or stage_of(run.rules, run.epoch) != stage:
            run.export("latest" if run.step < run.last and ended else f"stage-{stage}")
        if ended:
            break


if __name__ == "__main__":
    main()
