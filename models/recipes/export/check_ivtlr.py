"""Converts small checkpoints in the form of IVT-LR's release, exports them, and refuses every form of bad input: part of check_checkpoints.

Each is made by really wrapping a random model in adapters, by peft (where it is installed) or by hand; what the wrapped model answers is
what the converted folder must answer.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import AutoModelForImageTextToText, AutoTokenizer

from ..hub.from_ivtlr import main as convert
from ..hub.random_checkpoint import write_checkpoint
from ..hub.random_ivtlr import LATENT_TOKENS, adapted_model, released_state, vocabulary_of
from .ivtlr_cases import BAD, FORMS, Form, State

#: Largest difference between the wrapped and the merged model's answers, as a share of the largest number; for weights that the
#: merging rounds to 16 bits.
BOUND, ROUNDED_BOUND = 1e-5, 2e-2
#: The patch grid of the picture.
GRID = (1, 12, 16)
Export = Callable[[Path, Path, str], tuple[int, str]]


def run(arguments: list[str]) -> tuple[int, str]:
    """The converting command's exit status and all it printed."""
    text, status = io.StringIO(), 0
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        try:
            convert(arguments)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
    return status, text.getvalue()


@torch.no_grad()
def answers(model: torch.nn.Module, vocabulary: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(image features, logits of 40 tokens that take every id in turn) of a model, whatever its layers are."""
    random = torch.Generator().manual_seed(3)
    features = model.model.visual(torch.randn(GRID[1] * GRID[2], 1176, generator=random), grid_thw=torch.tensor([GRID]))
    ids = torch.linspace(0, vocabulary - 1, 40).long()[None]
    positions = torch.randint(0, 40, (3, 1, 40), generator=random).sort(-1).values
    rows = model.model.language_model(inputs_embeds=model.get_input_embeddings()(ids), position_ids=positions).last_hidden_state
    return (features if isinstance(features, torch.Tensor) else features.pooler_output), model.lm_head(rows)


def converted_wrong(form: Form, base: Path, out: Path, model: torch.nn.Module, vocabulary: int) -> Iterator[str]:
    """What of a converted folder is not as it should be, in words; the model is the wrapped one with its weights in the stored type."""
    config = json.loads((out / "config.json").read_text())
    vocabularies = {part["vocab_size"] for part in (config, config.get("text_config", {})) if "vocab_size" in part}
    if config.get("interleaved_latent") != form.expected or vocabularies != {vocabulary}:
        yield f"config.json says {config.get('interleaved_latent')} and {vocabularies}"
    fast, library = Tokenizer.from_file(str(out / "tokenizer.json")), AutoTokenizer.from_pretrained(out)
    ids = [fast.token_to_id(text) for text in LATENT_TOKENS]
    before = Tokenizer.from_file(str(base / "tokenizer.json"))
    known = [before.token_to_id(text) for text in LATENT_TOKENS]
    if ids != (list(range(vocabulary - 3, vocabulary)) if None in known else known) or any(library.encode(text, add_special_tokens=False) != [id] for text, id in zip(LATENT_TOKENS, ids)):
        yield f"the latent tokens have the ids {ids}"
    if before.encode("Is it <|im_end|> red?").ids != fast.encode("Is it <|im_end|> red?").ids:
        yield "other text is encoded otherwise"
    files = [load_file(file) for file in out.glob("*.safetensors")]
    most = int(form.options[form.options.index("--shard-bytes") + 1]) if "--shard-bytes" in form.options else 1 << 30
    sizes = [sum(value.nbytes for value in tensors.values()) for tensors in files]
    if any(size > most and len(tensors) > 1 for size, tensors in zip(sizes, files)) or len(files) > 2 * sum(sizes) / most + 1:
        yield f"{len(files)} files of {sizes} bytes; at most {most} were asked for"
    stored = {value.dtype for tensors in files for value in tensors.values()}
    kept = torch.float32 if "--dtype" in form.options else form.dtype
    if stored != {kept} or {config.get("torch_dtype"), config.get("dtype")} - {None} != {str(kept).removeprefix("torch.")}:
        yield f"the weights are {stored}, config.json says {config.get('torch_dtype')}, {config.get('dtype')}"
    merged = AutoModelForImageTextToText.from_pretrained(out, dtype=torch.float32, attn_implementation="eager").eval()
    bound = BOUND if kept == torch.float32 else ROUNDED_BOUND
    for what, value, expected in zip(("image features", "logits"), answers(merged, vocabulary), answers(model, vocabulary)):
        error = float((value - expected).abs().max() / expected.abs().max())
        print(f"      {what} off by {error:.1e} of the largest")
        if not error <= bound or value.shape != expected.shape:
            yield f"{what} are off by {error:.1e}; at most {bound:.0e} is allowed"


def prepare(folder: Path, tokenizer: Path, form: Form, with_peft: bool) -> tuple[Path, torch.nn.Module, int, State]:
    """Writes the base folder, without weights; returns it, the wrapped model, its vocabulary, and the state dict to be saved."""
    base = write_checkpoint(folder / "base", tokenizer, form.architecture, layers=2, tied=form.tied, seed=4)
    form.base(base)
    vocabulary = vocabulary_of(base)
    adapters = {"rank": form.rank, "alpha": form.alpha}
    model = adapted_model(base, vocabulary, **adapters, with_peft=with_peft)
    model.load_state_dict({key: value.to(form.dtype) for key, value in model.state_dict().items()})  # rounded as they will be stored
    state = {key: value.to(form.dtype) for key, value in released_state(model, old_names=form.old_names, wrapper=form.wrapper).items()}
    if with_peft:
        other = released_state(adapted_model(base, vocabulary, **adapters, with_peft=False), old_names=form.old_names, wrapper=form.wrapper)
        assert set(other) == set(state), f"by hand other names than by peft: {sorted(set(other) ^ set(state))[:3]}"
    for weights in base.glob("*.safetensors*"):
        weights.unlink()
    return base, model, vocabulary, state


def check_form(folder: Path, tokenizer: Path, form: Form, with_peft: bool, export: Export) -> list[str]:
    """Converts and exports one form of a good checkpoint; returns what is wrong."""
    base, model, vocabulary, state = prepare(folder, tokenizer, form, with_peft)
    torch.save(form.change(state), folder / "model.pth")
    status, text = run(["--checkpoint", str(folder / "model.pth"), "--base", str(base), "--out", str(folder / "out"), *form.options])
    if status:
        return [f"status {status}: {text}"]
    print(*(f"      {line}" for line in text.splitlines()), sep="\n")
    wrong = list(converted_wrong(form, base, folder / "out", model, vocabulary))
    status, text = export(folder / "out", folder / "export", "fp32")
    if status:
        return [*wrong, f"export: status {status}: {text[-300:]}"]
    print(*(f"      {line}" for line in text.splitlines() if line.startswith(("type", "fp32"))), sep="\n")
    if json.loads((folder / "export" / "config.json").read_text()).get("interleaved_latent") != form.expected:
        wrong.append("the export lost interleaved_latent")
    return wrong


def check_bad(folder: Path, tokenizer: Path, name: str) -> list[str]:
    """Gives the command one form of bad input; returns what is wrong with how it is refused."""
    change, spoil, options, words = BAD[name]
    base, _, _, state = prepare(folder, tokenizer, FORMS[0], with_peft=False)
    torch.save(change(state) if change else state, folder / "model.pth")
    if spoil:
        spoil(base)
    status, text = run(["--checkpoint", str(folder / "model.pth"), "--base", str(base), "--out", str(folder / "out"),
                        *(option.format(base=base) for option in options)])
    print(f"      {text.strip()}")
    wrong = [] if status == 2 and words in text else [f"status {status}, expected 2 and {words!r}: {text.strip()}"]
    if len(text.strip().splitlines()) != 1:
        wrong.append(f"{len(text.strip().splitlines())} lines in place of one")
    if (folder / "out" / "config.json").exists():
        wrong.append("a folder that looks whole was written")
    return wrong


def check_ivtlr(scratch: Path, tokenizer: Path, wanted: list[str], export: Export) -> list[str]:
    """Runs all cases, or those with a part of their name in `wanted`, and prints what they find; returns the names of those that went wrong.

    `tokenizer` is the embedded model's folder; `export` runs recipes.export on (checkpoint, out, dtypes), giving its status and what it printed.
    """
    peft = importlib.util.find_spec("peft") is not None
    cases: list[tuple[str, Callable[[Path], list[str]]]] = []
    for form in FORMS:
        for way in (True, False) if peft and form.rank else (False,):
            name = f"IVT-LR, {form.name}, {'wrapped by peft' if way else 'wrapped by hand' if form.rank else 'no adapters'}"
            cases.append((name, lambda folder, form=form, way=way: check_form(folder, tokenizer, form, way, export)))
    cases += [(f"IVT-LR, {name}", lambda folder, name=name: check_bad(folder, tokenizer, name)) for name in BAD]
    failed = []
    for index, (name, case) in enumerate(cases):
        if wanted and not any(part in name for part in wanted):
            continue
        folder = scratch / f"ivtlr-{index}"
        folder.mkdir()
        print(name, flush=True)
        wrong = case(folder)
        print(*(f"WRONG  {line}" for line in wrong), *([] if wrong else ["good"]), sep="\n", flush=True)
        failed += [name] if wrong else []
        shutil.rmtree(folder)
    return failed
