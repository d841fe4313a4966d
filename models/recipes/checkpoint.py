"""Writes and reads checkpoint folders in the layout of the Hub, replacing a folder in one step."""

import json
import os
import shutil
from pathlib import Path

import torch
from transformers import Qwen2_5_VLForConditionalGeneration

from .tokenizer import SPECIAL, load_tokenizer

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


def save_checkpoint(folder, model, tokenizer, recipe, training=None):
    """Writes a complete Hub folder (weights, configs, tokenizer, processor, chat template) and swaps it in at once.

    training: what to say of the training so far (training.json), if anything.
    """
    folder = Path(folder)
    fresh = folder.with_name(folder.name + ".writing")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    model.save_pretrained(fresh)
    _restate_config(fresh / "config.json", model)
    tokenizer.save(str(fresh / "tokenizer.json"))
    end, pad = tokenizer.token_to_id("<|im_end|>"), tokenizer.token_to_id("<|endoftext|>")
    _write(fresh / "generation_config.json", {
        "bos_token_id": pad, "pad_token_id": pad, "eos_token_id": [end, pad], "do_sample": False, "max_new_tokens": 128,
    })  # fmt: skip
    _write(fresh / "tokenizer_config.json", {
        "tokenizer_class": "Qwen2Tokenizer", "add_prefix_space": False, "add_bos_token": False,
        "bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "unk_token": None,
        "additional_special_tokens": SPECIAL[1:], "clean_up_tokenization_spaces": False, "errors": "replace",
        "split_special_tokens": False, "model_max_length": 2048, "chat_template": CHAT_TEMPLATE,
        "added_tokens_decoder": {
            str(tokenizer.token_to_id(text)): {
                "content": text, "lstrip": False, "normalized": False, "rstrip": False,
                "single_word": False, "special": True,
            } for text in SPECIAL
        },
    })  # fmt: skip
    _write(fresh / "preprocessor_config.json", {
        "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2_5_VLProcessor",
        "do_resize": True, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True, "do_convert_rgb": True,
        "image_mean": IMAGE_MEAN, "image_std": IMAGE_STD, "resample": 3,
        "min_pixels": recipe["model"]["min_pixels"], "max_pixels": recipe["model"]["max_pixels"],
        "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
    })  # fmt: skip
    _write(fresh / "chat_template.json", {"chat_template": CHAT_TEMPLATE})
    if training:
        _write(fresh / "training.json", training)
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.rename(folder, old)
    os.rename(fresh, folder)
    shutil.rmtree(old, ignore_errors=True)


def _restate_config(path, model):
    """Adds the rope fields of the public layout, which readers other than the library look for."""
    config = json.loads(path.read_text())
    rope = model.config.text_config.rope_parameters
    text = config["text_config"]
    text["rope_theta"] = rope["rope_theta"]
    text["rope_scaling"] = {"type": "mrope", "rope_type": "default", "mrope_section": list(rope["mrope_section"])}
    text["head_dim"] = text["hidden_size"] // text["num_attention_heads"]
    vision = config["vision_config"]
    vision.setdefault("spatial_patch_size", vision["patch_size"])
    _write(path, config)


def load_checkpoint(folder):
    """(model in float32 eval mode, tokenizers.Tokenizer) of a checkpoint folder."""
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    model.model.language_model.embed_tokens.padding_idx = None
    return model.eval(), load_tokenizer(folder)


def _write(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
