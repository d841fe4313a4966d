"""Checks an export: float32 graphs against PyTorch, and how often the 4-bit graphs answer as the float32 one does.

    python -m recipes.check_export --checkpoint DIR --exported ../public/models/noema-tiny [--items 64]

Ends with status 1 when a float32 number is off by more than 1e-4 of the largest.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from .export import DTYPES
from .generate import boxed
from .golden_model import ReferenceModel
from .golden_q4 import ExportedModel
from .golden_sections import answer_scenes, greedy_answer

LIMIT = 1e-4
GRIDS = ((12, 12), (12, 16), (4, 4), (14, 22), (6, 30), (20, 18), (64, 64))
#: (batch, rows of the first pass, rows of a second pass on its cache)
PASSES = ((1, 40, 5), (1, 40, 1), (1, 7, 40), (2, 33, 0), (1, 1100, 12))


def relative(value: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(value - expected).max() / np.abs(expected).max())


class Sessions:
    """The graphs of one type, as they are."""

    def __init__(self, folder: Path, suffix: str):
        def load(name: str) -> onnxruntime.InferenceSession:
            return onnxruntime.InferenceSession(str(folder / "onnx" / f"{name}{suffix}.onnx"), providers=["CPUExecutionProvider"])

        self.embed, self.vision, self.decoder = load("embed_tokens"), load("vision_encoder"), load("decoder_model_merged")
        self.past = {item.name: item for item in self.decoder.get_inputs() if item.name.startswith("past_key_values.")}
        self.cache = [name.replace("past_key_values.", "present.") for name in self.past]

    def empty(self, batch: int) -> dict[str, np.ndarray]:
        kinds = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
        return {name: np.zeros((batch, item.shape[1], 0, item.shape[3]), dtype=kinds[item.type]) for name, item in self.past.items()}

    def features(self, pixel_values: np.ndarray, grid: tuple[int, int, int]) -> np.ndarray:
        return self.vision.run(None, {"pixel_values": pixel_values, "image_grid_thw": np.array([grid], dtype=np.int64)})[0]

    def decode(self, embeddings: np.ndarray, positions: np.ndarray, past: dict[str, np.ndarray], keep: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        length = next(iter(past.values())).shape[2] + embeddings.shape[1]
        feeds = {"inputs_embeds": embeddings, "attention_mask": np.ones((len(embeddings), length), dtype=np.int64),
                 "position_ids": positions, "num_logits_to_keep": np.array(keep, dtype=np.int64), **past}
        logits, *present = self.decoder.run(["logits", *self.cache], feeds)
        return logits, dict(zip(self.past, present))


def check_vision(model: ReferenceModel, sessions: Sessions, random: np.random.Generator) -> float:
    """The largest relative error of the image features over several grids."""
    errors = []
    for rows, columns in GRIDS:
        values = random.standard_normal((rows * columns, 1176)).astype(np.float32)
        expected = model.features(values, (1, rows, columns)).numpy()
        errors.append(relative(sessions.features(values, (1, rows, columns)), expected))
    return max(errors)


@torch.no_grad()
def check_decoder(model: ReferenceModel, sessions: Sessions, random: np.random.Generator) -> float:
    """The largest relative error of the logits: in one pass, in two with a cache, for a batch, and of the last rows alone."""
    errors, limit = [], model.config.text_config.max_position_embeddings
    text = model.model.model.language_model
    for batch, first, second in PASSES:
        rows = first + second
        ids = random.integers(0, len(model.table), (batch, rows))
        embeddings = sessions.embed.run(None, {"input_ids": ids})[0]
        positions = np.sort(random.integers(0, min(limit, rows), (3, batch, rows)), axis=-1)
        mask = torch.ones(batch, rows, dtype=torch.long)
        hidden = text(inputs_embeds=model.table[torch.from_numpy(ids)], position_ids=torch.from_numpy(positions), attention_mask=mask, use_cache=False)
        expected = model.model.lm_head(hidden.last_hidden_state).numpy()
        logits, past = sessions.decode(embeddings[:, :first], positions[:, :, :first], sessions.empty(batch), 0)
        errors.append(relative(logits, expected[:, :first]))
        if second:
            logits, _ = sessions.decode(embeddings[:, first:], positions[:, :, first:], past, 1)
            errors.append(relative(logits, expected[:, -1:]))
    return max(errors)


def check_answers(checkpoint: str, exported: str, dtypes: list[str], count: int) -> None:
    """Prints, per type, how many answers are right and how many are the float32 graphs' own."""
    items = answer_scenes(count, seed=50_000)
    replies: dict[str, list[str]] = {}
    for dtype in dtypes:
        model = ExportedModel(checkpoint, exported, DTYPES[dtype][0])
        for form in ("direct", "latent"):
            replies[f"{form} {dtype}"] = [model.decode(greedy_answer(model, form, item["question"], picture)[0]) for picture, item in items]
    for name, texts in replies.items():
        right = sum(boxed(text) == item["answer"] for text, (_, item) in zip(texts, items))
        form = name.split()[0]
        same = sum(a == b for a, b in zip(texts, replies.get(f"{form} fp32", texts)))
        print(f"{name:13} right {right}/{count}   same as fp32 {same}/{count}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Check an export against PyTorch.")
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--exported", required=True)
    parser.add_argument("--items", type=int, default=64, help="questions to answer with every type; 0 for none")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folder = Path(arguments.exported)
    dtypes = [dtype for dtype, (suffix, _, _) in DTYPES.items() if (folder / "onnx" / f"decoder_model_merged{suffix}.onnx").is_file()]
    model = ReferenceModel(arguments.checkpoint)
    failed = False
    for dtype in dtypes:
        random = np.random.default_rng(5)
        sessions = Sessions(folder, DTYPES[dtype][0])
        vision, decoder = check_vision(model, sessions, random), check_decoder(model, sessions, random)
        print(f"{dtype:6} largest relative error: vision {vision:.2e}, decoder {decoder:.2e}")
        failed = failed or (dtype == "fp32" and max(vision, decoder) > LIMIT)
    if arguments.items:
        check_answers(arguments.checkpoint, arguments.exported, dtypes, arguments.items)
    if failed:
        sys.exit(f"The float32 graphs differ from PyTorch by more than {LIMIT}.")


if __name__ == "__main__":
    main()
