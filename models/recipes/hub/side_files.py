"""Brings a checkpoint's tokenizer, picture preparation and end tokens into the files the browser reads, whatever they came as."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoTokenizer

from ..graphs.model_shape import CheckpointError
from .made_files import preprocessor_config, write_json
from .weights import Checkpoint

TOKENIZER_FILES = ("tokenizer_config.json", "chat_template.json", "chat_template.jinja")
#: Picture sizes of the released models, for checkpoints that say nothing of them.
RELEASED_PIXELS = (56 * 56, 14 * 14 * 4 * 16384)
END_TOKENS = ("<|im_end|>", "<|endoftext|>")


def write_side_files(checkpoint: Checkpoint, out: Path) -> None:
    """Writes tokenizer.json, generation_config.json and preprocessor_config.json, and copies what goes with them.

    Throws CheckpointError when the tokenizer does not know the model's image token by the id its configuration gives.
    """
    tokenizer = write_tokenizer(checkpoint.folder, out)
    _check_image_token(checkpoint, tokenizer)
    _write_generation(checkpoint, tokenizer, out)
    _write_preprocessor(checkpoint, out)


def write_tokenizer(folder: Path, out: Path) -> Tokenizer:
    """Writes a folder's tokenizer under `out` as tokenizer.json, with the files that go with it, and returns it.

    Throws CheckpointError when the folder has neither tokenizer.json nor files to make it of, or one that cannot be read.
    """
    for name in TOKENIZER_FILES:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, out / name)
    source, target = folder / "tokenizer.json", out / "tokenizer.json"
    if source.is_file():
        shutil.copyfile(source, target)
    elif not (folder / "vocab.json").is_file():
        raise CheckpointError(f"{folder} has no tokenizer.json, nor vocab.json and merges.txt to make one of; copy them from the base model.")
    else:
        try:
            AutoTokenizer.from_pretrained(folder, **_plain_tokens(folder)).save_pretrained(out)
        except (OSError, ValueError, TypeError) as error:
            raise CheckpointError(f"{folder} has no tokenizer.json, and none can be made of its other files: {error}") from error
        print("tokenizer.json  made of the checkpoint's other tokenizer files")
    try:
        return Tokenizer.from_file(str(target))
    except Exception as error:  # the tokenizers library raises no narrower one
        raise CheckpointError(f"{source if source.is_file() else target} cannot be read as a tokenizer: {error}.") from error


def _check_image_token(checkpoint: Checkpoint, tokenizer: Tokenizer) -> None:
    image, expected = checkpoint.read.image_token_id, tokenizer.token_to_id("<|image_pad|>")
    if image != expected:
        raise CheckpointError(f"config.json gives the image token the id {image}, the tokenizer gives <|image_pad|> {expected}; they must be the same.")


def _plain_tokens(folder: Path) -> dict[str, str]:
    """The special tokens that tokenizer_config.json has as objects without a type, which the library refuses, as their text."""
    file = folder / "tokenizer_config.json"
    config = json.loads(file.read_text()) if file.is_file() else {}
    return {
        field: value["content"] for field, value in config.items()
        if field.endswith("_token") and isinstance(value, dict) and "__type" not in value and isinstance(value.get("content"), str)
    }  # fmt: skip


def _write_generation(checkpoint: Checkpoint, tokenizer: Tokenizer, out: Path) -> None:
    file = checkpoint.folder / "generation_config.json"
    config = json.loads(file.read_text()) if file.is_file() else {}
    if config.get("eos_token_id") is None:
        ids = [tokenizer.token_to_id(text) for text in END_TOKENS]
        config["eos_token_id"] = [token for token in ids if token is not None]
        print(f"generation_config.json  end tokens {config['eos_token_id']} taken from the tokenizer")
        write_json(out / file.name, config)
    else:
        shutil.copyfile(file, out / file.name)


def _write_preprocessor(checkpoint: Checkpoint, out: Path) -> None:
    """The picture settings in the library's order: those inside processor_config.json, preprocessor_config.json, the released models'."""
    file, newer = (checkpoint.folder / name for name in ("preprocessor_config.json", "processor_config.json"))
    config = json.loads(newer.read_text()).get("image_processor") if newer.is_file() else None
    if config is None and file.is_file():
        shutil.copyfile(file, out / file.name)
        return
    if config is None:
        config = preprocessor_config(checkpoint.architecture, *RELEASED_PIXELS)
        print("preprocessor_config.json  the released models', as the checkpoint has none")
    write_json(out / file.name, config)
