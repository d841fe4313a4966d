"""The texts of IVT-LR's release: prompts in the form of its training and of its inference, steps of a rationale, and the answer."""

from __future__ import annotations

from collections.abc import Sequence

FORMS = ("train", "infer")
#: Most steps that a rationale is split into.
MOST_STEPS = 3
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def prompt(question: str, choices: Sequence[str], form: str, infer_label: str) -> str:
    """The user's text of a question and its options, both without blanks at their ends. Training labels options (A). and ends in a line break; inference labels them by `infer_label` ("{}." or "({}).")."""
    label = "({})." if form == "train" else infer_label
    options = [f"{label.format(letter)}{{{choice}}}" for letter, choice in zip(LETTERS, choices)]
    lines = [f"[Question]:{{{question}}}", *(["[Options]:", *options] if options else []), "Answer:"]
    return "\n".join(lines) + ("\n" if form == "train" else "")


def steps_of(rationale: str, most: int = MOST_STEPS) -> list[str]:
    """A rationale as 1 to `most` steps in order; [] for an empty one.

    It is split at every ". ". Where that gives more, neighbours are joined again into exactly `most` of nearly equal length, the
    first ones taking what is left over. The full stop between two steps is gone, as it is in the release.
    """
    sentences = rationale.replace("\n", " ").strip().split(". ")
    if sentences[-1] == "":
        sentences.pop()
    if len(sentences) <= most:
        return sentences
    size, left = divmod(len(sentences), most)
    ends = [size * (index + 1) + min(index + 1, left) for index in range(most)]
    return [". ".join(sentences[start:end]) for start, end in zip([0, *ends], ends)]


def target(answer: str) -> str:
    """What the model is trained to say after the steps, without the end token."""
    return f"Therefore, the answer is {answer}"
