"""Turns a released IVT-LR checkpoint (a `.pth` state dict with un-merged adapters) into a Hub folder that recipes.export takes.

    python -m recipes.hub.from_ivtlr --checkpoint model.pth --base DIR --out DIR

The base model's folder gives configuration, tokenizer and picture preparation; its weights are not read. Memory for one file of weights is enough.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from math import prod
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer

from ..graphs.external_data import SHARD_BYTES
from ..graphs.model_shape import CheckpointError
from .ivtlr_weights import ReleasedWeights
from .made_files import write_json
from .side_files import write_tokenizer
from .weights import INDEX, Checkpoint, read_config

#: The tokens that training adds, in the order in which they get their ids.
LATENT_TOKENS = ("<|start-latent|>", "<|end-latent|>", "<|latent|>")
#: How the released checkpoints' adapters were made.
RANK, ALPHA = 64, 16
ORDERS, REUSES, POSITIONS = ("release", "paper"), ("never", "next-step-only", "always"), ("sequence", "model")
FROM_BASE = ("generation_config.json", "preprocessor_config.json", "processor_config.json")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def interleaved_latent(steps: int = 3, patches: int = 32, order: str = "release", reuse: str = "never", positions: str = "sequence") -> dict:
    """What config.json says of a model's latent training, under `interleaved_latent`; the defaults are the release's.

    `steps` latent steps, each with `patches` image tokens before (`release`) or after (`paper`) its hidden state; `reuse` says whether
    an image token may be picked again; `positions` are those of the model or one running number on all axes (`sequence`).
    Throws CheckpointError for a count below 1 or a word that is none of these.
    """
    for what, count in (("steps", steps), ("patches", patches)):
        if count < 1:
            raise CheckpointError(f"A model is trained with at least 1 of {what}; {count} was given.")
    for what, value, known in (("order", order, ORDERS), ("reuse", reuse, REUSES), ("positions", positions, POSITIONS)):
        if value not in known:
            raise CheckpointError(f"{what} is {value!r}; expected {', '.join(known)}.")
    return {"steps": steps, "patches": patches, "order": order, "reuse": reuse, "positions": positions}


def convert(checkpoint: Path, base: Path, out: Path, trained: dict, *, tokenizer: Path | None = None, rank: int = RANK, alpha: float = ALPHA,
            dtype: torch.dtype | None = None, shard_bytes: int = SHARD_BYTES) -> ReleasedWeights:
    """Writes a Hub folder with the merged weights under `out`, and returns what they were made of; nothing is written before all fits.

    `trained` is `interleaved_latent`'s; `tokenizer` another folder than the base's to take the tokenizer from; `dtype` the weights' type
    (the checkpoint's own unless told). Throws CheckpointError in one sentence for what does not fit.
    """
    if out.resolve() in (base.resolve(), (tokenizer or base).resolve()):
        raise CheckpointError(f"--out is {out}, which is a folder to read from; name another.")
    if rank < 0 or alpha <= 0:
        raise CheckpointError(f"--rank {rank} and --alpha {alpha:g} were given; expected a rank of 0 or more and an alpha above 0.")
    config = read_config(base, "--base wants the folder of the model that was trained, with its configuration and tokenizer")
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder)
        tokens = _tokenizer_with_latents(tokenizer or base, small)
        weights = ReleasedWeights(checkpoint, _resized(config, tokens.get_vocab_size(with_added_tokens=True)), str(base / "config.json"),
                                  rank=rank, alpha=alpha)
        image = tokens.token_to_id("<|image_pad|>")
        if image != weights.read.image_token_id:
            raise CheckpointError(f"{base / 'config.json'} gives the image token the id {weights.read.image_token_id}, the tokenizer gives "
                                  f"<|image_pad|> {image}; they must be the same.")
        dtype = dtype or weights.dtype
        write_json(small / "config.json", _described(weights.config, dtype, trained))
        for name in FROM_BASE:
            if (base / name).is_file():
                shutil.copyfile(base / name, small / name)
        out.mkdir(parents=True, exist_ok=True)
        (out / "config.json").unlink(missing_ok=True)  # a folder without it is not whole
        _write_weights(weights, out, dtype, shard_bytes)
        for file in small.iterdir():
            shutil.copyfile(file, out / file.name)
    Checkpoint(out)  # throws when a weight is missing or has another shape
    return weights


def _tokenizer_with_latents(folder: Path, out: Path) -> Tokenizer:
    """Writes the folder's tokenizer under `out` with the latent tokens in it, where it has not got them, and returns it."""
    tokenizer = write_tokenizer(folder, out)
    new = [text for text in LATENT_TOKENS if tokenizer.token_to_id(text) is None]
    tokenizer.add_special_tokens([AddedToken(text, normalized=False, special=True) for text in new])
    tokenizer.save(str(out / "tokenizer.json"))
    file = out / "tokenizer_config.json"
    if file.is_file():
        config = json.loads(file.read_text())
        if isinstance(config.get("added_tokens_decoder"), dict):
            config["added_tokens_decoder"] |= {
                str(tokenizer.token_to_id(text)): {"content": text, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False,
                                                   "special": True} for text in new
            }  # fmt: skip
        for field in ("additional_special_tokens", "extra_special_tokens"):
            if isinstance(config.get(field), list):
                config[field] += new
        write_json(file, config)
    return tokenizer


def _resized(config: dict, vocabulary: int) -> dict:
    """The configuration with another vocabulary, flat or nested."""
    text = config.get("text_config")
    nested = {"text_config": {**text, "vocab_size": vocabulary}} if isinstance(text, dict) else {}
    flat = {"vocab_size": vocabulary} if "vocab_size" in config or not nested else {}
    return {**config, **flat, **nested}


def _described(config: dict, dtype: torch.dtype, trained: dict) -> dict:
    """The configuration with the type of the weights, under the name it has there, and what the model was trained with."""
    name = str(dtype).removeprefix("torch.")
    typed = {key: name for key in ("torch_dtype", "dtype") if key in config} or {"torch_dtype": name}
    text = config.get("text_config")
    nested = {"text_config": {key: name if key in typed else value for key, value in text.items()}} if isinstance(text, dict) else {}
    return {**config, **nested, **typed, "interleaved_latent": trained}


def _stored_as(name: str) -> str:
    """The name of a weight in the files of the released Qwen2-VL models."""
    return f"model.{name.removeprefix('language_model.')}" if name.startswith("language_model.") else name


def _write_weights(weights: ReleasedWeights, out: Path, dtype: torch.dtype, shard_bytes: int) -> None:
    """Writes merged weights in files of at most `shard_bytes` (or one weight), each gone from memory before the next is made."""
    for stale in (*out.glob("model*.safetensors"), out / INDEX):
        stale.unlink(missing_ok=True)
    shards: list[list[str]] = [[]]
    sizes = {name: prod(shape) * dtype.itemsize for name, shape in weights.shapes.items()}
    for name, size in sizes.items():
        if shards[-1] and sum(sizes[other] for other in shards[-1]) + size > shard_bytes:
            shards.append([])
        shards[-1].append(name)
    places = {}
    for number, names in enumerate(shards, 1):
        file = out / ("model.safetensors" if len(shards) == 1 else f"model-{number:05d}-of-{len(shards):05d}.safetensors")
        save_file({_stored_as(name): torch.from_numpy(weights.tensor(name)).to(dtype) for name in names}, file, metadata={"format": "pt"})
        places |= {_stored_as(name): file.name for name in names}
        print(f"{file.name}  {file.stat().st_size:,} bytes", flush=True)
    if len(shards) > 1:
        write_json(out / INDEX, {"metadata": {"total_size": sum(sizes.values())}, "weight_map": places})


def main(arguments: list[str] | None = None) -> None:
    """Runs the command. Ends with status 2, and one sentence, for what cannot be converted."""
    p = argparse.ArgumentParser(prog="python -m recipes.hub.from_ivtlr", description="Make a Hub folder of a released IVT-LR checkpoint.")
    p.add_argument("--checkpoint", required=True, type=Path, help="the .pth file: a state dict with lora_A and lora_B beside the weights")
    p.add_argument("--base", required=True, type=Path, help="folder of the model that was trained: config.json, tokenizer, picture preparation")
    p.add_argument("--out", required=True, type=Path, help="checkpoint folder to write")
    p.add_argument("--tokenizer", type=Path, help="folder of the tokenizer it was trained with, where that is not the base's")
    p.add_argument("--rank", type=int, default=RANK, help=f"rank of the adapters; 0: there are none (default: {RANK}, the release's)")
    p.add_argument("--alpha", type=float, default=ALPHA, help=f"their alpha: alpha / rank scales them (default: {ALPHA}, the release's)")
    p.add_argument("--dtype", choices=DTYPES, help="type of the merged weights (default: the checkpoint's)")
    p.add_argument("--shard-bytes", type=int, default=SHARD_BYTES, help="most bytes of one file of weights")
    p.add_argument("--steps", type=int, default=3, help="latent steps it was trained with (default: 3)")
    p.add_argument("--patches", type=int, default=32, help="image tokens of a step (default: 32)")
    p.add_argument("--order", choices=ORDERS, default="release", help="release: image tokens, then the hidden state; paper: the reverse")
    p.add_argument("--reuse", choices=REUSES, default="never", help="whether an image token may be picked again (default: never)")
    p.add_argument("--positions", choices=POSITIONS, default="sequence", help="sequence: one running number on all axes, as the release has it")
    args = p.parse_args(arguments)
    try:
        trained = interleaved_latent(args.steps, args.patches, args.order, args.reuse, args.positions)
        weights = convert(args.checkpoint, args.base, args.out, trained, tokenizer=args.tokenizer, rank=args.rank, alpha=args.alpha,
                          dtype=DTYPES.get(args.dtype), shard_bytes=args.shard_bytes)
    except CheckpointError as error:
        p.exit(2, f"{error}\n")
    print(f"{args.out}  {weights.adapters} of {len(weights.shapes)} weights merged; export it with: "
          f"python -m recipes.export --checkpoint {args.out} --out DIR")


if __name__ == "__main__":
    main()
