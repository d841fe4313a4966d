"""Questions with a rationale in ordered steps, as the curriculum needs them: chunks of steps, replies, and their tokens."""

from __future__ import annotations

from dataclasses import dataclass

from ..world.phrases import left_to_right, place
from ..world.prompts import split_prompt
from ..world.questions import as_multiple_choice, ask
from ..world.vocabulary import FAMILIES

#: Steps of a rationale after merging, and so latent steps of the last stage (arXiv 2510.12603 has three).
CHUNKS = 3
#: Families whose answer takes an intermediate result.
TWO_STEP = ("two_hop", "nearest", "sum", "compare_count")


def survey(scene):
    """All objects from left to right with their places, as one sentence."""
    places = [place(scene, scene["objects"][i]).rstrip(".") for i in left_to_right(scene, range(len(scene["objects"])))]
    return f"{'; '.join(places)}."


def merge(steps, chunks=CHUNKS):
    """At most `chunks` contiguous steps: longer rationales are merged, what does not divide goes to the first."""
    if len(steps) <= chunks:
        return list(steps)
    each = len(steps) // chunks
    first = len(steps) - each * (chunks - 1)
    return [" ".join(steps[:first])] + [" ".join(steps[first + i * each : first + (i + 1) * each]) for i in range(chunks - 1)]


def rationale(scene, item):
    """The steps that lead to an item's answer, the look at the whole picture first, merged to at most CHUNKS."""
    return merge([survey(scene), *item["steps"]])


@dataclass
class Question:
    """An item as tokens.

    ids: from the question to the end of the generation prompt. reply: what is left of the rationale, the boxed answer and
    the end token. answer_from: where the boxed answer begins in `reply`. words: for every latent step the ids of the words
    in the step that it stands for.
    """

    item: dict
    ids: list[int]
    reply: list[int]
    answer_from: int
    words: list[list[int]]


def question(tokenizer, form, item, steps, latent_steps):
    """Question whose first `latent_steps` steps are latent; a rationale with fewer steps has that many latent steps all the same."""
    ids = tokenizer.encode(split_prompt(form, item["question"], 1)[1]).ids
    boxed = f"\\boxed{{{item['answer']}}}<|im_end|>"
    reply = tokenizer.encode(" ".join([*steps[latent_steps:], boxed]))
    begin = sum(len(step) + 1 for step in steps[latent_steps:])
    answer_from = next(place for place, (_, end) in enumerate(reply.offsets) if end > begin)
    words = [content_words(tokenizer, steps[min(i, len(steps) - 1)]) for i in range(latent_steps)] if steps else []
    return Question(item, ids, reply.ids, answer_from, words)


def content_words(tokenizer, text):
    """Ids of the tokens of a text that hold letters or digits, each once."""
    ids = tokenizer.encode(text).ids
    return sorted({i for i in ids if any(c.isalnum() for c in tokenizer.decode([i]))})


def sample_items(rng, scene, wanted, weights, choice_share, held_out=False):
    """`wanted` items about a scene, families by weight, some with lettered options; fewer when the scene allows no more."""
    items = []
    for _ in range(wanted * 4):
        if len(items) == wanted:
            break
        item = ask(rng, scene, rng.choices(FAMILIES, [weights.get(family, 1.0) for family in FAMILIES])[0], held_out)
        if item:
            items.append(as_multiple_choice(rng, item) if rng.random() < choice_share else item)
    return items
