"""Exports small checkpoints in every form they come in, and every form of bad input: right numbers, right words, right status.

    python -m recipes.export.check_checkpoints [NAME ...]

Ends with status 1 and names the case that did not end as it should. Some minutes on a small machine.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForImageTextToText

from ..hub.random_checkpoint import write_checkpoint
from ..world.vocabulary import ROOT
from .check_ivtlr import check_ivtlr
from .convert import main as export
from .parity import check_parity

#: Whose tokenizer the small checkpoints share.
TINY = ROOT / "public" / "models" / "noema-tiny"
WEIGHTS = "model.safetensors"
SMALL_SHARD = "200KB"


def change_config(folder: Path, **changes) -> None:
    """Sets fields of config.json; None takes one away."""
    file = folder / "config.json"
    config = {**json.loads(file.read_text()), **changes}
    file.write_text(json.dumps({key: value for key, value in config.items() if value is not None}))


def change_weights(folder: Path, change: Callable[[dict], dict]) -> None:
    """Rewrites the weight file; `change` maps {name: tensor}."""
    save_file(change(load_file(folder / WEIGHTS)), folder / WEIGHTS, metadata={"format": "pt"})


def resave(folder: Path) -> None:
    """What the present library makes of it: bfloat16, in shards, configuration nested."""
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.bfloat16)
    (folder / WEIGHTS).unlink()
    model.save_pretrained(folder, max_shard_size=SMALL_SHARD)
    assert len(list(folder.glob("*.safetensors"))) > 1


def lose_shard(folder: Path) -> None:
    resave(folder)
    sorted(folder.glob("*.safetensors"))[1].unlink()


def new_names(folder: Path) -> None:
    def renamed(key: str) -> str:
        return key if key.startswith("lm_head") else f"model.{key}" if key.startswith("visual") else f"model.language_model.{key[6:]}"

    change_weights(folder, lambda weights: {renamed(key): value for key, value in weights.items()})


def old_tokenizer(folder: Path) -> None:
    """vocab.json and merges.txt in place of tokenizer.json."""
    model = json.loads((folder / "tokenizer.json").read_text())["model"]
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]))
    (folder / "merges.txt").write_text("".join(f"{' '.join(pair)}\n" for pair in (["#version:", "0.2"], *model["merges"])))
    (folder / "tokenizer.json").unlink()


def untyped_tokens(folder: Path) -> None:
    """The tokenizer of two files, and the end token an object without a type, which the library itself refuses."""
    old_tokenizer(folder)
    file = folder / "tokenizer_config.json"
    config = json.loads(file.read_text())
    file.write_text(json.dumps({**config, "eos_token": {"content": config["eos_token"], "lstrip": False, "normalized": False}}))


def new_processor(folder: Path) -> None:
    """processor_config.json in place of preprocessor_config.json, and no generation_config.json."""
    config = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "processor_config.json").write_text(json.dumps({"image_processor": config}))
    (folder / "preprocessor_config.json").unlink()
    (folder / "generation_config.json").unlink()


def adapter(folder: Path) -> None:
    for name in (WEIGHTS, "config.json"):
        (folder / name).unlink()
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "Qwen/Qwen2.5-VL-3B-Instruct"}')


def drop(folder: Path, name: str) -> None:
    change_weights(folder, lambda weights: {key: value for key, value in weights.items() if key != name})


def cut_off(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:1000])


FORMS: dict[str, Callable[[Path], object]] = {
    "as written in 2025": lambda folder: None,
    "saved by the present library in bfloat16 and shards": resave,
    "new names": new_names,
    "float16": lambda folder: change_weights(folder, lambda weights: {key: value.half() for key, value in weights.items()}),
    "tokenizer of two files": old_tokenizer,
    "special tokens as objects without a type": untyped_tokens,
    "processor_config.json": new_processor,
}
#: What is wrong -> how it is made, and what the one sentence must contain.
BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "no config": (lambda folder: (folder / "config.json").unlink(), "config.json does not exist"),
    "broken config": (lambda folder: (folder / "config.json").write_text("{"), "not valid JSON"),
    "another architecture": (lambda folder: change_config(folder, model_type="llama"), "'llama'"),
    "text model": (lambda folder: change_config(folder, vision_config=None), "no vision_config"),
    "no M-RoPE": (lambda folder: change_config(folder, rope_scaling=None), "mrope_section"),
    "another activation": (lambda folder: change_config(folder, hidden_act="gelu"), "'gelu'"),
    "a weight missing": (lambda folder: drop(folder, "model.layers.1.mlp.up_proj.weight"), "lacks 1 of"),
    "another width": (lambda folder: change_config(folder, intermediate_size=128), "has the shape [96, 64]"),
    "adapter": (adapter, "adapter of Qwen/Qwen2.5-VL-3B-Instruct"),
    "quantised": (lambda folder: change_config(folder, quantization_config={"quant_method": "awq"}), "quantised (awq)"),
    "cut off": (cut_off, "cannot be read as safetensors"),
    "no weights": (lambda folder: (folder / WEIGHTS).unlink(), "No .safetensors file"),
    "a shard missing": (lose_shard, "are missing; the first is model-00002"),
    "another image token": (lambda folder: change_config(folder, image_token_id=700), "id 700"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "has no tokenizer.json"),
}


def run(checkpoint: Path, out: Path, dtypes: str) -> tuple[int, str]:
    """The command's exit status and all it printed."""
    text, status = io.StringIO(), 0
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        try:
            export(["--checkpoint", str(checkpoint), "--out", str(out), "--dtypes", dtypes, "--external-data", "--shard-bytes", "200000"])
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
            text.write("" if isinstance(end.code, int) else f"{end.code}\n")
    return status, text.getvalue()


def cases():
    """(name, how the folder is changed, architecture, whether tied, dtypes, expected status, words that must appear)."""
    for form, change in FORMS.items():
        for architecture in ("qwen2_5_vl", "qwen2_vl"):
            for tied in (True, False):
                dtypes = "fp32,fp16,q4,q4f16" if form == next(iter(FORMS)) else "fp32"
                yield f"{architecture}, {'tied' if tied else 'untied'}, {form}", change, architecture, tied, dtypes, 0, "fp32"
    for fault, (change, words) in BAD.items():
        yield fault, change, "qwen2_5_vl", False, "fp32", 2, words


def damage_is_seen(scratch: Path) -> list[str]:
    """Exports once more, shifts every data file by a block, and returns the dtypes the comparison still finds good."""
    folder = write_checkpoint(scratch / "checkpoint-damage", TINY, "qwen2_5_vl", layers=2, tied=True, seed=4)
    out, dtypes = scratch / "export-damage", ["fp32", "fp16", "q4", "q4f16"]
    run(folder, out, ",".join(dtypes))
    for file in out.glob("onnx/decoder_model_merged*_data*"):
        data = file.read_bytes()
        file.write_bytes(data[64:] + data[:64])
    wrong = check_parity(folder, out, dtypes)
    return [dtype for dtype in dtypes if not any(line.startswith(f"{dtype}:") for line in wrong)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Export small checkpoints of every form, and refuse every form of bad input.")
    parser.add_argument("names", nargs="*", help="parts of the names of the cases to run (default: all)")
    wanted = parser.parse_args().names
    wrong = []
    with tempfile.TemporaryDirectory() as scratch:
        for index, (name, change, architecture, tied, dtypes, expected, words) in enumerate(cases()):
            if wanted and not any(part in name for part in wanted):
                continue
            folder = write_checkpoint(Path(scratch) / f"checkpoint-{index}", TINY, architecture, layers=2, tied=tied, seed=4)
            change(folder)
            status, text = run(folder, Path(scratch) / f"export-{index}", dtypes)
            good = status == expected and words in text
            lines = [line for line in text.splitlines() if not line.endswith(" bytes") and "Loading" not in line]
            print(f"{'good' if good else 'WRONG'}  {name}: status {status}", *lines, sep="\n      ", flush=True)
            wrong += [] if good else [name]
            shutil.rmtree(folder)
        wrong += check_ivtlr(Path(scratch), TINY, wanted, run)
        if not wanted and (unseen := damage_is_seen(Path(scratch))):
            wrong.append(f"damage that was not seen in {', '.join(unseen)}")
    if wrong:
        sys.exit(f"Not as expected: {'; '.join(wrong)}.")


if __name__ == "__main__":
    main()
