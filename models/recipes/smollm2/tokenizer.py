"""The byte-level BPE tokenizer of a GGUF file as tokenizer.json, split as SmolLM's is: digits one by one, then GPT-2's way."""

from __future__ import annotations

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from .checkpoint import GgufCheckpoint

#: Token type of control tokens in GGUF.
CONTROL = 3


def gguf_tokenizer(checkpoint: GgufCheckpoint) -> tuple[Tokenizer, list[str]]:
    """The tokenizer, every token at its id in the file, and its special tokens (the padding token first)."""
    merges = [tuple(pair.split(" ")) for pair in checkpoint.fields["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE(vocab={text: index for index, text in enumerate(checkpoint.tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])  # fmt: skip
    tokenizer.decoder = decoders.ByteLevel()
    kinds = checkpoint.fields["tokenizer.ggml.token_type"]
    special = [text for text, kind in zip(checkpoint.tokens, kinds) if kind == CONTROL]
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in special])
    if tokenizer.get_vocab_size() != len(checkpoint.tokens):
        raise AssertionError(f"The tokenizer has {tokenizer.get_vocab_size()} tokens in place of {len(checkpoint.tokens)}.")
    return tokenizer, special
