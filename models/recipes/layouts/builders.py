"""Builds each fixture of the export layouts: which checkpoint, which exporter, which files of others complete it."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
from pathlib import Path

from ..export.convert import write_config, write_graphs
from ..hub.random_checkpoint import write_checkpoint
from ..hub.weights import Checkpoint
from .case import FIXTURES, REPOSITORY, Fixture, make_case
from .genai import build_decoder, flatten_checkpoint
from .golden import write_golden
from .refused import write_refused
from .rows import without_row_choice

TINY = REPOSITORY / "public" / "models" / "noema-tiny"
SIDE_FILES = ("config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.json")
#: Pictures: 4 x 6 patches, or 4 x 10 where windows of 8 patches must not fit.
PLAIN_GRID, WINDOW_GRID = (1, 4, 6), (1, 4, 10)
OWN, OWN_UNTIED, TRAINED = "gqa-qwen2-vl", "gqa-qwen2_5-vl-untied", "genai-0.12"
#: Small enough that every graph of a fixture has several data files.
SHARD = 64 << 10
EXPLICIT, REFUSED = "explicit-qwen2-vl", "refused"


#: Fixtures with a checkpoint of seeded random weights: its type and what `write_checkpoint` is told.
RANDOM = {
    EXPLICIT: ("qwen2_vl", {"layers": 3, "tied": True, "seed": 31}),
    OWN: ("qwen2_vl", {"layers": 2, "tied": True, "seed": 33}),
    OWN_UNTIED: ("qwen2_5_vl", {"layers": 2, "tied": False, "seed": 34}),
}


def random_checkpoint(name: str, scratch: Path) -> Path:
    """The checkpoint of a fixture of `RANDOM`, in a folder below `scratch`; the same bytes every time."""
    folder = scratch / name
    if not folder.is_dir():
        model_type, sizes = RANDOM[name]
        write_checkpoint(folder, TINY, model_type, **sizes)
    return folder


class Build:
    """What a builder needs: interpreters, the trained checkpoint, a folder for what is thrown away."""

    def __init__(self, arguments: argparse.Namespace, scratch: Path):
        self.arguments, self.scratch = arguments, scratch

    def run(self, python: str, module: str, *options: str) -> None:
        subprocess.run([python, "-m", f"recipes.{module}", *options], check=True, cwd=REPOSITORY / "models")

    def checkpoint(self, name: str) -> Path:
        """The random checkpoint of the fixture `name`."""
        return random_checkpoint(name, self.scratch)


def fresh(name: str, side_files: Path | None = None, note: dict | None = None) -> Fixture:
    """An empty fixture folder, with the side files of a checkpoint or a note of what completes it."""
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in SIDE_FILES if side_files else ():
        shutil.copyfile(side_files / file, folder / file)
    if note:
        (folder / "fixture.json").write_text(json.dumps(note, indent=2) + "\n")
    return Fixture(name)


def _explicit(build: Build, name: str, note: dict | None, *options: str) -> None:
    checkpoint = build.checkpoint(EXPLICIT)
    fixture = fresh(name, None if note else checkpoint, note)
    build.run(build.arguments.python_2025, "layouts.explicit", "--checkpoint", str(checkpoint), "--out", str(fixture.folder), *options)
    for dtype in fixture.dtypes:
        write_golden(fixture, dtype, make_case(checkpoint, PLAIN_GRID), checkpoint)


def explicit(build: Build) -> None:
    _explicit(build, EXPLICIT, None)


def explicit_rows(build: Build) -> None:
    _explicit(build, f"{EXPLICIT}-rows", {"base": f"test/fixtures/exports/{EXPLICIT}"}, "--attention", "eager", "--rows", "--decoder-only")


def explicit_narrow(build: Build) -> None:
    plain = {f"onnx/{name}_{dtype}.onnx": f"onnx/{name}.onnx" for name in ("embed_tokens", "vision_encoder") for dtype in ("q4", "q4f16")}
    note = {"base": f"test/fixtures/exports/{EXPLICIT}", "aliases": plain}
    _explicit(build, f"{EXPLICIT}-narrow", note, "--dtypes", "fp16,q4,q4f16")


def genai(build: Build) -> None:
    fixture = fresh(TRAINED, note={"base": "public/models/noema-tiny"})
    checkpoint = flatten_checkpoint(build.arguments.trained, build.scratch / "trained")
    build_decoder(build.arguments.python_genai_012, checkpoint, build.scratch, fixture.folder)
    write_golden(fixture, "q4", make_case(checkpoint, WINDOW_GRID), checkpoint)


def own(build: Build) -> None:
    checkpoint = build.checkpoint(OWN)
    fixture = fresh(OWN, checkpoint)
    write_graphs(Checkpoint(checkpoint), fixture.folder, ["q4"])
    without_row_choice(fixture.folder / "onnx" / "decoder_model_merged_q4.onnx")
    write_golden(fixture, "q4", make_case(checkpoint, PLAIN_GRID), checkpoint)


def own_untied(build: Build) -> None:
    checkpoint = build.checkpoint(OWN_UNTIED)
    fixture = fresh(OWN_UNTIED, checkpoint)
    source = Checkpoint(checkpoint)
    write_config(source, fixture.folder, write_graphs(source, fixture.folder, ["fp32"], shard_bytes=SHARD))
    write_golden(fixture, "fp32", make_case(checkpoint, WINDOW_GRID), checkpoint)


def _genai_late(build: Build, name: str, options: dict[str, str]) -> None:
    checkpoint = build.checkpoint(OWN_UNTIED)
    aliases = {f"onnx/{part}_q4.onnx": f"onnx/{part}.onnx" for part in ("embed_tokens", "vision_encoder")}
    fixture = fresh(name, note={"base": f"test/fixtures/exports/{OWN_UNTIED}", "aliases": aliases})
    build_decoder(build.arguments.python_genai_018, checkpoint, build.scratch, fixture.folder, options=options)
    write_golden(fixture, "q4", make_case(checkpoint, WINDOW_GRID), checkpoint)


def genai_late(build: Build) -> None:
    _genai_late(build, "genai-0.18", {})


def genai_pruned(build: Build) -> None:
    _genai_late(build, "genai-0.18-pruned", {"prune_lm_head": "true"})


def refused(_build: Build) -> None:
    write_refused(fresh(REFUSED).folder)


BUILDERS = {
    EXPLICIT: explicit,
    f"{EXPLICIT}-rows": explicit_rows,
    f"{EXPLICIT}-narrow": explicit_narrow,
    OWN: own,
    OWN_UNTIED: own_untied,
    TRAINED: genai,
    "genai-0.18": genai_late,
    "genai-0.18-pruned": genai_pruned,
    REFUSED: refused,
}
