"""The loss of one batch: replies after latent steps, and what a latent step should be able to say."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F

from .passes import HIDDEN, Prefix, causal, follow
from .think import Rules, continue_thinking, read_questions


def reply_logits(text, prefix: Prefix, thought, replies, blind=None):
    """Logits [C, r, V] for every token of padded replies after thoughts (teacher forcing).

    replies: [C, r] ids. blind: [C] whether reply rows see neither picture nor question but through the latent rows (the
    bottleneck of LIVR, arXiv 2512.21218). Latent rows always see all.
    """
    count, length = replies.shape
    x = F.embedding(replies[:, :-1], text.embed_tokens.weight)
    waiting = 0 if thought.waiting is None else thought.waiting.shape[1]
    if waiting:
        x = torch.cat([thought.waiting, x], dim=1)
    n = x.shape[1]
    near, far = causal(thought.valid, n), None
    if blind is not None and blind.any():
        near = near.clone()
        near[blind, waiting:, : thought.question] = HIDDEN
        far = torch.zeros(count, n, prefix.length)
        far[blind, waiting:, prefix.image[0] :] = HIDDEN
    positions = thought.at[:, None] + torch.arange(n)
    hidden, _, _ = follow(text, prefix, thought.own, x, positions, near, far)
    hidden = hidden[:, waiting - 1 :] if waiting else torch.cat([thought.hidden[:, None], hidden], dim=1)
    return F.linear(hidden, text.embed_tokens.weight)


def padded_replies(questions):
    """(ids [C, r], weight of the rationale's tokens [C, r], of the answer's [C, r])."""
    longest = max(len(q.reply) for q in questions)
    ids = torch.zeros(len(questions), longest, dtype=torch.long)
    steps, answer = torch.zeros(len(questions), longest), torch.zeros(len(questions), longest)
    for row, q in enumerate(questions):
        ids[row, : len(q.reply)] = torch.tensor(q.reply)
        steps[row, : q.answer_from] = 1
        answer[row, q.answer_from : len(q.reply)] = 1
    return ids, steps, answer


def word_targets(questions, step, size):
    """[C, V] even shares over the words of the step that latent step number `step` stands for; a row of zeros for none."""
    target = torch.zeros(len(questions), size)
    for row, q in enumerate(questions):
        words = q.words[step] if step < len(q.words) else []
        if words:
            target[row, words] = 1 / len(words)
    return target


def losses(model, tokenizer, form, sides, features, questions, steps, rules: Rules, blind=None, foreign=None, words_weight=0.0):
    """Losses of a batch by name (`answer`, `steps`, `words`; each a mean) and `right`, the share of answers with every token right.

    questions: C of them, a picture's side by side. steps: latent steps. blind: [C] or None. foreign: for every question the
    number of the one whose latent rows it is given and whose reply it is to make (its own number: nothing foreign), or None.
    """
    text = model.model.language_model
    prefix = Prefix(text, tokenizer, form, sides, features)
    thought = read_questions(text, prefix, [q.ids for q in questions])
    asked = replace(thought)
    continue_thinking(text, prefix, features, thought, steps, rules)
    states = thought.states
    said_by = questions
    if foreign is not None:
        said_by = [questions[other] for other in foreign]
        thought = replace(asked, waiting=torch.cat(thought.rows, dim=1)[foreign])
    ids, in_steps, in_answer = padded_replies(said_by)
    logits = reply_logits(text, prefix, thought, ids, blind)
    each = F.cross_entropy(logits.flatten(0, 1).float(), ids.flatten(), reduction="none").view_as(ids)
    out = {"answer": (each * in_answer).sum() / in_answer.sum()}
    if in_steps.any():
        out["steps"] = (each * in_steps).sum() / in_steps.sum()
    if words_weight and steps:
        said = [F.linear(h, text.embed_tokens.weight).float().log_softmax(-1) for h in states]
        wanted = [word_targets(questions, i, said[0].shape[1]) for i in range(steps)]
        out["words"] = sum(-(w * s).sum() / w.sum().clamp(min=1) for w, s in zip(wanted, said)) / steps
    with torch.no_grad():
        wrong = ((logits.argmax(-1) != ids) & in_answer.bool()).any(dim=1)
        kinds = {"right": torch.ones_like(wrong), "right_blind": blind, "right_foreign": None}
        if foreign is not None:
            kinds["right_foreign"] = torch.tensor([place != other for place, other in enumerate(foreign)])
        for name, kind in kinds.items():
            if kind is not None and kind.any():
                out[name] = (~wrong)[kind].float().mean()
    return out
