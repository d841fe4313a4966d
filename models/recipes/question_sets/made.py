"""Makes small question sets in the formats in which M3CoT and ScienceQA are published, for the check."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
from pathlib import Path

import pyarrow
import pyarrow.parquet as parquet
from PIL import Image

SIDES = (40, 28)


def picture(number: int, kind: str = "PNG", mode: str = "RGB") -> bytes:
    """A file of one colour, another for each number."""
    data = io.BytesIO()
    colour = ((37 * number) % 256, (91 * number) % 256, 200)
    Image.new("RGBA", SIDES, (*colour, 128 if mode == "RGBA" else 255)).convert(mode).save(data, kind)
    return data.getvalue()


def m3cot_row(number: int, **changes) -> dict:
    """A row of M3CoT, with `bytes` for its picture in place of what a format makes of it; a change to ... takes a field away."""
    row = {
        "id": f"science-{number}", "category": "magnetism", "image_id": f"picture-{number}", "question": f" Which is number {number}? ",
        "choices": ["red ", "green", "blue", "{white}"], "context": "", "answer": "ABCD"[number % 4],
        "rationale": ". ".join(f"Sentence {part}" for part in range(1, number + 2)) + ".", "split": "test", "domain": "science",
        "topic": "physics", "image": picture(number),
    }  # fmt: skip
    return {key: value for key, value in {**row, **changes}.items() if value is not ...}


def scienceqa_row(number: int, **changes) -> dict:
    """A row of ScienceQA, as `m3cot_row`."""
    row = {
        "image": picture(number), "question": f"Which is number {number}?", "choices": ["red", "green"], "answer": number % 2, "hint": "See the picture.",
        "task": "closed choice", "grade": "grade4", "subject": "natural science", "topic": "physics", "category": "Magnets", "skill": "Compare forces",
        "lecture": "Magnets pull.\nOr they push.", "solution": f"This is number {number}. So it is. It must be. Surely.",
    }  # fmt: skip
    return {key: value for key, value in {**row, **changes}.items() if value is not ...}


def write_parquet(rows: list[dict], file: Path) -> None:
    """Rows as `datasets` stores them: a picture is {bytes, path}, the features stand in the schema's metadata, several row groups."""
    fields = {name: pyarrow.string() for row in rows for name in row}
    fields |= {"choices": pyarrow.list_(pyarrow.string()), "image": pyarrow.struct({"bytes": pyarrow.binary(), "path": pyarrow.string()})}
    if any(isinstance(row.get("answer"), int) for row in rows):
        fields["answer"] = pyarrow.int8()
    features = {"info": {"features": {"image": {"_type": "Image"}}}}
    schema = pyarrow.schema(fields, metadata={"huggingface": json.dumps(features)})
    stored = [{**row, "image": {"bytes": row["image"], "path": "image.png"} if row.get("image") is not None else None} for row in rows]
    file.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pyarrow.Table.from_pylist(stored, schema=schema), file, row_group_size=3)


def write_by_datasets(rows: list[dict], file: Path) -> bool:
    """The same by the library itself; False where it is not installed."""
    if importlib.util.find_spec("datasets") is None:
        return False
    import datasets

    table = datasets.Dataset.from_list([{**row, "image": {"bytes": row["image"], "path": None}} for row in rows])
    file.parent.mkdir(parents=True, exist_ok=True)
    table.cast_column("image", datasets.Image()).to_parquet(str(file))
    return True


def write_json(rows: list[dict], file: Path, *, lines: bool) -> None:
    """Rows with pictures inside, in base64; as a list or as one row a line."""
    stored = [{**row, "image": {"bytes": base64.b64encode(row["image"]).decode(), "path": None}} for row in rows]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(map(json.dumps, stored)) if lines else json.dumps(stored))


def write_m3cot_folder(rows: list[dict], folder: Path) -> None:
    """M3CoT's own download: test.jsonl with paths that begin with the folder's name, and images/ID.png."""
    (folder / "images").mkdir(parents=True)
    for row in rows:
        (folder / "images" / f"{row['id']}.png").write_bytes(row["image"])
    stored = [{**row, "image": f"{folder.name}/images/{row['id']}.png"} for row in rows]
    (folder / "test.jsonl").write_text("\n".join(map(json.dumps, stored)))


def write_problems(rows: list[dict], folder: Path, *, split: str = "test") -> None:
    """ScienceQA's own download: problems.json by number, and images/SPLIT/NUMBER/image.png; a further problem of another split."""
    problems = {}
    for number, row in enumerate(rows, 10):
        place = folder / "images" / split / str(number)
        place.mkdir(parents=True)
        (place / "image.png").write_bytes(row["image"])
        problems[str(number)] = {**row, "image": "image.png", "split": split}
    problems["99"] = {**scienceqa_row(99), "image": None, "split": "train"}
    (folder / "problems.json").write_text(json.dumps(problems))
