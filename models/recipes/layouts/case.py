"""The prompt, picture and continuation every layout fixture is measured on, and the folder a fixture stands in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from ..golden.arrays import coarse_normal

REPOSITORY = Path(__file__).parents[3]
FIXTURES = REPOSITORY / "test" / "fixtures" / "exports"
BEFORE = "<|im_start|>user\n<|vision_start|>"
AFTER = "<|vision_end|>How many red circles are there?<|im_end|>\n<|im_start|>assistant\n"
#: What follows the prompt in the second pass: any three tokens do.
CONTINUATION = (17, 401, 633)
PIXEL_SEED = 77


@dataclass
class Case:
    """One prompt of S tokens with one picture, and three tokens that follow it."""

    ids: list[int]
    grid: tuple[int, int, int]
    pixels: np.ndarray  # float32 [P, 1176], multiples of 1/32
    image_start: int
    image_count: int
    continuation: tuple[int, ...] = CONTINUATION

    @property
    def rows(self) -> list[int]:
        """The two rows of the first pass whose numbers are kept: one amid the question, and the last."""
        return [self.image_start + self.image_count + 3, len(self.ids) - 1]

    @property
    def image(self) -> slice:
        return slice(self.image_start, self.image_start + self.image_count)


def make_case(folder: Path, grid: tuple[int, int, int]) -> Case:
    """The case for a model folder's tokenizer; `grid` is (frames, rows, columns) of patches."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    config = json.loads((folder / "config.json").read_text())
    before, after = (tokenizer.encode(text, add_special_tokens=False).ids for text in (BEFORE, AFTER))
    count = grid[0] * grid[1] * grid[2] // 4
    pixels = coarse_normal(np.random.default_rng(PIXEL_SEED), (count * 4, 1176))
    return Case([*before, *[config["image_token_id"]] * count, *after], grid, pixels, len(before), count)


class Fixture:
    """A fixture's folder. `fixture.json` may name a `base` folder (from the repository's root) whose files complete it, and
    `aliases`: files that are another file of the base under the name of this fixture's dtype."""

    def __init__(self, name: str):
        self.name, self.folder = name, FIXTURES / name
        note = self.folder / "fixture.json"
        content = json.loads(note.read_text()) if note.is_file() else {}
        self.base = REPOSITORY / content["base"] if "base" in content else None
        self.aliases: dict[str, str] = content.get("aliases", {})

    def path(self, name: str) -> Path:
        """Where the file `name` (such as `onnx/embed_tokens.onnx`) lies. Raises FileNotFoundError."""
        own = self.folder / name
        if own.is_file():
            return own
        found = self.base / self.aliases.get(name, name) if self.base else None
        if found is None or not found.is_file():
            raise FileNotFoundError(f"The fixture {self.name} has no {name}, nor has its base.")
        return found

    @property
    def dtypes(self) -> list[str]:
        """The dtypes its own decoders come in, as transformers.js names them."""
        stem = "decoder_model_merged"
        return sorted(file.stem[len(stem) + 1:] or "fp32" for file in (self.folder / "onnx").glob(f"{stem}*.onnx"))
