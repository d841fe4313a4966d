"""Reads the rows of a question set, one at a time, from parquet files, JSON, JSON Lines, or a folder of any of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow
import pyarrow.parquet as parquet

#: What a split is called: by the option, in file names, and in the rows' own `split`.
SPLITS = {"train": ("train", "training"), "validation": ("validation", "valid", "val", "dev"), "test": ("test",)}
ENDINGS = (".parquet", ".jsonl", ".json")
#: ScienceQA's own file, {number: problem}, beside which its pictures lie in images/SPLIT/NUMBER/.
PROBLEMS = "problems.json"
#: Rows of a parquet file in memory at a time; each holds a picture.
BATCH = 16


class QuestionSetError(Exception):
    """A source that cannot be read at all; the message is one sentence for the person who named it."""


@dataclass(frozen=True)
class Row:
    """One row: its fields, or (None) that it could not be read, and how messages call it."""

    label: str
    fields: dict | None
    #: Where the paths of its pictures begin.
    folder: Path
    #: Its number in ScienceQA's own file, after which its picture's folder is named.
    key: str | None = None


def read_rows(source: Path, split: str | None, columns: tuple[str, ...]) -> Iterator[Row]:
    """The rows of a file or folder in order; with `split` (a key of SPLITS), those of its files and rows that say they are of it.

    A row without a `split` of its own is of its file's. Throws QuestionSetError for a source that is missing, holds no file of the split,
    or cannot be read, and for parquet files without the `columns`.
    """
    for file in _files(source, split):
        folder = source if source.is_dir() else source.parent
        for row in _parquet(file, folder, columns) if file.suffix == ".parquet" else _json(file, folder):
            named = row.fields.get("split") if row.fields else None
            if split is None or not isinstance(named, str) or not named or named.lower() in SPLITS[split]:
                yield row


def _files(source: Path, split: str | None) -> list[Path]:
    if source.is_file():
        if source.suffix not in ENDINGS:
            raise QuestionSetError(f"{source} is none of the files that are read: {', '.join(ENDINGS)}.")
        return [source]
    if not source.is_dir():
        raise QuestionSetError(f"{source} does not exist; --source wants a parquet, JSON or JSON Lines file, or a folder of them.")
    if (source / PROBLEMS).is_file():
        return [source / PROBLEMS]
    named = {file: _split_of(file) for ending in ENDINGS for file in sorted(source.rglob(f"*{ending}"))}
    found = [file for file, of in named.items() if (of is not None if split is None else of == split)]
    kinds = {file.suffix for file in found}
    if not found:
        raise QuestionSetError(f"{source} holds no {PROBLEMS}, and no file ({', '.join(ENDINGS)}) named after the split {split or 'it is of'}, "
                               f"such as {split or 'test'}-00000-of-00001.parquet.")
    if len(kinds) > 1:
        raise QuestionSetError(f"{source} holds the split in {len(kinds)} formats ({', '.join(sorted(kinds))}); name one of the files.")
    return found


def _split_of(file: Path) -> str | None:
    """The split that a file's name begins with, as `datasets` writes it (`test-00000-of-00001.parquet`, `test.jsonl`)."""
    first = re.split(r"[-._]", file.name.lower())[0]
    return next((split for split, names in SPLITS.items() if first in names), None)


def _parquet(file: Path, folder: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    try:
        table = parquet.ParquetFile(file)
        missing = [name for name in columns if name not in table.schema_arrow.names]
        if missing:
            raise QuestionSetError(f"{file} has no column {missing[0]!r}; its columns are {', '.join(table.schema_arrow.names)}.")
        number = 0
        for batch in table.iter_batches(batch_size=BATCH):
            for fields in batch.to_pylist():
                number += 1
                yield Row(f"Row {number} of {file.name}", fields, folder)
    except (pyarrow.ArrowException, OSError) as error:
        raise QuestionSetError(f"{file} cannot be read as parquet ({str(error).splitlines()[0].rstrip('.')}); download or copy it again.") from error


def _json(file: Path, folder: Path) -> Iterator[Row]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionSetError(f"{file} cannot be read as text ({error}).") from error
    whole = None
    if file.suffix == ".json":
        try:
            whole = json.loads(text)
        except ValueError as error:
            # `datasets` calls JSON Lines .json as well.
            if not re.match(r"\s*\{[^\n]*\}\s*\n\s*\{", text):
                raise QuestionSetError(f"{file} is not JSON: {error}.") from error
    if isinstance(whole, list):
        for number, fields in enumerate(whole, 1):
            yield Row(f"Row {number} of {file.name}", fields if isinstance(fields, dict) else None, folder)
    elif isinstance(whole, dict) and whole and all(isinstance(value, dict) for value in whole.values()):
        for key, fields in whole.items():
            yield Row(f"Problem {key} of {file.name}", fields, folder, key)
    elif isinstance(whole, dict) and "question" in whole:
        yield Row(f"Row 1 of {file.name}", whole, folder)
    elif whole is not None:
        raise QuestionSetError(f"{file} holds a {type(whole).__name__} without rows; expected a list of rows, or rows by their number.")
    else:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield Row(f"Line {number} of {file.name}", _object(line), folder)


def _object(line: str) -> dict | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
