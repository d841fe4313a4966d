"""Drafts of a thought: the words that name an item's intermediate results, true or false, and the answer they imply."""

from ..world.vocabulary import COLOURS, FILL_WORD, SHAPES, SIZES

_YES_NO = ("yes", "no")
_COUNTS = ("count", "count_shape", "count_colour")


def draft(rng, scene, item, true):
    """(words in order, the answer they imply) of one item; None when a false draft cannot be made.

    true: whether the draft is what the picture shows; a false one is plausible: another object of the scene, a count that
    is off by one or two, another value or option. The words are an object's colour and shape, both counts of a sum or a
    comparison with their outcome, a value, or an option's content with its letter.
    """
    answer = item["answer"]
    if item["options"]:
        letters = "ABCD"[: len(item["options"])]
        letter = answer if true else rng.choice([x for x in letters if x != answer])
        return [*item["options"]["ABCD".index(letter)].split(), letter], letter
    family = item["family"]
    if family in ("nearest", "extreme", "two_hop"):
        thing = scene["objects"][item["focus"][0]]
        if not true:
            others = [t for t in scene["objects"] if (t["colour"], t["shape"]) != (thing["colour"], thing["shape"])]
            if not others:
                return None
            thing = rng.choice(others)
        words = [thing["colour"], thing["shape"]]
        if family != "two_hop":
            return words, " ".join(words)
        return words, thing["colour" if answer in COLOURS else "shape"]
    if family in ("sum", "compare_count"):
        counts = [len(meant) for _, _, meant in item["mentions"]]
        if not true:
            at = rng.randrange(2)
            counts[at] = _other_count(rng, counts[at])
        outcome = str(sum(counts)) if family == "sum" else _YES_NO[counts[0] <= counts[1]]
        return [*map(str, counts), outcome], outcome
    if family in _COUNTS:
        value = answer if true else str(_other_count(rng, int(answer)))
        return [value], value
    value = answer if true else rng.choice([x for x in _values(answer) if x != answer])
    return [value], value


def _values(answer):
    """All values that questions with such an answer can have."""
    return next(pool for pool in (_YES_NO, COLOURS, SHAPES, SIZES, list(FILL_WORD.values())) if answer in pool)


def _other_count(rng, count):
    return rng.choice([n for n in (count - 2, count - 1, count - 1, count + 1, count + 1, count + 2) if n >= 0])


def spread(rng, words, rows):
    """Which word every think row carries (None = no word): in order over the rows or, half of the time, with gaps."""
    carried = [words[row * len(words) // rows] for row in range(rows)] if rows >= len(words) else rng.sample(words, rows)
    if rng.random() < 0.5:
        keep = rng.uniform(0.3, 1.0)
        carried = [word if rng.random() < keep else None for word in carried]
    return carried


def word_token(tokenizer, word, boxed=False):
    """The token that stands for a word: the word alone where that is one token, else the word after a space.

    boxed: the word's first token as it stands in an answer's box, where it often is one with the brace before it.
    """
    if boxed:
        reply = tokenizer.encode(f"\\boxed{{{word}}}")
        return next(token for token, (_, end) in zip(reply.ids, reply.offsets) if end > len("\\boxed{"))
    ids = tokenizer.encode(word).ids
    return ids[0] if len(ids) == 1 else tokenizer.encode(f" {word}").ids[0]
