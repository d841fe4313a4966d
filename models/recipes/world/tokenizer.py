"""Trains the byte-level BPE tokenizer on the world's text and the prompts, with Qwen2's splitting and special tokens."""

import random
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from .prompts import response
from .questions import as_multiple_choice, ask, caption
from .scene import sample_scene
from .vocabulary import FAMILIES, PROMPTS

# Qwen2's pre-tokenizer: contractions, letters with one leading mark, single digits, other marks, line breaks, spaces.
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>", "<|latent|>", "<|start-latent|>", "<|end-latent|>",
]  # fmt: skip


def corpus(scenes, seed):
    """Yields the texts of the world: prompts, questions with and without options, replies and captions."""
    rng = random.Random(seed)
    for spec in PROMPTS["forms"].values():
        text = spec["user"].replace("{image}", "").replace("{question}", "").replace("{think}", "").replace("{L}", "4")
        for part in (spec["system"], text, "system\nuser\nassistant\n"):
            for _ in range(50):
                yield part
    for number in range(scenes):
        scene = sample_scene(rng, rng.choice(["standard", "hard"]), held_out=number % 2 == 1)
        yield caption(scene)["answer"]
        yield caption(scene)["question"]
        for family in FAMILIES:
            item = ask(rng, scene, family, held_out=True)
            if item:
                item = as_multiple_choice(rng, item) if rng.random() < 0.2 else item
                yield item["question"]
                yield response("direct", item) + "\n" + response("cot", item)


def train_tokenizer(entries, scenes, seed):
    """Trains the tokenizer. entries: most BPE entries (bytes included); the special tokens come after them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=entries,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(scenes, seed), trainer)
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in SPECIAL])
    return tokenizer


def load_tokenizer(folder):
    """The tokenizer of a checkpoint folder."""
    return Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
