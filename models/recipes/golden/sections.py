"""The sections of the golden numbers that come from a model: features, prompts, readings, dependence, answers, runs."""

from __future__ import annotations

import random

import numpy as np
import torch

from ..world.draw import draw_scene
from ..world.prompts import FORMS, image_text, split_prompt
from ..world.questions import ask
from ..world.scene import sample_scene
from .arrays import coarse, coarse_normal, floats, pixels
from .dmlr import DEFAULTS, TAIL, Dmlr, lay_out, reward
from .image import Picture, patches_of
from .model import Context, ReferenceModel

#: A question about the picture `exact` that the model is unsure of, so that a run has something to find.
QUESTION = "How many orange objects and purple objects are there in total?"
THINK = "<|endoftext|>"
LATENTS = 4
TOP = 10
#: Smallest margin of a decision in a stored run, in reward and in relative attention.
CLEAR = 1e-4
#: Runs besides the default one: every other choice a run has, each in few steps.
VARIANTS = {
    "after-all": {"steps": 2, "layout": "after-all", "scoredRows": "latents-and-end", "rewardForm": "code"},
    "before-each": {"steps": 2, "layout": "before-each", "scoredRows": "latents", "latents": 2, "noiseScale": "absolute", "sigma": 0.02},
    "image-positions": {"steps": 2, "patchPositions": "image", "scoredRows": "latents-and-end", "latents": 3},
    "small-budget": {"steps": 3, "maxPatches": 5, "latents": 3, "startingReward": "zero", "rewardForm": "code", "sigma": 0.5, "learningRate": 0.1},
    "budget-of-each": {"steps": 2, "budgetScope": "latent", "maxPatches": 3, "latents": 2, "initialPatches": 1, "topK": 5},
    "no-patches": {"steps": 2, "initialPatches": 0, "patchesPerStep": 0, "learningRate": 0.1},
    "threshold": {"steps": 4, "startingReward": "zero", "rewardForm": "code", "rewardThreshold": 4.65},
}


def features_of(model: ReferenceModel, item: Picture) -> torch.Tensor:
    return model.features(item.pixel_values, item.grid)


def prompt_text(form: str, question: str, tokens: int) -> str:
    """A form's prompt up to its first think token, or whole for a form without any."""
    before, after = split_prompt(form, question, tokens, LATENTS)
    return (before + after).split(THINK, 1)[0]


def think_context(model: ReferenceModel, item: Picture, question: str = QUESTION, form: str = "latent") -> Context:
    features = features_of(model, item)
    return model.context(prompt_text(form, question, len(features)), item.grid, features)


def prompts_section(model: ReferenceModel, pictures: list[Picture]) -> dict:
    """Token ids and M-RoPE positions of every prompt form on pictures of several shapes, and of a prompt without a picture."""
    cases = []
    for index, form in enumerate([*FORMS, "latent"]):
        item = pictures[index % len(pictures)]
        tokens = item.grid[1] * item.grid[2] // 4
        text = prompt_text(form, QUESTION, tokens)
        context = model.context(text, item.grid)
        cases.append({"form": form, "question": QUESTION, "think": LATENTS, "grid": list(item.grid), "ids": context.ids,
                      "positions": context.positions.tolist(), "nextPosition": context.next_position})
    plain = f"<|im_start|>user\n{QUESTION}<|im_end|>\n<|im_start|>assistant\n"
    context = model.context(plain)
    return {
        "cases": cases,
        "withoutImage": {"text": plain, "ids": context.ids, "positions": context.positions.tolist(), "nextPosition": context.next_position},
        "tail": model.encode(TAIL),
        "image": model.encode(image_text(1)),
        "texts": [{"text": text, "ids": model.encode(text)} for text in
                  (QUESTION, "How many  blue circles?\n\nA) 1\nB) 12", "Où est l'étoile — 星 🌟?", "it's  the red one's", "\\boxed{red}", " \t 345,678")],
    }  # fmt: skip


def readings_section(model: ReferenceModel, item: Picture) -> dict:
    """Logits, hidden states, attention and rewards of two suffixes: bare latents, and moved latents with patches."""
    context = think_context(model, item)
    origin = model.embed([model.token(THINK)] * LATENTS)
    moved = origin + 0.5 * model.embedding_std * torch.from_numpy(np.random.default_rng(3).standard_normal(tuple(origin.shape)).astype(np.float32))
    cases = []
    for name, latents, patches in (("bare", origin, [[], [], [], []]), ("patched", moved, [[3, 17], [5], [], [40, 2, 9]])):
        for layout in ("after-each",) if name == "bare" else ("after-each", "after-all", "before-each"):
            settings = {**DEFAULTS, "layout": layout}
            sequence = lay_out(model, context, latents, patches, settings)
            reading = model.read(context, sequence.embeddings, sequence.positions)
            rows = [*sequence.scored_rows, len(sequence.embeddings) - 1]
            values, ids = reading.logits[rows].topk(TOP, dim=-1)
            log_probabilities = reading.log_probabilities[rows]
            start = context.image_start
            full = layout == "after-each"
            cases.append({
                "name": f"{name}, {layout}", "layout": layout, "patches": patches, "positions": sequence.positions.tolist(),
                "latentRows": sequence.latent_rows, "rows": rows, "topLogits": values, "topIds": ids.tolist(),
                "logits": reading.logits[rows] if full else None, "logSumExp": reading.logits[rows].double().logsumexp(-1),
                "entropy": -(log_probabilities.exp() * log_probabilities).sum(-1), "hidden": reading.hidden[rows] if full else None,
                "attention": reading.attention[sequence.latent_rows, start : start + len(context.features)],
                "rewards": _rewards(model, context, latents, patches, settings, reading),
                "latents": latents if full else None,
            })  # fmt: skip
    return {"picture": item.name, "form": "latent", "question": QUESTION, "prefixLength": len(context.ids), "topK": TOP, "cases": cases}


def _rewards(model, context, latents, patches, settings, reading) -> list[dict]:
    found = []
    for rows in ("block-ends", "latents", "latents-and-end"):
        for form in ("paper", "code"):
            chosen = {**settings, "scoredRows": rows, "rewardForm": form}
            scored = lay_out(model, context, latents, patches, chosen).scored_rows
            found.append({"scoredRows": rows, "rewardForm": form, "rows": scored, "reward": reward(reading, scored, chosen)})
    return found


def dependence_section(model: ReferenceModel, item: Picture, answer: str) -> dict:
    """Log-probabilities of an answer with the picture and with noised ones, after a suffix with inserted patches."""
    context = think_context(model, item)
    latents = model.embed([model.token(THINK)] * LATENTS)
    patches, ids = [[1], [], [4, 7], []], model.encode(answer)
    noise = coarse_normal(np.random.default_rng(11), (2, 3, *item.resized.shape[:2]))
    strength = 1.0

    def score(now: Context) -> list[float]:
        sequence = lay_out(model, now, latents, patches, DEFAULTS)
        return model.score(now, sequence.embeddings, sequence.positions, ids)

    clean = score(context)
    noised = []
    for draw in noise:
        values = item.resized.astype(np.float64) / 255 + strength * draw.transpose(1, 2, 0)
        noised.append(score(context.with_features(model.features(patches_of(values), item.grid))))
    dependence = np.array(clean) - np.array(noised).mean(axis=0)
    return {"picture": item.name, "question": QUESTION, "answer": answer, "ids": ids, "patches": patches, "strength": strength,
            "noise": coarse(noise, 1 / 32), "withImage": clean, "withNoise": noised, "dependence": dependence.tolist()}


def answer_scenes(count: int, seed: int = 9000) -> list[tuple[np.ndarray, dict]]:
    """Pictures with one question each, the families in turn."""
    found = []
    families = ("colour", "count", "existence", "relation", "extreme", "shape", "nearest", "two_hop")
    while len(found) < count:
        seed += 1
        generator = random.Random(seed)
        scene = {**sample_scene(generator, sides=(168, 168) if seed % 3 else (196, 168)), "noise": 0}
        item = ask(generator, scene, families[len(found) % len(families)])
        if item:
            found.append((draw_scene(scene), item))
    return found


def greedy_answer(model: ReferenceModel, form: str, question: str, picture: np.ndarray) -> tuple[list[int], list[float]]:
    """The greedy answer of a prompt form to a question about a picture that needs no resize; think tokens untouched, no patches."""
    item = Picture("", picture, picture, 0, 0)
    features = features_of(model, item)
    context = model.context(prompt_text(form, question, len(features)), item.grid, features)
    if form == "latent":
        sequence = lay_out(model, context, model.embed([model.token(THINK)] * LATENTS), [[]] * LATENTS, DEFAULTS)
        return model.greedy(context, sequence.embeddings, sequence.positions, 48)
    shorter = Context(context.ids[:-1], context.embeddings[:-1], context.positions[:, :-1], context.image_start, features)
    return model.greedy(shorter, context.embeddings[-1:], context.positions[:, -1:], 48)


def answers_section(model: ReferenceModel, count: int, *, with_pictures: bool = True) -> dict:
    """Greedy answers of the three short forms."""
    cases = []
    for picture, item in answer_scenes(count):
        answers = {}
        for form in ("direct", "cot", "latent"):
            ids, values = greedy_answer(model, form, item["question"], picture)
            answers[form] = {"ids": ids, "text": model.decode(ids), "logprobs": floats(np.array(values))}
        case = {"family": item["family"], "question": item["question"], "answer": item["answer"], "answers": answers}
        cases.append({**case, "picture": pixels(picture)} if with_pictures else case)
    return {"think": LATENTS, "cases": cases}


def runs_section(model: ReferenceModel, item: Picture, names: list[str]) -> dict:
    """Whole DMLR runs on stored noise; `default` is the one with the app's defaults.

    Noise is drawn again until no decision of the run is close, so that rounding cannot send another machine another way.
    """
    context = think_context(model, item)
    runs = {}
    for index, name in enumerate(names):
        settings = {} if name == "default" else VARIANTS[name]
        chosen = {**DEFAULTS, **settings}
        shape = (chosen["steps"], chosen["latents"], context.embeddings.shape[1])
        for seed in range(1000 * index, 1000 * index + 40):
            noise = coarse_normal(np.random.default_rng(seed), shape)
            run = Dmlr(model, context, settings)
            trajectory = run.run(torch.from_numpy(noise))
            if run.reward_margin >= CLEAR and run.attention_margin >= CLEAR:
                break
        else:
            raise ArithmeticError(f"No noise gives the run {name!r} clear decisions (last: {run.reward_margin}, {run.attention_margin}).")
        runs[name] = {"settings": chosen, "noise": coarse(noise, 1 / 32), **trajectory}
    return {"picture": item.name, "form": "latent", "question": QUESTION, "runs": runs}
