"""Small model folders of every export layout, for the tests: builds them, or checks the committed ones.

    python -m recipes.layouts --check [NAME ...]
    python -m recipes.layouts --build [NAME ...] --python-2025 P --python-genai-012 P --python-genai-018 P --trained DIR

--check runs every fixture on ONNX Runtime's CPU against its golden numbers and ends with status 1 when one is off.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .export import write_config, write_graphs
from .export_weights import Checkpoint
from .layouts_case import FIXTURES, REPOSITORY, Fixture, make_case
from .layouts_checkpoint import write_checkpoint
from .layouts_genai import build_decoder, flatten_checkpoint
from .layouts_golden import MEASURED, errors, write_golden
from .layouts_refused import REASONS, runs, write_refused
from .layouts_rows import without_row_choice

TINY = REPOSITORY / "public" / "models" / "noema-tiny"
#: Largest error, as a share of the largest number: float32 against PyTorch; others against the same graph on another processor.
LIMITS = {"fp32": 1e-5, "q4": 1e-4, "fp16": 5e-3, "q4f16": 5e-3}
SIDE_FILES = ("config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.json")
#: Pictures: 4 x 6 patches, or 4 x 10 where windows of 8 patches must not fit.
PLAIN_GRID, WINDOW_GRID = (1, 4, 6), (1, 4, 10)


class Build:
    """What a builder needs: interpreters, the trained checkpoint, a folder for what is thrown away."""

    def __init__(self, arguments: argparse.Namespace, scratch: Path):
        self.arguments, self.scratch = arguments, scratch

    def run(self, python: str, module: str, *options: str) -> None:
        subprocess.run([python, "-m", f"recipes.{module}", *options], check=True, cwd=REPOSITORY / "models")

    def checkpoint(self, model_type: str, *, layers: int, tied: bool, seed: int) -> Path:
        folder = self.scratch / f"{model_type}-{layers}-{tied}-{seed}"
        if not folder.is_dir():
            write_checkpoint(folder, TINY, model_type, layers=layers, tied=tied, seed=seed)
        return folder


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


EXPLICIT, REFUSED = "explicit-qwen2-vl", "refused"


def _explicit(build: Build, name: str, note: dict | None, *options: str) -> None:
    checkpoint = build.checkpoint("qwen2_vl", layers=3, tied=True, seed=31)
    fixture = fresh(name, None if note else checkpoint, note)
    build.run(build.arguments.python_2025, "layouts_explicit", "--checkpoint", str(checkpoint), "--out", str(fixture.folder), *options)
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
    fixture = fresh("genai-0.12", note={"base": "public/models/noema-tiny"})
    checkpoint = flatten_checkpoint(build.arguments.trained, build.scratch / "trained")
    build_decoder(build.arguments.python_genai_012, checkpoint, build.scratch, fixture.folder)
    write_golden(fixture, "q4", make_case(checkpoint, WINDOW_GRID), checkpoint)


OWN, OWN_UNTIED = "gqa-qwen2-vl", "gqa-qwen2_5-vl-untied"
#: Small enough that every graph of a fixture has several data files.
SHARD = 64 << 10


def own(build: Build) -> None:
    checkpoint = build.checkpoint("qwen2_vl", layers=2, tied=True, seed=33)
    fixture = fresh(OWN, checkpoint)
    write_graphs(Checkpoint(checkpoint), fixture.folder, ["q4"])
    without_row_choice(fixture.folder / "onnx" / "decoder_model_merged_q4.onnx")
    write_golden(fixture, "q4", make_case(checkpoint, PLAIN_GRID), checkpoint)


def own_untied(build: Build) -> None:
    checkpoint = build.checkpoint("qwen2_5_vl", layers=2, tied=False, seed=34)
    fixture = fresh(OWN_UNTIED, checkpoint)
    source = Checkpoint(checkpoint)
    write_config(source, fixture.folder, write_graphs(source, fixture.folder, ["fp32"], shard_bytes=SHARD))
    write_golden(fixture, "fp32", make_case(checkpoint, WINDOW_GRID), checkpoint)


def _genai_late(build: Build, name: str, options: dict[str, str]) -> None:
    checkpoint = build.checkpoint("qwen2_5_vl", layers=2, tied=False, seed=34)
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
    "genai-0.12": genai,
    "genai-0.18": genai_late,
    "genai-0.18-pruned": genai_pruned,
    REFUSED: refused,
}


def check(names: list[str]) -> bool:
    """Prints every fixture's largest errors; True when all are within LIMITS."""
    good = True
    for name in names:
        if name == REFUSED:
            broken = [reason for reason in REASONS if not runs(FIXTURES / REFUSED / f"{reason}.onnx")]
            good = good and not broken
            print(f"{name:28} " + (f"broken: {', '.join(broken)}" if broken else f"{len(REASONS)} decoders run"))
            continue
        fixture = Fixture(name)
        for dtype in fixture.dtypes:
            found = errors(fixture, dtype)
            good = good and max(found.values()) <= LIMITS[dtype]
            print(f"{name:28} {dtype:6} " + "  ".join(f"{kind} {found[kind]:.1e}" for kind in MEASURED))
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description="Build or check the small model folders of every export layout.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BUILDERS)}; all when none is named")
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--build", action="store_true")
    task.add_argument("--check", action="store_true")
    parser.add_argument("--python-2025", help="interpreter of an environment with layouts-2025.txt")
    parser.add_argument("--python-genai-012", help="interpreter of an environment with layouts-genai-0.12.txt")
    parser.add_argument("--python-genai-018", help="interpreter of an environment with layouts-genai-0.18.txt")
    parser.add_argument("--trained", type=Path, help="folder of the embedded model's checkpoint")
    arguments = parser.parse_args()
    names = arguments.names or list(BUILDERS)
    unknown = [name for name in names if name not in BUILDERS]
    if unknown:
        parser.error(f"No fixture is called {', '.join(unknown)}; there are {', '.join(BUILDERS)}.")
    if arguments.check:
        sys.exit(0 if check(names) else f"A fixture is off by more than its type's share of the largest number: {LIMITS}.")
    if not all((arguments.python_2025, arguments.python_genai_012, arguments.python_genai_018, arguments.trained)):
        parser.error("--build needs --python-2025, --python-genai-012, --python-genai-018 and --trained.")
    with tempfile.TemporaryDirectory() as scratch:
        build = Build(arguments, Path(scratch))
        for name in BUILDERS:
            if name in names:
                BUILDERS[name](build)


if __name__ == "__main__":
    main()
