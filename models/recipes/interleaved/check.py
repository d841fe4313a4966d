"""Holds the latent steps to whole passes of the library's model: python -m recipes.interleaved.check [CHECKPOINT].

What is read row by row behind caches, for several questions at once, must be what the library computes for each whole sequence.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path

import torch

from ..train.checkpoint import load_checkpoint
from ..train.packing import grid_positions
from ..world.prompts import split_prompt
from ..world.questions import ask
from ..world.scene import sample_scene
from ..world.vocabulary import FAMILIES, ROOT, UNIT
from .items import merge, question, rationale
from .learn import losses, padded_replies, reply_logits
from .passes import Prefix
from .pool import features_of, side_of
from .run import adapt, merged
from .think import Rules, read_rows, think

TOLERANCE = 2e-4


@torch.no_grad()
def whole(model, tokenizer, scene, features, ids, rows):
    """(hidden states after the last norm [S, H], attention of the last row over the image, mean over layers and heads [n])."""
    text = model.model.language_model
    height, width = scene["height"] // UNIT, scene["width"] // UNIT
    prefix = tokenizer.encode(split_prompt("cot", "", height * width)[0]).ids
    first = prefix.index(tokenizer.token_to_id("<|image_pad|>"))
    x = text.embed_tokens(torch.tensor(prefix + ids))
    x = torch.cat([x[:first], features, x[first + len(features) :], rows])
    after = first + max(height, width)
    tail = len(x) - first - len(features)
    positions = torch.cat(
        [
            torch.arange(first).expand(3, -1),
            torch.from_numpy(grid_positions(first, height, width)),
            torch.arange(after, after + tail).expand(3, -1),
        ],
        dim=1,
    )
    out = text(inputs_embeds=x[None], position_ids=positions[:, None], output_attentions=True)
    seen = torch.stack([layer[0, :, -1].mean(0) for layer in out.attentions]).mean(0)
    return out.last_hidden_state[0], seen[first : first + len(features)]


def compare(model, tokenizer, rng, rules, steps):
    """Largest differences in h, in the reply's logits, and the number of picks that differ by more than a tie."""
    scenes = [sample_scene(rng, "standard", (4, 5), (224, 168)) for _ in range(3)]
    features = features_of(model, scenes)
    items = [item for scene in scenes for item in [ask(rng, scene, family) or ask(rng, scene, "count") for family in ("two_hop", "sum")]]
    owner = [scene for scene in scenes for _ in range(2)]
    questions = [question(tokenizer, "cot", item, rationale(scene, item), 2) for scene, item in zip(owner, items)]
    text = model.model.language_model
    prefix = Prefix(text, tokenizer, "cot", side_of(scenes[0]), features)
    thought = think(text, prefix, features, [q.ids for q in questions], steps, rules)
    ids, _, _ = padded_replies(questions)
    logits = reply_logits(text, prefix, thought, ids)
    far, other, wrong = 0.0, 0.0, 0
    for c, (q, scene) in enumerate(zip(questions, owner)):
        own = features[c // 2]
        rows, picked = torch.zeros(0, own.shape[1]), []
        for step in range(steps):
            hidden, seen = whole(model, tokenizer, scene, own, q.ids, rows)
            far = max(far, float((hidden[-1] - thought.states[step][c].detach()).abs().max() / hidden[-1].abs().max()))
            for token in thought.picks[step][c].tolist() if rules.patches else ():
                barred = {"never": sum(picked, []), "next-step-only": sum(picked[-1:], []), "always": []}[rules.reuse]
                left = [s for s in range(len(own)) if s not in barred]
                least = sorted((float(seen[s]) for s in left), reverse=True)[rules.patches - 1]
                wrong += float(seen[token]) < least - 1e-6 or token in barred
            picked.append(thought.picks[step][c].tolist() if rules.patches else [])
            rows = torch.cat([rows, thought.rows[step][c].detach()])
        reply = text.embed_tokens(torch.tensor(q.reply))
        hidden, _ = whole(model, tokenizer, scene, own, q.ids, torch.cat([rows, reply[:-1]]))
        expected = model.lm_head(hidden[-len(q.reply) :])
        other = max(other, float((expected - logits[c, : len(q.reply)].detach()).abs().max() / expected.abs().max()))
    return far, other, wrong


def check_bottleneck(model, tokenizer, rng):
    """Change of the reply's logits when, after the latent rows, the prefix is that of another picture: (blind, seeing)."""
    scenes = [sample_scene(rng, "standard", (4, 5), (168, 168)) for _ in range(2)]
    features = features_of(model, scenes)
    questions = [question(tokenizer, "cot", ask(rng, scene, "count"), [], 1) for scene in scenes]
    text = model.model.language_model
    ids, _, _ = padded_replies(questions)
    own, other = (Prefix(text, tokenizer, "cot", (168, 168), picture) for picture in (features, features.flip(0)))
    thought = think(text, own, features, [q.ids for q in questions], 1, Rules())
    read_rows(text, own, thought, thought.waiting)
    thought.waiting = None
    changes = []
    for blind in (True, False):
        said = [reply_logits(text, prefix, thought, ids, torch.tensor([blind, blind]))[:, 1:] for prefix in (own, other)]
        changes.append(float((said[0] - said[1]).detach().abs().max()))
    return changes


def check_adapters(model, tokenizer):
    """(largest difference of logits between adapters and the same merged, between them and no adapters), of the size of the logits."""
    ids = torch.tensor([tokenizer.encode("What colour is the object nearest to the small red star?").ids])
    with torch.no_grad():
        plain = model(input_ids=ids).logits
        adapt(model, {"rank": 8, "alpha": 4, "dropout": 0.0})
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight, std=0.05)
        own, joined = model(input_ids=ids).logits, merged(model)(input_ids=ids).logits
    return [float((own - other).abs().max() / own.abs().max()) for other in (joined, plain)]


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "public/models/noema-tiny"
    model, tokenizer = load_checkpoint(folder)
    model.set_attn_implementation("eager")
    failed = 0

    def report(name, good, told):
        nonlocal failed
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {name}: {told}")

    told = [merge(list("abcdefg"[:n])) for n in (1, 2, 3, 4, 7)]
    report("steps merge into three, the rest to the first", [len(t) for t in told] == [1, 2, 3, 3, 3] and told[4] == ["a b c", "d e", "f g"], told[4])
    rng = random.Random(5)
    for order in ("release", "paper"):
        for reuse in ("never", "next-step-only", "always"):
            far, other, wrong = compare(model, tokenizer, rng, Rules(3, order, reuse), 3)
            report(f"{order}, reuse {reuse}", far < TOLERANCE and other < TOLERANCE and not wrong, f"h {far:.1e}, logits {other:.1e}, other picks {wrong}")
    for name, rules in (("no image tokens", Rules(patches=0)), ("no hidden state", Rules(3, text=False))):
        far, other, wrong = compare(model, tokenizer, rng, rules, 2)
        report(name, far < TOLERANCE and other < TOLERANCE and not wrong, f"h {far:.1e}, logits {other:.1e}")
    blind, seeing = check_bottleneck(model, tokenizer, rng)
    report("the bottleneck hides the picture", blind == 0 and seeing > 0, f"logits move by {blind:.1e} blind, {seeing:.1e} seeing")
    scenes = [sample_scene(rng, "standard", (4, 5), (168, 168)) for _ in range(2)]
    features = features_of(model, scenes)
    questions = [question(tokenizer, "cot", ask(rng, s, "count"), rationale(s, ask(rng, s, "count")), 3) for s in scenes]
    for gradient in (True, False):
        model.zero_grad()
        text = model.model.language_model
        prefix = Prefix(text, tokenizer, "cot", (168, 168), features)
        thought = think(text, prefix, features, [q.ids for q in questions], 3, Rules(gradient=gradient))
        thought.states[0].retain_grad()
        ids, _, answer = padded_replies(questions)
        chosen = reply_logits(text, prefix, thought, ids).log_softmax(-1).gather(-1, ids[..., None])[..., 0]
        (chosen * answer).sum().backward()
        found = thought.states[0].grad
        report(f"gradient {'flows' if gradient else 'is cut'} at h", (found is not None and bool(found.abs().max() > 0)) == gradient, "ok")
    if importlib.util.find_spec("peft"):
        apart, moved = check_adapters(model.eval(), tokenizer)  # the last: it changes the model
        report("adapters merge into the weights", apart < TOLERANCE < moved, f"logits differ by {apart:.1e} merged, {moved:.1e} without")
    else:
        print("left out: adapters, for which peft is needed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
