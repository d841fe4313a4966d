"""Reads a recipe's config file and builds the library's model configuration from it."""

import json
from pathlib import Path

from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

DEFAULT = Path(__file__).parents[1] / "configs/noema-tiny.json"


def load_recipe(path=None):
    """The recipe as a dict (see configs/noema-tiny.json); one that `extends` another states only what differs in `training`."""
    path = Path(path or DEFAULT)
    recipe = json.loads(path.read_text())
    if "extends" not in recipe:
        return recipe
    base = load_recipe(path.parent / recipe["extends"])
    return {**base, "training": {**base["training"], **recipe["training"]}}


def model_config(recipe, tokenizer):
    """Qwen2_5_VLConfig for a recipe and its tokenizer; the vocabulary is rounded up to a multiple of 64."""

    def token(text):
        return tokenizer.token_to_id(text)

    vocabulary = -(-tokenizer.get_vocab_size() // 64) * 64
    ids = {"bos_token_id": token("<|endoftext|>"), "eos_token_id": token("<|im_end|>"), "pad_token_id": token("<|endoftext|>")}
    text = {**recipe["model"]["text"], "vocab_size": vocabulary, "tie_word_embeddings": True, "use_cache": True, **ids}
    vision = {**recipe["model"]["vision"], "out_hidden_size": text["hidden_size"], "in_channels": 3}
    return Qwen2_5_VLConfig(
        text_config=text, vision_config=vision, tie_word_embeddings=True,
        image_token_id=token("<|image_pad|>"), video_token_id=token("<|video_pad|>"),
        vision_start_token_id=token("<|vision_start|>"), vision_end_token_id=token("<|vision_end|>"),
        architectures=["Qwen2_5_VLForConditionalGeneration"], **ids,
    )  # fmt: skip


def new_model(recipe, tokenizer, seed):
    """A freshly initialised model (float32). The padding row of the embedding is the think token, so it is not zeroed."""
    import torch

    torch.manual_seed(seed)
    config = model_config(recipe, tokenizer)
    model = Qwen2_5_VLForConditionalGeneration(config).float()
    embedding = model.model.language_model.embed_tokens
    embedding.padding_idx = None  # the library would freeze this row, but here it is the thinking placeholder
    with torch.no_grad():
        torch.nn.init.normal_(embedding.weight, std=config.text_config.initializer_range)
    return model
