"""What the library's own llama model, in float32, answers to the stored prompts: greedy tokens, logits, largest numbers on the way.

`OUT/reference/reference.json` holds, per prompt, its token ids, the greedy ids (with the end token, if it came) and their
log-probabilities; `logits.f32` the logits [tokens of all prompts, vocabulary] they were chosen from, little-endian float32.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, LlamaForCausalLM

PROMPTS = Path(__file__).with_name("prompts.json")
TOKENS = 24
END = ("<|im_end|>", "<|endoftext|>")
#: Largest finite float16.
HALF_MAX = 65504.0


class Extremes:
    """The largest absolute number, by layer, of what a 16-bit graph would have to hold: inputs and outputs of products, the residual."""

    def __init__(self, model: LlamaForCausalLM):
        self.largest: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(model.model.layers))
        #: Rows [B, S] of the current pass that are tokens and no padding.
        self.real = torch.ones(1, 1, dtype=torch.bool)
        for index, layer in enumerate(model.model.layers):
            self._watch(layer, index, "residual")
            for part in ("q", "k", "v", "o"):
                self._watch(layer.get_submodule(f"self_attn.{part}_proj"), index, f"{part} out")
            for part in ("gate", "up", "down"):
                self._watch(layer.get_submodule(f"mlp.{part}_proj"), index, f"{part} out")
            layer.mlp.down_proj.register_forward_pre_hook(lambda _, given, index=index: self._note("down in", index, given[0]))
            layer.mlp.gate_proj.register_forward_pre_hook(lambda _, given, index=index: self._note("gate in", index, given[0]))

    def _watch(self, module: torch.nn.Module, index: int, name: str) -> None:
        module.register_forward_hook(lambda _, __, output: self._note(name, index, output if isinstance(output, torch.Tensor) else output[0]))

    def _note(self, name: str, index: int, value: torch.Tensor) -> None:
        self.largest[name][index] = max(self.largest[name][index], float(value[self.real].abs().max()))


@torch.no_grad()
def write_reference(gguf: Path, out: Path) -> None:
    """Writes the reference of `gguf` under `out`, whose tokenizer.json it uses, and prints the table of the largest numbers.

    The library reads the file by itself, so that a mistake of ours in reading it shows.
    """
    model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    ends = [tokenizer.token_to_id(text) for text in END]
    extremes = Extremes(model)
    stored = json.loads(PROMPTS.read_text())
    texts = [stored["frame"].replace("{question}", question) for question in stored["questions"]]
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    tokens, logits = greedy(model, ids, ends, extremes)
    folder = out / "reference"
    folder.mkdir(exist_ok=True)
    prompts = []
    for text, given, chosen, rows in zip(texts, ids, tokens, logits):
        values = torch.log_softmax(rows.double(), dim=-1).max(dim=-1).values
        prompts.append({"text": text, "ids": given, "tokens": chosen, "logprobs": values.tolist()})
    (folder / "logits.f32").write_bytes(b"".join(rows.numpy().astype("<f4").tobytes() for rows in logits))
    (folder / "reference.json").write_text(json.dumps({"vocabulary": model.config.vocab_size, "prompts": prompts, "largest": extremes.largest}) + "\n")
    for question, chosen in zip(stored["questions"], tokens):
        print(f"{question!r}: {tokenizer.decode(chosen)!r}")
    print_extremes(extremes.largest)


def greedy(model: LlamaForCausalLM, prompts: list[list[int]], ends: list[int], extremes: Extremes) -> tuple[list[list[int]], list[torch.Tensor]]:
    """Per prompt at most `TOKENS` greedy tokens, the end token with them, and the logits [tokens, V] they have the largest of.

    All prompts go through the model together, filled up on the left.
    """
    longest = max(map(len, prompts))
    mask = torch.tensor([[0] * (longest - len(ids)) + [1] * len(ids) for ids in prompts])
    current = torch.tensor([[ends[0]] * (longest - len(ids)) + ids for ids in prompts])
    past, steps = None, []
    for _ in range(TOKENS):
        extremes.real = mask[:, -current.shape[1]:].bool()
        places = (mask.cumsum(1) - 1).clamp(min=0)[:, -current.shape[1]:]
        output = model(current, attention_mask=mask, position_ids=places, past_key_values=past, use_cache=True, logits_to_keep=1)
        past, current = output.past_key_values, output.logits[:, -1:].argmax(-1)
        steps.append(output.logits[:, -1])
        mask = torch.cat([mask, mask.new_ones(len(prompts), 1)], dim=1)
    every = torch.stack(steps, dim=1)
    tokens = [rows.argmax(-1).tolist() for rows in every]
    counts = [next((i + 1 for i, token in enumerate(row) if token in ends), TOKENS) for row in tokens]
    return [row[:count] for row, count in zip(tokens, counts)], [rows[:count] for rows, count in zip(every, counts)]


def print_extremes(largest: dict[str, list[float]]) -> None:
    """Prints where the largest numbers are, beside the end of float16."""
    print(f"\nlargest absolute numbers (float16 ends at {HALF_MAX:,.0f})")
    for name, values in sorted(largest.items(), key=lambda item: -max(item[1])):
        layer = int(np.argmax(values))
        print(f"  {name:10} {max(values):10.1f} in layer {layer:2}, median of layers {np.median(values):9.1f}, share of float16 {max(values) / HALF_MAX:.2%}")
