"""Packs one picture and its questions into a sequence: a shared prefix, then branches that cannot see one another."""

import numpy as np

from ..world.prompts import response, split_prompt
from ..world.vocabulary import UNIT

IGNORE = -100


def grid_positions(start, rows, columns):
    """M-RoPE positions [3, rows*columns] of a picture whose vision tokens begin at position `start`."""
    y, x = np.mgrid[0:rows, 0:columns].reshape(2, -1)
    return np.stack([np.full_like(y, start), start + y, start + x])


def pack(tokenizer, form, scene, items, thoughts):
    """Packs a scene's items in one prompt form.

    thoughts: one dict per item: {'count': think tokens, 'patches': merged tokens to insert after each think token (a list
    of lists), 'noise': noise of the think embeddings relative to their root mean square, 'hints': (token, share) per think
    token of how far (0 to 1) to go to a word's embedding, or None; 'answer': the answer to give instead of the item's own, or None; 'blind':
    whether question and answer see the picture through the think tokens alone}.
    Returns arrays over the sequence (ids, positions [3, S], segment, labels) and lists of marked places:
    image (first, count), inserted [(place, merged token)], noisy [(place, noise)], mentions [(place, objects)],
    focus [(place, objects)], answers [(first, end)], said [(place, token, weight)] (what a thought should be about to say:
    the item's own answer, shared evenly with that of a false draft), hinted [(place, token, share)], free [(place, branch)] (think tokens of
    branches without hints), blind [(first, end)].
    """
    rows, columns = scene["height"] // UNIT, scene["width"] // UNIT
    image_tokens = rows * columns
    texts = [split_prompt(form, item["question"], image_tokens, thought["count"]) for item, thought in zip(items, thoughts)]
    pad = tokenizer.token_to_id("<|image_pad|>")
    think = tokenizer.token_to_id("<|endoftext|>")
    prefix = tokenizer.encode(texts[0][0]).ids
    first = prefix.index(pad)
    ids, segment = list(prefix), [0] * len(prefix)
    after_image = first + max(rows, columns)
    positions = np.concatenate(
        [
            np.tile(np.arange(first), (3, 1)),
            grid_positions(first, rows, columns),
            np.tile(np.arange(after_image, after_image + len(prefix) - first - image_tokens), (3, 1)),
        ],
        axis=1,
    )
    start = int(positions.max()) + 1
    labels = [IGNORE] * len(prefix)
    packed = {"image": (first, image_tokens), "inserted": [], "noisy": [], "mentions": [], "focus": [], "answers": [], "said": []}
    packed |= {"hinted": [], "free": [], "blind": []}
    branches = tokenizer.encode_batch([after for _, after in texts])
    given = [{**item, "answer": item["answer"] if thought["answer"] is None else thought["answer"]} for item, thought in zip(items, thoughts)]
    replies = tokenizer.encode_batch([response(form, item) + "<|im_end|>" for item in given])
    runs = [positions]
    for number, (item, thought, branch, reply) in enumerate(zip(items, thoughts, branches, replies), 1):
        base = len(ids)
        inserted = len(packed["inserted"])
        question, places = _with_patches(branch.ids, think, pad, thought, base, packed)
        patches = {place - base for place, _ in packed["inserted"][inserted:]}
        answer = reply.ids
        for begin, end, objects in item["mentions"]:
            token = max(i for i, (a, b) in enumerate(branch.offsets) if a < end and b > begin)
            packed["mentions"].append((base + places[token], objects))
        packed["focus"].append((base + len(question) - 1, item["focus"]))
        packed["answers"].append((base + len(question), base + len(question) + len(answer)))
        thoughts_here = [base + i for i, token in enumerate(question) if token == think or i in patches]
        if thoughts_here:
            said = {_answer_word(tokenizer, form, one) for one in (item, given[number - 1])}
            packed["said"] += [(place, word, 1 / len(said)) for place in thoughts_here for word in said]
            if not thought["hints"]:
                packed["free"] += [(base + i, number) for i, token in enumerate(question) if token == think]
            if thought["blind"]:
                packed["blind"] += [(base, thoughts_here[0]), (thoughts_here[-1] + 1, base + len(question) + len(answer))]
        ids += question + answer
        # A place's label is the token that follows it; only answers are learnt.
        labels += [IGNORE] * (len(question) - 1) + answer + [IGNORE]
        length = len(question) + len(answer)
        segment += [number] * length
        runs.append(np.tile(np.arange(start, start + length), (3, 1)))
    packed.update(
        ids=np.array(ids), positions=np.concatenate(runs, axis=1), segment=np.array(segment), labels=np.array(labels)
    )
    return packed


def _answer_word(tokenizer, form, item):
    """First token of the answer itself inside the reply's box."""
    text = response(form, item)
    reply, begin = tokenizer.encode(text), text.rindex("{") + 1
    return next(token for token, (a, b) in zip(reply.ids, reply.offsets) if b > begin)


def _with_patches(ids, think, pad, thought, base, packed):
    """Inserts patch places after think tokens; returns the new ids and where every old token went."""
    out, places, seen = [], [], 0
    for token in ids:
        places.append(len(out))
        out.append(token)
        if token != think:
            continue
        if thought["noise"]:
            packed["noisy"].append((base + len(out) - 1, thought["noise"]))
        if thought["hints"] and thought["hints"][seen]:
            packed["hinted"].append((base + len(out) - 1, *thought["hints"][seen]))
        for patch in thought["patches"][seen] if seen < len(thought["patches"]) else ():
            packed["inserted"].append((base + len(out), patch))
            out.append(pad)
        seen += 1
    return out, places


def no_thought(count=0):
    """Think tokens as they are: no noise, no inserted patches, no hints."""
    return {"count": count, "patches": [], "noise": 0.0, "hints": [], "answer": None, "blind": False}


def collate(packs):
    """Pads packed sequences to one length and stacks them; marked places become flat index arrays.

    `prefix` counts the shared tokens. `to` [B, Q, L] holds for every place of every padded branch its row in the flattened
    batch of sequences, `back` [B, S] the way from there (B*Q*L where there is none), and `forth` [B*Q*L + 1] is `to`
    with B*S at places that pad, which is the inverse map a gradient needs. `blind` [B, Q, L] marks the places of branches that
    must not see the picture; None when there is none.
    """
    batch, prefix = len(packs), int((packs[0]["segment"] == 0).sum())
    length = -(-max(len(p["ids"]) for p in packs) // 8) * 8
    branches = max(len(p["answers"]) for p in packs)
    most = max(int(np.bincount(p["segment"])[1:].max()) for p in packs)
    ids = np.zeros((batch, length), np.int64)
    positions = np.zeros((batch, 3, length), np.int64)
    labels = np.full((batch, length), IGNORE, np.int64)
    to = np.zeros((batch, branches, most), np.int64)
    forth = np.full((batch, branches, most), batch * length, np.int64)
    back = np.full((batch, length), batch * branches * most, np.int64)
    for row, p in enumerate(packs):
        n = len(p["ids"])
        ids[row, :n], positions[row, :, :n], labels[row, :n] = p["ids"], p["positions"], p["labels"]
        places = np.arange(prefix, n)
        branch = p["segment"][prefix:] - 1
        within = places - np.searchsorted(p["segment"], p["segment"][prefix:])
        to[row, branch, within] = forth[row, branch, within] = row * length + places
        back[row, prefix:n] = (row * branches + branch) * most + within

    def flat(key, columns=3):
        return np.array([(row, *rest) for row, p in enumerate(packs) for rest in p[key]], np.float64).reshape(-1, columns)

    free = flat("free")
    free[:, 2] += free[:, 0] * (branches + 1)  # numbers that no two pictures share
    blind = np.zeros((batch, length), bool)
    for row, p in enumerate(packs):
        for begin, end in p["blind"]:
            blind[row, begin:end] = True

    return {
        "ids": ids, "positions": positions, "labels": labels, "image": packs[0]["image"], "prefix": prefix,
        "to": to, "back": back, "forth": np.append(forth.reshape(-1), batch * length),
        "inserted": flat("inserted").astype(np.int64), "noisy": flat("noisy"), "said": flat("said", 4),
        "hinted": flat("hinted", 4), "free": free, "blind": blind.reshape(-1)[to] if blind.any() else None,
    }  # fmt: skip
