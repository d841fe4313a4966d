"""Small model folders of every export layout, for the tests: builds them, or checks the committed ones.

    python -m recipes.layouts --check [NAME ...] [--trained DIR]
    python -m recipes.layouts --build [NAME ...] --python-2025 P --python-genai-012 P --python-genai-018 P --trained DIR
    python -m recipes.layouts --interleaved ../test/parity [NAME ...]

--check runs every fixture on ONNX Runtime's CPU against its golden numbers and ends with status 1 when one is off;
with the embedded model's checkpoint it also counts how often the decoder built from that answers as PyTorch does.
--interleaved writes the golden numbers of latent steps on those with random weights.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from ..golden.image import exact
from .answers import print_answers
from .builders import BUILDERS, REFUSED, TRAINED, Build
from .case import FIXTURES, Fixture
from .golden import MEASURED, errors
from .interleaved import write_interleaved
from .refused import REASONS, runs

#: Largest error, as a share of the largest number: float32 against PyTorch; others against the same graph on another processor.
LIMITS = {"fp32": 1e-5, "q4": 1e-4, "fp16": 5e-3, "q4f16": 5e-3}
#: Questions asked of the trained model's fixture.
ANSWERS = 24


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
    parser = argparse.ArgumentParser(prog="python -m recipes.layouts", description="Build, check or measure the small model folders of every export layout.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BUILDERS)}; all when none is named")
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--build", action="store_true")
    task.add_argument("--check", action="store_true")
    task.add_argument("--interleaved", type=Path, metavar="FOLDER", help="folder for the JSON files")
    parser.add_argument("--python-2025", help="interpreter of an environment with layouts/requirements-2025.txt")
    parser.add_argument("--python-genai-012", help="interpreter of an environment with layouts/requirements-genai-0.12.txt")
    parser.add_argument("--python-genai-018", help="interpreter of an environment with layouts/requirements-genai-0.18.txt")
    parser.add_argument("--trained", type=Path, help="folder of the embedded model's checkpoint")
    arguments = parser.parse_args()
    names = arguments.names or list(BUILDERS)
    unknown = [name for name in names if name not in BUILDERS]
    if unknown:
        parser.error(f"No fixture is called {', '.join(unknown)}; there are {', '.join(BUILDERS)}.")
    if arguments.check:
        if arguments.trained and TRAINED in names:
            print_answers(arguments.trained, Fixture(TRAINED), "q4", ANSWERS)
        sys.exit(0 if check(names) else f"A fixture is off by more than its type's share of the largest number: {LIMITS}.")
    if arguments.interleaved:
        return write_interleaved(arguments.interleaved, names, exact())
    if not all((arguments.python_2025, arguments.python_genai_012, arguments.python_genai_018, arguments.trained)):
        parser.error("--build needs --python-2025, --python-genai-012, --python-genai-018 and --trained.")
    with tempfile.TemporaryDirectory() as scratch:
        build = Build(arguments, Path(scratch))
        for name in BUILDERS:
            if name in names:
                BUILDERS[name](build)


if __name__ == "__main__":
    main()
