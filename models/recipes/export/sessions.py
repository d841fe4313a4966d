"""One dtype of an exported folder in ONNX Runtime on the CPU, as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

ARRAY_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class Sessions:
    """The three graphs of one dtype; keys and values go from pass to pass by their input names."""

    def __init__(self, folder: Path, suffix: str):
        def load(name: str) -> onnxruntime.InferenceSession:
            return onnxruntime.InferenceSession(str(folder / "onnx" / f"{name}{suffix}.onnx"), providers=["CPUExecutionProvider"])

        self._embed, self._vision, self._decoder = load("embed_tokens"), load("vision_encoder"), load("decoder_model_merged")
        self._grid = next(item.name for item in self._vision.get_inputs() if item.name != "pixel_values")  # each generation has its own name
        self._past = {item.name: item for item in self._decoder.get_inputs() if item.name.startswith("past_key_values.")}
        self._cache = [name.replace("past_key_values.", "present.") for name in self._past]

    def empty(self, batch: int) -> dict[str, np.ndarray]:
        """Keys and values of no rows."""
        return {name: np.zeros((batch, item.shape[1], 0, item.shape[3]), dtype=ARRAY_TYPES[item.type]) for name, item in self._past.items()}

    def embed(self, ids: np.ndarray) -> np.ndarray:
        """[B, S, H] of token ids [B, S]."""
        return self._embed.run(None, {"input_ids": ids.astype(np.int64)})[0]

    def features(self, pixel_values: np.ndarray, grid: tuple[int, int, int]) -> np.ndarray:
        """[n, H] features of a picture's merged tokens."""
        return self._vision.run(None, {"pixel_values": pixel_values, self._grid: np.array([grid], dtype=np.int64)})[0]

    def decode(self, embeddings: np.ndarray, positions: np.ndarray, past: dict[str, np.ndarray], keep: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Logits of the last `keep` rows (all for 0) and the longer keys and values; positions [3, B, S]."""
        length = next(iter(past.values())).shape[2] + embeddings.shape[1]
        feeds = {"inputs_embeds": embeddings, "attention_mask": np.ones((len(embeddings), length), dtype=np.int64),
                 "position_ids": positions, "num_logits_to_keep": np.array(keep, dtype=np.int64), **past}
        logits, *present = self._decoder.run(["logits", *self._cache], feeds)
        return logits, dict(zip(self._past, present))
