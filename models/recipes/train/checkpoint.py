"""Writes and reads checkpoint folders in the layout of the Hub, replacing a folder in one step."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import torch
from transformers import Qwen2_5_VLForConditionalGeneration

from ..hub.from_onnx import rebuild
from ..hub.made_files import write_json, write_made_files
from ..world.tokenizer import SPECIAL, load_tokenizer

MODEL_MAX_LENGTH = 2048


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
    limits = recipe["model"]["min_pixels"], recipe["model"]["max_pixels"]
    write_made_files(fresh, tokenizer, SPECIAL, type(model).__name__, *limits, MODEL_MAX_LENGTH)
    if training:
        write_json(fresh / "training.json", training)
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
    write_json(path, config)


def load_checkpoint(folder):
    """(model in float32 eval mode, tokenizers.Tokenizer) of a checkpoint folder, or of an export with float32 graphs."""
    folder = Path(folder)
    if not list(folder.glob("*.safetensors")):
        with tempfile.TemporaryDirectory() as scratch:
            rebuild(folder, Path(scratch) / folder.name)
            return load_checkpoint(Path(scratch) / folder.name)
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    model.model.language_model.embed_tokens.padding_idx = None
    return model.eval(), load_tokenizer(folder)
