"""A byte-level BPE tokenizer of Qwen's size with Qwen's special tokens at their true ids, made without Qwen's vocabulary.

The words are combinations of letters in a fixed order: every text encodes and decodes, every id below the special tokens has
a text of its own, and the file is as large as the true one; only how a text is cut differs.
"""

from __future__ import annotations

from itertools import islice, product
from string import ascii_lowercase

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from ..world.tokenizer import SPLIT

FIRST_SPECIAL = 151643
#: Qwen2's and Qwen2.5-VL's special tokens, from id 151643 on.
SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>",
    "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
#: How the byte-level alphabet writes a space.
SPACE = "Ġ"


def stand_in_tokenizer() -> Tokenizer:
    """Builds the tokenizer: 256 bytes, then merges of two to four letters with or without a space before, then the special tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = list(islice(_merges(), FIRST_SPECIAL - len(alphabet)))
    vocabulary = {text: index for index, text in enumerate([*alphabet, *(left + right for left, right in merges)])}
    if len(vocabulary) != FIRST_SPECIAL:
        raise AssertionError(f"The vocabulary has {len(vocabulary)} entries in place of {FIRST_SPECIAL}.")
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])  # fmt: skip
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in SPECIAL])
    return tokenizer


def _merges():
    """Pairs to merge: letters to twos, twos to threes and fours; a space joins what stands after it."""
    letters = ascii_lowercase
    twos = [a + b for a, b in product(letters, repeat=2)]
    yield from product(letters, repeat=2)
    yield from ((SPACE, letter) for letter in letters)
    yield from ((SPACE, two) for two in twos)
    yield from ((two, letter) for two in twos for letter in letters)
    yield from ((SPACE + two, letter) for two in twos for letter in letters)
    yield from ((left, right) for left in twos for right in twos)
