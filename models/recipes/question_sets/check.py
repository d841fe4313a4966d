"""Checks the question sets: python -m recipes.question_sets.check. Small sets in every published format, texts, pictures, and bad rows.

Where the library `datasets` is installed, what it writes itself is read as well. Ends with an AssertionError at the first thing that is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from .convert import main as convert
from .items import read_items, training_examples
from .made import (SIDES, m3cot_row, picture, scienceqa_row, write_by_datasets, write_json, write_m3cot_folder, write_parquet,
                   write_problems)  # fmt: skip
from .texts import prompt, steps_of

ROWS = {"m3cot": [m3cot_row(number) for number in range(7)], "scienceqa": [scienceqa_row(number) for number in range(7)]}
PROMPTS = {
    ("m3cot", "train"): "[Question]:{Which is number 1?}\n[Options]:\n(A).{red}\n(B).{green}\n(C).{blue}\n(D).{{white}}\nAnswer:\n",
    ("m3cot", "infer"): "[Question]:{Which is number 1?}\n[Options]:\nA.{red}\nB.{green}\nC.{blue}\nD.{{white}}\nAnswer:",
    ("scienceqa", "train"): "[Question]:{Which is number 1?}\n[Options]:\n(A).{red}\n(B).{green}\nAnswer:\n",
    ("scienceqa", "infer"): "[Question]:{Which is number 1?}\n[Options]:\n(A).{red}\n(B).{green}\nAnswer:",
}
#: Number of sentences of a rationale -> how many of them each step has.
CHUNKS = {1: [1], 2: [1, 1], 3: [1, 1, 1], 4: [2, 1, 1], 5: [2, 2, 1], 6: [2, 2, 2], 7: [3, 2, 2], 11: [4, 4, 3]}
#: What is wrong with a row of a set -> its changes, and what is said of it.
BAD_M3COT = {
    "no image": ({"image": None}, "has no image"),
    "no answer": ({"answer": None}, "has no answer"),
    "an empty answer": ({"answer": ""}, "has no answer"),
    "an answer that is a number": ({"answer": "2"}, "has the answer '2'; expected a letter, as the set's other rows have it"),
    "an answer of more letters": ({"answer": "AB"}, "has the answer 'AB'; expected a letter, as the set's other rows have it"),
    "an answer out of range": ({"answer": "E"}, "has the answer E, and its 4 options end at D"),
    "no question": ({"question": " "}, "has no question"),
    "no options": ({"choices": []}, "has no options"),
    "an empty option": ({"choices": ["red", " "], "answer": "A"}, "has an option B that is empty"),
    "options with letters and without": ({"choices": ["A. red", "B. green", "blue"], "answer": "A"},
                                         "mixes options that bring their own letter with 1 that do not"),
    "too many options": ({"choices": ["red"] * 27}, "has 27 options; there are letters for 26"),
    "a broken image": ({"image": picture(1)[:60]}, "has an image of 60 bytes that cannot be opened"),
    "an image that is none": ({"image": b"GIF of a cat"}, "has an image of 12 bytes that cannot be opened"),
    "no bytes": ({"image": b""}, "has an image of 0 bytes that cannot be opened"),
}  # fmt: skip
#: The same of rows that only JSON can hold.
BAD_JSON = {
    "options as an object": ({"choices": {"A": "red", "B": "green"}}, "has options of type dict; expected a list of texts"),
    "options as a text": ({"choices": "red, green"}, "has options of type str; expected a list of texts"),
    "a number among the options": ({"choices": ["red", 2]}, "has an option B of type int; expected text"),
    "a letter for an answer": ({"answer": "A"}, "has the answer 'A'; expected an option's number, as the set's other rows have it"),
    "an answer below 0": ({"answer": -1}, "has the answer -1, and its 2 options are 0 to 1"),
    "an answer above": ({"answer": 2}, "has the answer 2, and its 2 options are 0 to 1"),
    "true for an answer": ({"answer": True}, "has the answer True; expected an option's number, as the set's other rows have it"),
    "a lecture of numbers": ({"lecture": 3}, "has a lecture of type int; expected text"),
    "no field image": ({"image": ...}, "has no image"),
    "a path to nothing": ({"image": "nothing.png"}, "has the image 'nothing.png', which is not in FOLDER"),
    "a path that leads out": ({"image": "../outside.png"}, "has the image '../outside.png', which is outside FOLDER"),
    "bytes that are not base64": ({"image": {"bytes": "%", "path": None}}, "has an image whose bytes are not base64"),
    "a number for an image": ({"image": 3}, "has an image of type int; expected bytes or a path"),
}


def run(*arguments: str) -> tuple[int, str, list[str]]:
    """The command's exit status, what it printed at the end, and its sentences about rows."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            convert(list(arguments))
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
    return status, out.getvalue(), err.getvalue().splitlines()


def check_texts() -> None:
    for sentences, sizes in CHUNKS.items():
        parts = [f"Sentence {number}" for number in range(sentences)]
        steps = steps_of("\n" + ". ".join(parts) + ".\n")
        assert [step.count("Sentence") for step in steps] == sizes, (sentences, steps)
        assert ". ".join(steps) == ". ".join(parts) + "."
    assert steps_of(" \n ") == [] and steps_of("One. Two.\nThree. ") == ["One", "Two", "Three."]
    assert prompt("Why?", [], "infer", "{}.") == "[Question]:{Why?}\nAnswer:"
    print(f"steps: {len(CHUNKS)} lengths of rationale")


def check_formats(scratch: Path) -> None:
    """Every format gives the same questions, in training and in the evaluation's form."""
    writers: dict[str, dict[str, Callable[[list[dict], Path], object]]] = {
        "m3cot": {"M3CoT's own folder": write_m3cot_folder}, "scienceqa": {"ScienceQA's own folder": write_problems},
    }
    for which, rows in ROWS.items():
        formats = {
            "parquet in a folder": lambda rows, folder: (write_parquet(rows[:4], folder / "data" / "test-00000-of-00002-1a2b.parquet"),
                                                         write_parquet(rows[4:], folder / "data" / "test-00001-of-00002-1a2b.parquet"),
                                                         write_parquet(rows[:2], folder / "data" / "train-00000-of-00001-1a2b.parquet")),
            "parquet by datasets": lambda rows, folder: write_by_datasets(rows, folder / "test-00000-of-00001.parquet"),
            "a list": lambda rows, folder: write_json(rows, folder / "test.json", lines=False),
            "JSON Lines": lambda rows, folder: write_json(rows, folder / "test.jsonl", lines=True),
            "JSON Lines called .json": lambda rows, folder: write_json(rows, folder / "test.json", lines=True),
            **writers[which],
        }  # fmt: skip
        first = None
        for name, write in formats.items():
            folder = scratch / which / name.replace(" ", "-")
            if write(rows, folder) is False:
                print(f"{which}: {name}: not installed, left out")
                continue
            problems: list = []
            items = list(read_items(folder, which, "test", problems.append, need_rationale=True))
            assert not problems and len(items) == len(rows), (name, problems, len(items))
            plain = [replace(item, label="", id="", about={**item.about, "split": "test"}) for item in items]
            first = first or plain
            assert plain == first, name
            check_examples(folder, which, rows)
            check_converted(folder, which, rows, scratch / "out")
            print(f"{which}: {name}: {len(items)} questions, as examples and as a dataset")


def check_examples(folder: Path, which: str, rows: list[dict]) -> None:
    for form in ("train", "infer"):
        examples = list(training_examples(folder, which, "test", print, form))
        assert examples[1].question == PROMPTS[which, form], examples[1].question
        said = {"m3cot": "B", "scienceqa": "1"}[which]
        assert examples[1].answer == f"Therefore, the answer is {said}" and len(examples) == len(rows)
    assert all(np.array_equal(example.image, Image.open(io.BytesIO(row["image"]))) for example, row in zip(examples, rows))
    sentences = {"m3cot": ["Sentence 1. Sentence 2", "Sentence 3. Sentence 4", "Sentence 5. Sentence 6."],
                 "scienceqa": ["Magnets pull. Or they push", "This is number 5. So it is", "It must be. Surely."]}[which]  # fmt: skip
    assert examples[5].steps == sentences, examples[5].steps


def check_converted(folder: Path, which: str, rows: list[dict], out: Path) -> None:
    """The command writes what src/evaluation/dataset.ts reads, twice the same, with pictures byte for byte."""
    for _ in range(2):
        status, said, sentences = run("--set", which, "--source", str(folder), "--split", "test", "--out", str(out))
        assert status == 0 and f"{len(rows)} questions" in said and sentences == [], (status, said, sentences)
    entries = json.loads((out / f"{which}-test.json").read_text())
    assert [entry["idx"] for entry in entries] == list(range(len(rows)))
    assert sorted(path.name for path in (out / f"{which}-test").iterdir()) == [f"{number:06d}.png" for number in range(len(rows))]
    entry = entries[1]
    assert entry["prompt"] == PROMPTS[which, "infer"] and entry["solution"] == {"m3cot": "B", "scienceqa": "1"}[which]
    assert entry["options"] == [choice.strip() for choice in rows[1]["choices"]] and entry["topic"] == "physics" and entry["split"] == "test" and len(entries[6]["steps"]) == 3
    assert entry["family"] == entry["domain"] == {"m3cot": "science", "scienceqa": "natural science"}[which]
    assert all((out / entry["image_path"]).read_bytes() == row["image"] for entry, row in zip(entries, rows))


def check_pictures(scratch: Path) -> None:
    """Formats that the evaluation opens are kept as they are, others become PNG; what is transparent lies on white."""
    kinds = {"JPEG": ".jpg", "WEBP": ".webp", "GIF": ".gif", "BMP": ".bmp", "TIFF": ".png", "PPM": ".png"}
    rows = [m3cot_row(number, image=picture(number, kind)) for number, kind in enumerate(kinds)]
    write_parquet(rows, scratch / "kinds.parquet")
    status, said, _ = run("--set", "m3cot", "--source", str(scratch / "kinds.parquet"), "--out", str(scratch / "kinds"))
    assert status == 0, said
    for row, (kind, ending), entry in zip(rows, kinds.items(), json.loads((scratch / "kinds" / "m3cot-all.json").read_text())):
        file = scratch / "kinds" / entry["image_path"]
        assert file.suffix == ending and Image.open(file).size == SIDES
        assert file.read_bytes() == row["image"] if ending != ".png" else np.array_equal(Image.open(file), Image.open(io.BytesIO(row["image"]))), kind
    write_parquet([m3cot_row(3, image=picture(3, mode="RGBA"))], scratch / "clear.parquet")
    (example,) = training_examples(scratch / "clear.parquet", "m3cot", None, print)
    assert example.image.mode == "RGB" and abs(example.image.getpixel((0, 0))[0] - (111 * 128 + 255 * 127) / 255) <= 1
    print(f"pictures: {len(kinds)} formats, transparency")


def check_bad_rows(scratch: Path) -> None:
    """Each bad row gives one sentence; the good rows around them are all there."""
    folder = scratch / "bad"
    rows = [row for number, (changes, _) in enumerate(BAD_M3COT.values()) for row in (m3cot_row(number), m3cot_row(number, **changes))]
    write_parquet([*rows, m3cot_row(3, rationale=" ")], folder / "test-0.parquet")
    expected = [f"Row {2 * number + 2} of test-0.parquet {what}." for number, (_, what) in enumerate(BAD_M3COT.values())]
    expected.append(f"Row {len(rows) + 1} of test-0.parquet has no rationale.")
    for options, kept in (((), 1), (("--require-rationale",), 0)):
        status, said, sentences = run("--set", "m3cot", "--source", str(folder), "--out", str(scratch / "out"), "--split", "test", *options)
        assert status == 1 and sentences == expected, [pair for pair in zip(sentences, expected) if pair[0] != pair[1]]
        faults = len(BAD_M3COT) - 1
        assert f"{len(BAD_M3COT) + kept} questions with pictures; left out: 1 without image, {faults} with another fault" in said, said
        assert f"without rationale: 1 ({'kept' if kept else 'left out'})" in said
    print(*expected, said, sep="\n", end="")

    folder = scratch / "bad-json"
    folder.mkdir()
    (scratch / "outside.png").write_bytes(picture(1))
    (folder / "image.png").write_bytes(picture(1))
    lines = [json.dumps(scienceqa_row(number, **{"image": "image.png", **changes})) for number, (changes, _) in enumerate(BAD_JSON.values())]
    (folder / "test.jsonl").write_text("\n".join([*lines, "{", "[]", "", json.dumps(scienceqa_row(1, image="image.png"))]))
    expected = [f"Line {number} of test.jsonl {what.replace('FOLDER', str(folder))}." for number, (_, what) in enumerate(BAD_JSON.values(), 1)]
    expected += [f"Line {len(lines) + number} of test.jsonl is not a JSON object." for number in (1, 2)]
    status, said, sentences = run("--set", "scienceqa", "--source", str(folder), "--out", str(scratch / "out"))
    assert status == 1 and sentences == expected, [pair for pair in zip(sentences, expected) if pair[0] != pair[1]]
    assert " 1 questions with pictures; left out: 1 without image, 14 with another fault" in said, said
    print(*expected, said, sep="\n", end="")

    chance = {"choices": ["A. Lincoln", "a worm"], "answer": "A"}
    (folder / "chance.json").write_text(json.dumps([m3cot_row(1, image="image.png", **chance)]))
    assert len(list(read_items(folder / "chance.json", "m3cot", None, print, need_rationale=True))) == 1
    (folder / "val.json").write_text(json.dumps([scienceqa_row(1, image=None), scienceqa_row(2, image="image.png")]))
    status, said, sentences = run("--set", "scienceqa", "--source", str(folder), "--split", "validation", "--out", str(scratch / "out"))
    assert status == 0 and sentences == ["Row 1 of val.json has no image."], "a row without image is no fault"


def check_bad_sources(scratch: Path) -> None:
    """What cannot be read at all ends the command with status 2 and one sentence, and leaves an earlier conversion alone."""
    folder = scratch / "sources"
    write_parquet([m3cot_row(1)], folder / "whole" / "test-0.parquet")
    write_parquet([m3cot_row(1, answer=...)], folder / "column" / "test-0.parquet")
    whole = (folder / "whole" / "test-0.parquet").read_bytes()
    for name, content in {"cut.parquet": whole[:500], "a.csv": b"", "no.json": b"{", "text.json": b'"text"', "empty.json": b"[]", "latin.jsonl": b"\xe9"}.items():
        (folder / name).write_bytes(content)
    (folder / "both").mkdir()
    for name in ("test.jsonl", "test-0.parquet"):
        (folder / "both" / name).write_bytes(whole)
    out = scratch / "kept"
    assert run("--set", "m3cot", "--source", str(folder / "whole"), "--split", "test", "--out", str(out))[0] == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    (scratch / "taken" / "m3cot-test").mkdir(parents=True)
    cases = {
        "nowhere": "does not exist", "a.csv": "is none of the files", "cut.parquet": "cannot be read as parquet", "column": "has no column 'answer'",
        "no.json": "is not JSON", "text.json": "holds a str without rows", "empty.json": "nothing was written", "latin.jsonl": "cannot be read as text",
        "both": "in 2 formats", ".": "named after the split test",
    }  # fmt: skip
    for name, words in cases.items():
        source = scratch / "kinds" if name == "." else folder / name
        status, said, sentences = run("--set", "m3cot", "--source", str(source), "--split", "test", "--out", str(out))
        assert status == 2 and len(sentences) == 1 and words in sentences[0], (name, status, said, sentences)
        print(sentences[0])
    for arguments, words in (((folder / "whole", scratch / "taken"), "no m3cot-test.json beside it"), ((out / "m3cot-test.json", out), "is where the dataset")):
        status, said, sentences = run("--set", "m3cot", "--source", str(arguments[0]), "--split", "test", "--out", str(arguments[1]))
        assert status == 2 and words in sentences[0], (status, said, sentences)
        print(sentences[0])
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


def main() -> None:
    argparse.ArgumentParser(description="Check the reading and writing of question sets.").parse_args()
    check_texts()
    with tempfile.TemporaryDirectory() as folder:
        for check in (check_formats, check_pictures, check_bad_rows, check_bad_sources):
            check(Path(folder))
    print("good")


if __name__ == "__main__":
    main()
