"""Writes the small files of a model folder whose tokenizer and processor we make ourselves: the trained tiny model's and stand-ins'."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for content in message['content'] %}"
    "{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}"
    "<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
IMAGE_MEAN = [0.48145466, 0.4578275, 0.40821073]
IMAGE_STD = [0.26862954, 0.26130258, 0.27577711]


def write_made_files(folder: Path, tokenizer: Tokenizer, special: Sequence[str], architecture: str,
                     min_pixels: int, max_pixels: int, max_length: int) -> None:
    """Writes tokenizer, generation and processor files in the layout of the Hub; `special[0]` is the padding token."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=max_length < 10_000)
    end, pad = tokenizer.token_to_id("<|im_end|>"), tokenizer.token_to_id("<|endoftext|>")
    write_json(folder / "generation_config.json", {
        "bos_token_id": pad, "pad_token_id": pad, "eos_token_id": [end, pad], "do_sample": False, "max_new_tokens": 128,
    })  # fmt: skip
    write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "Qwen2Tokenizer", "add_prefix_space": False, "add_bos_token": False,
        "bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "unk_token": None,
        "additional_special_tokens": list(special[1:]), "clean_up_tokenization_spaces": False, "errors": "replace",
        "split_special_tokens": False, "model_max_length": max_length, "chat_template": CHAT_TEMPLATE,
        "added_tokens_decoder": {
            str(tokenizer.token_to_id(text)): {
                "content": text, "lstrip": False, "normalized": False, "rstrip": False,
                "single_word": False, "special": True,
            } for text in special
        },
    })  # fmt: skip
    write_json(folder / "preprocessor_config.json", preprocessor_config(architecture, min_pixels, max_pixels))
    write_json(folder / "chat_template.json", {"chat_template": CHAT_TEMPLATE})


def preprocessor_config(architecture: str, min_pixels: int, max_pixels: int) -> dict:
    """How the released models' processor prepares pictures, with bounds for the area of the scaled picture."""
    return {
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": architecture.replace("ForConditionalGeneration", "Processor"),
        "do_resize": True, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True, "do_convert_rgb": True,
        "image_mean": IMAGE_MEAN, "image_std": IMAGE_STD, "resample": 3,
        "min_pixels": min_pixels, "max_pixels": max_pixels,
        "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
    }  # fmt: skip


def write_json(path: Path, value) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
