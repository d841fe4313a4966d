"""The golden numbers of interleaved latent reasoning: every step of runs that between them make every choice there is."""

from __future__ import annotations

import itertools

import torch

from .image import Picture
from .interleaved import Interleaved, plan_of
from .model import ReferenceModel
from .sections import QUESTION, think_context

#: Runs under the app's names of settings; what a run leaves out is as the checkpoint was trained, or as in the release.
CASES = {
    "as-trained": {},
    "no-steps": {"latentSteps": 0},
    **{f"{order}-{reuse}": {"latentSteps": 3, "patches": 5, "order": order, "reuse": reuse, "positions": "model"}
       for order in ("release", "paper") for reuse in ("never", "next-step-only", "always")},
    **{f"{order}-sequence": {"latentSteps": 2, "patches": 16, "order": order, "reuse": "never", "positions": "sequence"}
       for order in ("release", "paper")},
    "one-patch": {"latentSteps": 1, "patches": 1, "order": "release", "reuse": "never", "positions": "model"},
    "eight-steps": {"latentSteps": 8, "patches": 2, "order": "release", "reuse": "always", "positions": "model"},
    "used-up": {"latentSteps": 4, "patches": 20, "order": "release", "reuse": "never", "positions": "model"},
    "no-text": {"latentSteps": 3, "patches": 5, "order": "release", "reuse": "never", "positions": "model", "textPart": False},
    "no-text-used-up": {"latentSteps": 3, "patches": 30, "order": "paper", "reuse": "never", "positions": "model", "textPart": False},
    "no-vision": {"latentSteps": 3, "order": "release", "reuse": "never", "positions": "model", "visionPart": False},
}  # fmt: skip
#: Those that are looked at in 4 bits.
NARROW_CASES = ("as-trained", "release-next-step-only", "paper-never", "release-sequence")
POLICIES = [("never", "next-step-only"), ("never", "always"), ("next-step-only", "always")]
TOP = 16
#: Least relative distance between attentions whose order decides, and least distance in nats between an answer's token and the next best.
CLEAR, CLEAR_ANSWER = 1e-4, 1e-2
COLOURS = ("orange", "purple", "red", "blue", "green", "yellow")
#: Asked in turn until no decision is close, so that rounding cannot send another machine another way.
QUESTIONS = [QUESTION, *(f"How many {one} objects and {other} objects are there in total?" for one, other in itertools.permutations(COLOURS, 2))]


class Close(ArithmeticError):
    """A decision that another machine's rounding could turn."""


def interleaved_section(model: ReferenceModel, trained: dict | None, item: Picture, names: list[str], limit: int) -> dict:
    """The runs of `names` on one picture and the first question that leaves no decision close; answers of at most `limit` tokens."""
    last = None
    for question in QUESTIONS:
        try:
            runs = {name: _run(model, trained, item, question, CASES[name], limit) for name in names}
            _told_apart(runs)
        except Close as close:
            last = close
            continue
        return {"picture": item.name, "form": "cot", "question": question, "limit": limit, "topK": TOP, "trained": trained, "runs": runs}
    raise ArithmeticError(f"No question leaves all decisions clear (last: {last}).")


@torch.no_grad()
def _run(model: ReferenceModel, trained: dict | None, item: Picture, question: str, settings: dict, limit: int) -> dict:
    context = think_context(model, item, question, "cot")
    plan = plan_of(settings, trained, len(context.features))
    run = Interleaved(model, context, plan)
    run.run()
    for index, step in enumerate(run.steps):
        if step.gap is not None and step.gap < CLEAR:
            raise Close(f"step {index + 1} of {settings} on {question!r} picks with a gap of {step.gap}")
    reading, ids, margin = run.answer(limit)
    if margin < CLEAR_ANSWER:
        raise Close(f"the answer of {settings} on {question!r} is decided by {margin} nats")
    values, top = reading.logits[-1].topk(TOP)
    return {
        "settings": settings, "plan": vars(plan), "promptRows": len(context.ids), "rows": len(run.before.ids) + len(run.rows),
        "steps": [vars(step) for step in run.steps],
        "topLogits": values, "topIds": top.tolist(), "logSumExp": float(reading.logits[-1].double().logsumexp(-1)),
        "answer": ids, "answerMargin": margin, "answerText": model.decode(ids),
    }  # fmt: skip


def _told_apart(runs: dict) -> None:
    """Raises Close where a mistaken reuse policy or order would pick the same image tokens."""
    picks = {name: [step["picks"] for step in run["steps"]] for name, run in runs.items()}
    pairs = [(f"{order}-{one}", f"{order}-{other}") for order in ("release", "paper") for one, other in POLICIES]
    pairs += [(f"release-{reuse}", f"paper-{reuse}") for reuse in ("never", "next-step-only", "always")]
    for one, other in pairs:
        if one in picks and other in picks and picks[one] == picks[other]:
            raise Close(f"{one} and {other} pick alike")
