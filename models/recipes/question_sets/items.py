"""The questions of M3CoT and ScienceQA: reads rows, says of each that cannot be used what is wrong, and goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from .pictures import PictureFault, as_rgb, decoded, picture_bytes
from .rows import Row, read_rows
from .texts import LETTERS, prompt, steps_of, target


@dataclass(frozen=True)
class Item:
    """One question about one picture."""

    #: Its place among the rows that were read, those that cannot be used counted: 0, 1, …
    idx: int
    #: How messages call its row.
    label: str
    #: What the set calls it; "" where it has no name for it.
    id: str
    picture: bytes
    question: str
    choices: tuple[str, ...]
    #: The right option's letter (M3CoT) or its number from 0 on (ScienceQA).
    answer: str
    #: The rationale in at most three steps; empty where there is none.
    steps: tuple[str, ...]
    #: What the set says of the question: `split`, `family`, `domain`, `topic`, `category` and others, where it does.
    about: dict[str, str]


@dataclass(frozen=True)
class Problem:
    """A row that was left out, or whose rationale is missing."""

    label: str
    what: str
    #: What it counts as: `no image`, `no rationale`, `fault`.
    kind: str

    def __str__(self) -> str:
        return f"{self.label} {self.what}."


@dataclass(frozen=True)
class QuestionSet:
    """What differs between the sets."""

    name: str
    columns: tuple[str, ...]
    #: How inference labels an option.
    infer_label: str
    answer: Callable[[dict, int], str]
    rationale: Callable[[dict], str]
    #: Names that the evaluation's fields have in the set's rows.
    about: dict[str, str]


NO_IMAGE = "has no image"


class _Fault(Exception):
    """What is wrong with a row, as the end of a sentence that begins with it."""


def _letter(fields: dict, options: int) -> str:
    value = fields.get("answer")
    if value is None or value == "":
        raise _Fault("has no answer")
    letter = value.strip().upper() if isinstance(value, str) else ""
    if len(letter) != 1 or letter not in LETTERS:
        raise _Fault(f"has the answer {value!r}; expected a letter, as the set's other rows have it")
    if LETTERS.index(letter) >= options:
        raise _Fault(f"has the answer {letter}, and its {options} options end at {LETTERS[options - 1]}")
    return letter


def _number(fields: dict, options: int) -> str:
    value = fields.get("answer")
    if value is None or value == "":
        raise _Fault("has no answer")
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Fault(f"has the answer {value!r}; expected an option's number, as the set's other rows have it")
    if not 0 <= value < options:
        raise _Fault(f"has the answer {value}, and its {options} options are 0 to {options - 1}")
    return str(value)


def _text(fields: dict, name: str) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise _Fault(f"has a {name} of type {type(value).__name__}; expected text")
    return (value or "").strip()


SETS = {
    "m3cot": QuestionSet("M3CoT", ("question", "choices", "answer", "rationale", "image"), "{}.", _letter, lambda fields: _text(fields, "rationale"),
                         {"family": "domain", "domain": "domain", "topic": "topic", "category": "category", "image_id": "image_id"}),
    "scienceqa": QuestionSet("ScienceQA", ("question", "choices", "answer", "lecture", "solution", "image"), "({}).", _number,
                             lambda fields: f"{_text(fields, 'lecture')} {_text(fields, 'solution')}".strip(),
                             {"family": "subject", "domain": "subject", "topic": "topic", "category": "category", "skill": "skill", "grade": "grade",
                              "task": "task"}),
}  # fmt: skip


def read_items(source: Path, which: str, split: str | None, report: Callable[[Problem], None], *, need_rationale: bool) -> Iterator[Item]:
    """The questions of a source in order. `which` is a key of SETS, `split` one of rows.SPLITS or None for all.

    Every row that cannot be used goes to `report`, and the next one is read; so does a row without rationale, which is left out
    only with `need_rationale`. Throws QuestionSetError when the source cannot be read at all.
    """
    known = SETS[which]
    for idx, row in enumerate(read_rows(source, split, known.columns)):
        try:
            if row.fields is None:
                raise _Fault("is not a JSON object")
            item = _item(row, idx, known, split)
        except (_Fault, PictureFault) as fault:
            report(Problem(row.label, str(fault), "no image" if str(fault) == NO_IMAGE else "fault"))
            continue
        if not item.steps:
            report(Problem(row.label, "has no rationale", "no rationale"))
        if item.steps or not need_rationale:
            yield item


def _item(row: Row, idx: int, known: QuestionSet, split: str | None) -> Item:
    fields = row.fields
    question = _text(fields, "question")
    if not question:
        raise _Fault("has no question")
    choices = _choices(fields)
    answer = known.answer(fields, len(choices))
    steps = steps_of(known.rationale(fields))
    picture = picture_bytes(row)
    if picture is None:
        raise _Fault(NO_IMAGE)
    decoded(picture)
    about = {name: value for name, field in known.about.items() if (value := _text(fields, field))}
    about["split"] = _text(fields, "split") or split or ""
    named = fields.get("id") if row.key is None else row.key
    return Item(idx, row.label, "" if named is None else str(named), picture, question, choices, answer, tuple(steps),
                {name: value for name, value in about.items() if value})


def _choices(fields: dict) -> tuple[str, ...]:
    choices = fields.get("choices")
    if not isinstance(choices, list) or not choices:
        raise _Fault("has no options" if not choices else f"has options of type {type(choices).__name__}; expected a list of texts")
    for letter, choice in zip(LETTERS, choices):
        if not isinstance(choice, str) or not choice.strip():
            empty = choice is None or isinstance(choice, str)
            raise _Fault(f"has an option {letter} that is empty" if empty else f"has an option {letter} of type {type(choice).__name__}; expected text")
    if len(choices) > len(LETTERS):
        raise _Fault(f"has {len(choices)} options; there are letters for {len(LETTERS)}")
    # One option may begin like a label by chance ("C. elegans"); two in their own places do not.
    labelled = [bool(re.match(rf"\s*(?:\({letter}\)|{letter}[.):])\s*\S", choice)) for letter, choice in zip(LETTERS, choices)]
    if sum(labelled) >= 2 and not all(labelled):
        raise _Fault(f"mixes options that bring their own letter with {labelled.count(False)} that do not")
    return tuple(choice.strip() for choice in choices)


@dataclass(frozen=True)
class TrainingExample:
    """What a training recipe needs of a question."""

    image: Image.Image
    #: The user's text in the form of training (or of inference, where that was asked for).
    question: str
    steps: list[str]
    #: What is said after the steps, without the end token.
    answer: str


def training_examples(source: Path, which: str, split: str | None, report: Callable[[Problem], None], form: str = "train") -> Iterator[TrainingExample]:
    """The questions of a source that can be trained on, pictures in RGB. Arguments, reports and errors as in `read_items`."""
    for item in read_items(source, which, split, report, need_rationale=True):
        text = prompt(item.question, item.choices, form, SETS[which].infer_label)
        yield TrainingExample(as_rgb(decoded(item.picture)), text, list(item.steps), target(item.answer))
