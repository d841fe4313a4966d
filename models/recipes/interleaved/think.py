"""The latent steps themselves (arXiv 2510.12603, Algorithm 1): a hidden state fed back, image tokens chosen by attention."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from .passes import HIDDEN, Prefix, causal, follow


@dataclass
class Rules:
    """How a latent step is made.

    patches: K image tokens a step, 0 for none. order: 'release' (V then h) or 'paper' (h then V). reuse: 'never',
    'next-step-only', 'always'. text: whether h is inserted. gradient: whether gradients flow through h (Coconut's way; the
    release cuts them). choose: 'attention' or 'random'.
    """

    patches: int = 4
    order: str = "release"
    reuse: str = "never"
    text: bool = True
    gradient: bool = True
    choose: str = "attention"


@dataclass
class Thought:
    """The state after some latent steps: keys and values of a candidate's own rows, and what was inserted.

    valid: [C, w] own rows that are no padding. question: own rows of the question with its padding. at: [C] next position.
    hidden: [C, H] hidden state of the last row. states: h of every step [C, H]. picks: [C, K] of every step.
    rows: the embeddings of each step's rows [C, r, H], of which those of the last step are not read yet (`waiting`).
    """

    own: list
    valid: torch.Tensor
    question: int
    at: torch.Tensor
    hidden: torch.Tensor
    seen: torch.Tensor
    waiting: torch.Tensor | None = None
    states: list = field(default_factory=list)
    picks: list = field(default_factory=list)
    rows: list = field(default_factory=list)


def read_questions(text, prefix: Prefix, ids):
    """Reads questions (a list of C lists of ids) after their prefix."""
    longest = max(map(len, ids))
    lengths = torch.tensor([len(one) for one in ids])
    padded = torch.tensor([one + [0] * (longest - len(one)) for one in ids])
    x = torch.nn.functional.embedding(padded, text.embed_tokens.weight)
    positions = (prefix.next + torch.arange(longest)).expand(len(ids), -1)
    near = torch.full((longest, longest), HIDDEN).triu(1).expand(len(ids), -1, -1)
    hidden, own, seen = follow(text, prefix, None, x, positions, near, watched=lengths - 1)
    valid = torch.arange(longest)[None] < lengths[:, None]
    last = hidden[torch.arange(len(ids)), lengths - 1]
    return Thought(own, valid, longest, prefix.next + lengths, last, seen)


def choose(seen, picks, rules: Rules, generator=None):
    """K image tokens [C, K] for every candidate: the most attended of those that are allowed, in descending order.

    seen: attention over the image tokens [C, n]. picks: those of earlier steps. Fewer when fewer are left.
    """
    score = torch.rand(seen.shape, generator=generator) if rules.choose == "random" else seen.clone()
    barred = {"never": picks, "next-step-only": picks[-1:], "always": []}[rules.reuse]
    for earlier in barred:
        score.scatter_(1, earlier, -1.0)
    left = seen.shape[1] - sum(earlier.shape[1] for earlier in barred)
    return score.argsort(dim=1, descending=True, stable=True)[:, : min(rules.patches, left)]


def step_rows(prefix: Prefix, features, thought: Thought, rules: Rules, generator=None):
    """The rows that the next latent step inserts [C, r, H]; notes the step in `thought`. features: [B, n, H]."""
    first, count = prefix.image
    asked = len(thought.hidden) // len(features)
    parts = []
    if rules.patches:
        picked = choose(thought.seen[:, first : first + count], thought.picks, rules, generator)
        thought.picks.append(picked)
        pictures = torch.arange(len(features)).repeat_interleave(asked)
        parts.append(features[pictures[:, None], picked])
    h = thought.hidden if rules.gradient else thought.hidden.detach()
    thought.states.append(thought.hidden)
    if rules.text:
        parts.insert(len(parts) if rules.order == "release" else 0, h[:, None])
    rows = torch.cat(parts, dim=1)
    thought.rows.append(rows)
    return rows


def read_rows(text, prefix: Prefix, thought: Thought, rows):
    """Reads inserted rows and moves the thought on."""
    count, n, _ = rows.shape
    positions = thought.at[:, None] + torch.arange(n)
    near = causal(thought.valid, n)
    hidden, thought.own, thought.seen = follow(
        text, prefix, thought.own, rows, positions, near, watched=torch.full((count,), n - 1)
    )
    thought.valid = torch.cat([thought.valid, thought.valid.new_ones(count, n)], dim=1)
    thought.at, thought.hidden = thought.at + n, hidden[:, -1]


def think(text, prefix: Prefix, features, ids, steps, rules: Rules, generator=None):
    """A thought of `steps` latent steps about each question; the last step's rows are left in `waiting`."""
    return continue_thinking(text, prefix, features, read_questions(text, prefix, ids), steps, rules, generator)


def continue_thinking(text, prefix: Prefix, features, thought: Thought, steps, rules: Rules, generator=None):
    """Makes `steps` further latent steps in place and returns the thought."""
    for _ in range(steps):
        if thought.waiting is not None:
            read_rows(text, prefix, thought, thought.waiting)
        thought.waiting = step_rows(prefix, features, thought, rules, generator)
    return thought
