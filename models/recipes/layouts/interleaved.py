"""Writes the golden numbers of interleaved latent reasoning on the fixtures with random weights."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..golden.arrays import write
from ..golden.image import Picture
from ..golden.interleaved_section import CASES, NARROW_CASES, interleaved_section
from ..golden.model import ReferenceModel
from .answers import FixtureModel
from .builders import RANDOM, random_checkpoint
from .case import Fixture

#: Most tokens of an answer, which is no language.
LIMIT = 8


def write_interleaved(out: Path, names: list[str], item: Picture) -> None:
    """One file for each fixture of `RANDOM` among `names` and each of its dtypes, of runs on one picture: PyTorch's numbers in float32,
    the graph's own from ONNX Runtime's CPU in 4 bits."""
    with tempfile.TemporaryDirectory() as scratch:
        for name in RANDOM:
            if name not in names:
                continue
            checkpoint, fixture = random_checkpoint(name, Path(scratch)), Fixture(name)
            for dtype in fixture.dtypes:
                full = dtype == "fp32"
                model = ReferenceModel(checkpoint) if full else FixtureModel(checkpoint, fixture, dtype)
                section = interleaved_section(model, None, item, list(CASES) if full else list(NARROW_CASES), LIMIT)
                write(out, f"interleaved-{name}-{dtype}", section)
