"""The reference the browser is held to: the library's model in float32 with eager attention, and no cache at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForImageTextToText


@dataclass
class Reading:
    """What one pass says about its rows: logits [S, V], hidden states after the final norm [S, H], attention [S, S]."""

    logits: torch.Tensor
    hidden: torch.Tensor
    attention: torch.Tensor

    @property
    def log_probabilities(self) -> torch.Tensor:
        return torch.log_softmax(self.logits.double(), dim=-1)


@dataclass
class Context:
    """A prompt up to (not including) the think tokens: ids, embeddings with the image merged in, M-RoPE positions."""

    ids: list[int]
    embeddings: torch.Tensor  # [N, H]
    positions: torch.Tensor  # [3, N]
    image_start: int | None
    features: torch.Tensor | None  # [n, H]

    @property
    def next_position(self) -> int:
        return int(self.positions.max()) + 1

    @property
    def image_positions(self) -> torch.Tensor:
        return self.positions[:, self.image_start : self.image_start + len(self.features)]

    def with_features(self, features: torch.Tensor) -> Context:
        """The same prompt over another picture of the same size."""
        embeddings = self.embeddings.clone()
        embeddings[self.image_start : self.image_start + len(features)] = features
        return Context(self.ids, embeddings, self.positions, self.image_start, features)


class ReferenceModel:
    """A checkpoint folder behind the few questions the golden numbers ask. `tokenizer`: a folder with another tokenizer.json."""

    def __init__(self, folder: str | Path, tokenizer: str | Path | None = None):
        self.model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        self.tokenizer = Tokenizer.from_file(str(Path(tokenizer or folder) / "tokenizer.json"))
        self.config = self.model.config
        self.table = self.model.get_input_embeddings().weight.detach()
        self.end_ids = {self.token("<|im_end|>"), self.token("<|endoftext|>")}

    def token(self, text: str) -> int:
        return self.tokenizer.token_to_id(text)

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def decode(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=True)

    def embed(self, ids: list[int]) -> torch.Tensor:
        return self.table[torch.tensor(ids, dtype=torch.long)]

    @property
    def embedding_std(self) -> float:
        """Population standard deviation of the entries of at most 4096 evenly spread rows of the embedding table."""
        total = len(self.table)
        count = min(total, 4096)
        rows = [row * total // count for row in range(count)]
        return float(self.table[rows].double().std(correction=0))

    @torch.no_grad()
    def features(self, pixel_values: np.ndarray, grid: tuple[int, int, int]) -> torch.Tensor:
        """[n, H] features of a picture's merged tokens."""
        return self.model.model.visual(torch.from_numpy(pixel_values), torch.tensor([grid])).pooler_output

    def context(self, text: str, grid: tuple[int, int, int] | None = None, features: torch.Tensor | None = None) -> Context:
        """Reads a prompt; positions come from the library's own index function."""
        ids = self.encode(text)
        tokens = torch.tensor([ids])
        types = (tokens == self.config.image_token_id).int()
        grids = None if grid is None else torch.tensor([grid])
        positions, _ = self.model.model.get_rope_index(tokens, types, image_grid_thw=grids, attention_mask=torch.ones_like(tokens))
        embeddings, start = self.embed(ids), None
        if features is not None:
            start = ids.index(self.config.image_token_id)
            embeddings = embeddings.clone()
            embeddings[start : start + len(features)] = features
        return Context(ids, embeddings, positions[:, 0], start, features)

    @torch.no_grad()
    def read(self, context: Context, suffix: torch.Tensor, positions: torch.Tensor) -> Reading:
        """One full pass over prompt and suffix ([S, H] and [3, S]); the reading covers the suffix's rows only.

        `attention` is [S, N + S], the mean over all layers and heads.
        """
        rows = len(context.embeddings)
        embeddings = torch.cat([context.embeddings, suffix])[None]
        where = torch.cat([context.positions, positions], dim=1)[:, None]
        mask = torch.ones(1, embeddings.shape[1], dtype=torch.long)
        output = self.model.model.language_model(
            inputs_embeds=embeddings, position_ids=where, attention_mask=mask, use_cache=False, output_attentions=True)
        attention = torch.stack([layer[0, :, rows:] for layer in output.attentions]).mean(dim=(0, 1))
        hidden = output.last_hidden_state[0, rows:]
        return Reading(self.model.lm_head(hidden), hidden, attention)

    def text_rows(self, context: Context, ids: list[int], after: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Embeddings and running positions of text tokens that follow the prompt (or follow position `after` - 1)."""
        first = context.next_position if after is None else after
        return self.embed(ids), torch.arange(first, first + len(ids)).expand(3, -1)

    def greedy(self, context: Context, suffix: torch.Tensor, positions: torch.Tensor, limit: int) -> tuple[list[int], list[float]]:
        """Greedy decoding after prompt and suffix: token ids up to (not including) an end token, and their log-probabilities."""
        ids: list[int] = []
        values: list[float] = []
        while len(ids) < limit:
            log_probabilities = self.read(context, suffix, positions).log_probabilities[-1]
            best = int(log_probabilities.argmax())
            if best in self.end_ids:
                break
            ids.append(best)
            values.append(float(log_probabilities[best]))
            rows, where = self.text_rows(context, [best], int(positions.max()) + 1)
            suffix, positions = torch.cat([suffix, rows]), torch.cat([positions, where], dim=1)
        return ids, values

    def score(self, context: Context, suffix: torch.Tensor, positions: torch.Tensor, ids: list[int]) -> list[float]:
        """Teacher-forced log-probabilities of `ids` after prompt and suffix."""
        rows, where = self.text_rows(context, ids, int(positions.max()) + 1)
        reading = self.read(context, torch.cat([suffix, rows]), torch.cat([positions, where], dim=1))
        first = len(suffix) - 1
        return [float(reading.log_probabilities[first + index, token]) for index, token in enumerate(ids)]
