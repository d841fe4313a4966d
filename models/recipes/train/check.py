"""Checks the fast forward passes against the library, and drafts against the scene: python -m recipes.train.check [checkpoint]."""

import argparse
import random

import torch

from ..world.draw import draw_scene
from ..world.prompts import FORMS, response, split_prompt
from ..world.questions import as_multiple_choice, ask
from ..world.scene import sample_scene
from ..world.tokenizer import train_tokenizer
from ..world.vocabulary import FAMILIES, UNIT
from .batches import finish
from .config import load_recipe, new_model
from .forward import run, to_tensors
from .hints import draft
from .packing import no_thought, pack
from .pixels import processor_layout, to_patches
from .suffix import Prompt


def check_drafts(rng, scenes=300):
    """True drafts imply the item's answer; false ones name another object, count, value or option."""
    for _ in range(scenes):
        scene = sample_scene(rng, "standard")
        for family in FAMILIES:
            plain = ask(rng, scene, family)
            for item in [plain, as_multiple_choice(rng, plain)] if plain else []:
                words, implied = draft(rng, scene, item, True)
                assert implied == item["answer"], (item, words, implied)
                false = draft(rng, scene, item, False)
                assert false is None or false[0] != words, (item, false)


def suffix_difference(model, tokenizer, rng):
    """Largest difference in a reply's log-probability between rows after a cached prompt and the packed forward."""
    scene, worst = sample_scene(rng, "standard", None, (196, 168)), 0.0
    for item in filter(None, (ask(rng, scene, family) for family in FAMILIES[::4])):
        thought = {**no_thought(3), "patches": [[1], [], [5, 2]]}
        prompt = Prompt(model, tokenizer, scene, item)
        ids = torch.tensor(tokenizer.encode(response("latent", item) + "<|im_end|>").ids)
        with torch.no_grad():
            found, labels, _, _ = run(model, to_tensors(finish([scene], [pack(tokenizer, "latent", scene, [item], [thought])])))
            packed = found.log_softmax(dim=-1).gather(-1, labels[:, None]).sum()
            worst = max(worst, float((prompt.gold(prompt.start.expand(1, 3, -1), ids, thought["patches"])[0] - packed).abs()))
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", nargs="?", help="Hub folder to check (default: fresh weights)")
    folder = parser.parse_args().checkpoint
    recipe = load_recipe()
    if folder:
        from .checkpoint import load_checkpoint

        model, tokenizer = load_checkpoint(folder)
    else:
        tokenizer = train_tokenizer(**recipe["tokenizer"])
        model = new_model(recipe, tokenizer, 1).eval()
    rng = random.Random(5)
    worst = 0.0
    for form in FORMS:
        sides = rng.choice([(168, 168), (196, 252), (280, 224)])
        scenes = [sample_scene(rng, "standard", None, sides) for _ in range(2)]
        packs, asked = [], []
        for scene in scenes:
            items = [item for family in FAMILIES[::3] if (item := ask(rng, scene, family))]
            think = 3 if form in ("latent", "release") else 0
            packs.append(pack(tokenizer, form, scene, items, [no_thought(think)] * len(items)))
            asked.append((scene, items, think))
        with torch.no_grad():
            found, labels, _, features = run(model, to_tensors(finish(scenes, packs)))
            at = 0
            for number, (scene, items, think) in enumerate(asked):
                pixels = torch.from_numpy(draw_scene(scene))[None]
                grid = torch.tensor([[1, scene["height"] // 14, scene["width"] // 14]])
                values = processor_layout(to_patches(pixels)[0])
                reference = model.model.visual(values, grid_thw=grid).pooler_output
                worst = max(worst, (reference - features[number]).abs().max().item())
                tokens = scene["height"] * scene["width"] // UNIT**2
                for item in items:
                    text = "".join(split_prompt(form, item["question"], tokens, think)) + response(form, item) + "<|im_end|>"
                    ids = torch.tensor([tokenizer.encode(text).ids])
                    kinds = (ids == model.config.image_token_id).int()
                    plain = model(input_ids=ids, pixel_values=values, image_grid_thw=grid, mm_token_type_ids=kinds).logits[0]
                    size = len(tokenizer.encode(response(form, item) + "<|im_end|>").ids)
                    assert labels[at : at + size].tolist() == ids[0, -size:].tolist()
                    worst = max(worst, (plain[-size - 1 : -1] - found[at : at + size]).abs().max().item())
                    at += size
        print(f"{form}: {sides}, largest difference so far {worst:.2e}")
    check_drafts(rng)
    worst = max(worst, suffix_difference(model, tokenizer, rng))
    print(f"rows after a cached prompt: largest difference so far {worst:.2e}")
    if worst > 1e-4:
        raise SystemExit(f"the packed forward differs from the library's by {worst}: expected at most 1e-4")


if __name__ == "__main__":
    main()
