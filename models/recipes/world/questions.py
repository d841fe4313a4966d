"""Asks questions about a scene: one function per family, each giving question, answer, ordered steps and the objects meant."""

from .geometry import directly, extreme, larger, nearest, side_of
from .phrases import cell, describe, left_to_right, matching, name, phrase, place, plural, unique_description, with_article
from .vocabulary import COLOURS, FILLS, HELD_OUT, QUESTIONS, SHAPES, SIZES, WORLD, FILL_WORD

_EXTREMES = [d["extreme"] for d in WORLD["directions"]] + ["largest", "smallest"]


def _item(rng, family, answer, steps, focus, template=None, **slots):
    """Fills a template and records which objects every noun phrase means.

    slots: name -> text, or (text, object indexes) for a phrase that means objects.
    Returns a dict with `mentions` as [start, end, indexes] in characters of the question.
    """
    text = template or rng.choice(QUESTIONS["families"][family])
    mentions = []
    while (start := text.find("{")) >= 0:
        end = text.index("}", start)
        value = slots[text[start + 1 : end]]
        words, meant = value if isinstance(value, tuple) else (value, None)
        text = text[:start] + words + text[end + 1 :]
        if meant is not None:
            mentions.append([start, start + len(words), meant])
    return {
        "family": family, "question": text, "options": None, "answer": answer,
        "steps": steps, "mentions": mentions, "focus": focus,
    }  # fmt: skip


def _pick(rng, scene, leave_out=()):
    """A random object with a phrase that fits it alone: (index, thing, (text, [index])) or None."""
    index = rng.randrange(len(scene["objects"]))
    found = unique_description(rng, scene, index, leave_out)
    return found and (index, scene["objects"][index], (phrase(found), [index]))


def _attribute(family, key, word):
    def ask(rng, scene, _held_out):
        picked = _pick(rng, scene, (key,))
        if not picked:
            return None
        index, thing, a = picked
        value = word(thing)
        kind = "" if key in ("shape",) else f" is {value}"
        steps = [place(scene, thing), f"it is {with_article(value) if not kind else value}."]
        return _item(rng, family, value, steps, [index], a=a)

    return ask


def _existence(rng, scene, held_out):
    # Below a half, because absent objects that turn out to be present are drawn again: answers come out even.
    if rng.random() < 0.38:
        thing = rng.choice(scene["objects"])
        wanted = describe(thing, rng.choice([("colour", "shape")] * 4 + [("shape",), ("colour",), ("size", "colour", "shape")]))
    else:
        wanted = {"colour": rng.choice(COLOURS), "shape": rng.choice(SHAPES)}
        # Most absent objects share their colour or shape with a present one, so that half a match is not enough.
        kept = rng.random()
        if kept < 0.4:
            wanted["shape"] = rng.choice(scene["objects"])["shape"]
        if 0.25 < kept < 0.8:
            wanted["colour"] = rng.choice(scene["objects"])["colour"]
        if kept > 0.92:
            wanted = {rng.choice(["colour", "shape"]): None}
            key = next(iter(wanted))
            wanted[key] = rng.choice(COLOURS if key == "colour" else SHAPES)
        if matching(scene, wanted) or (not held_out and (wanted.get("shape"), wanted.get("colour")) in HELD_OUT):
            return None
    found = matching(scene, wanted)
    steps = [place(scene, scene["objects"][i]) for i in left_to_right(scene, found)] or [f"no {phrase(wanted)}."]
    answer = "yes" if found else "no"
    return _item(rng, "existence", answer, steps, found, one=(with_article(phrase(wanted)), found))


def _listing(scene, indexes):
    """'red star, blue circle: 2.' (objects from left to right), or 'none: 0.'"""
    names = [name(scene["objects"][i]) for i in left_to_right(scene, indexes)]
    return f"{', '.join(names) or 'none'}: {len(indexes)}."


def _count(family, pool):
    def ask(rng, scene, _held_out):
        wanted = pool(rng, scene)
        found = matching(scene, wanted)
        many = (plural(wanted), found)
        return _item(rng, family, str(len(found)), [_listing(scene, found)], found, many=many)

    return ask


def _class_of(key, rng, scene):
    """A class by one attribute; mostly one that some object belongs to."""
    pool = {"shape": SHAPES, "colour": COLOURS, "fill": FILLS, "size": SIZES}[key]
    return {key: rng.choice(scene["objects"])[key] if rng.random() < 0.75 else rng.choice(pool)}


def _colour_class(rng, scene):
    return _class_of("colour" if rng.random() < 0.75 else rng.choice(["fill", "size"]), rng, scene)


def _relation(rng, scene, _held_out):
    one, two = _pick(rng, scene), _pick(rng, scene)
    if not one or not two or one[0] == two[0]:
        return None
    direction = rng.choice(WORLD["directions"])
    truth = side_of(scene, one[0], two[0], direction)
    if truth is None:
        return None
    i = 0 if direction["axis"] == "x" else 1
    first, second = cell(scene, one[1])[i], cell(scene, two[1])[i]
    steps = [place(scene, one[1]), place(scene, two[1]), f"{first} {'<' if first < second else '>'} {second}."]
    return _item(rng, "relation", "yes" if truth else "no", steps, [one[0], two[0]],
                 a=one[2], b=two[2], direction=direction["phrase"])  # fmt: skip


def _nearest(rng, scene, _held_out):
    picked = _pick(rng, scene)
    found = picked and nearest(scene, picked[0])
    if found is None:
        return None
    thing = scene["objects"][found]
    steps = [place(scene, picked[1]), f"nearest: {place(scene, thing)}"]
    return _item(rng, "nearest", name(thing), steps, [found], a=picked[2])


def _compare_size(rng, scene, _held_out):
    one, two = _pick(rng, scene, ("size",)), _pick(rng, scene, ("size",))
    if not one or not two or one[0] == two[0]:
        return None
    template = rng.choice(QUESTIONS["families"]["compare_size"])
    a, b = (one[0], two[0]) if "larger" in template else (two[0], one[0])
    if not larger(scene, a, b) and rng.random() < 0.6:  # equal sizes also mean 'no': keeps the answers near even
        return None
    steps = [f"{name(t)} is {t['size']}." for t in (one[1], two[1])]
    return _item(rng, "compare_size", "yes" if larger(scene, a, b) else "no", steps, [one[0], two[0]],
                 template, a=one[2], b=two[2])  # fmt: skip


def _two_classes(rng, scene):
    key = rng.choice(["shape", "colour"])
    one, two = _class_of(key, rng, scene), _class_of(key, rng, scene)
    return None if one == two else (one, two, matching(scene, one), matching(scene, two))


def _compare_count(rng, scene, _held_out):
    classes = _two_classes(rng, scene)
    if not classes:
        return None
    one, two, first, second = classes
    if len(first) <= len(second) and rng.random() < 0.45:
        one, two, first, second = two, one, second, first
    steps = [_listing(scene, first), _listing(scene, second)]
    return _item(rng, "compare_count", "yes" if len(first) > len(second) else "no", steps, first + second,
                 many=(plural(one), first), many2=(plural(two), second))  # fmt: skip


def _sum(rng, scene, _held_out):
    classes = _two_classes(rng, scene)
    if not classes:
        return None
    one, two, first, second = classes
    total = len(first) + len(second)
    steps = [_listing(scene, first), _listing(scene, second), f"{len(first)} + {len(second)} = {total}."]
    return _item(rng, "sum", str(total), steps, first + second,
                 many=(plural(one), first), many2=(plural(two), second))  # fmt: skip


def _extreme(rng, scene, _held_out):
    word = rng.choice(_EXTREMES)
    found = extreme(scene, word)
    if found is None:
        return None
    thing = scene["objects"][found]
    return _item(rng, "extreme", name(thing), [f"{word}: {place(scene, thing)}"], [found], extreme=(word, [found]))


def _two_hop(rng, scene, _held_out):
    template = rng.choice(QUESTIONS["families"]["two_hop"])
    slots, steps = {}, []
    if "{extreme}" in template:
        word = rng.choice(_EXTREMES)
        found = extreme(scene, word)
        slots["extreme"] = (word, [found])
        lead = word
    else:
        picked = _pick(rng, scene)
        if not picked:
            return None
        slots["a"] = picked[2]
        steps.append(place(scene, picked[1]))
        if "{direction}" in template:
            direction = rng.choice(WORLD["directions"])
            slots["direction"] = lead = direction["phrase"]
            found = directly(scene, picked[0], direction)
        else:
            lead = "nearest"
            found = nearest(scene, picked[0])
    if found is None:
        return None
    thing = scene["objects"][found]
    answer = thing["colour" if "colour" in template else "shape"]
    return _item(rng, "two_hop", answer, [*steps, f"{lead}: {place(scene, thing)}"], [found], template, **slots)


_ASKERS = {
    "colour": _attribute("colour", "colour", lambda t: t["colour"]),
    "shape": _attribute("shape", "shape", lambda t: t["shape"]),
    "size": _attribute("size", "size", lambda t: t["size"]),
    "fill": _attribute("fill", "fill", lambda t: FILL_WORD[t["fill"]]),
    "existence": _existence,
    "count": _count("count", lambda rng, scene: {}),
    "count_shape": _count("count_shape", lambda rng, scene: _class_of("shape", rng, scene)),
    "count_colour": _count("count_colour", _colour_class),
    "relation": _relation, "nearest": _nearest, "compare_size": _compare_size, "compare_count": _compare_count,
    "extreme": _extreme, "two_hop": _two_hop, "sum": _sum,
}  # fmt: skip


def ask(rng, scene, family, held_out=False, tries=40):
    """Asks one question of a family; None when the scene does not allow one.

    held_out: questions may name shape and colour pairs kept out of training.
    """
    for _ in range(tries):
        item = _ASKERS[family](rng, scene, held_out)
        if item:
            return item
    return None


def caption(scene):
    """A caption item: every object from left to right with all its attributes and its place."""
    parts = []
    for i in left_to_right(scene, range(len(scene["objects"]))):
        thing = scene["objects"][i]
        column, row = cell(scene, thing)
        parts.append(f"{phrase(describe(thing, ('size', 'fill', 'colour', 'shape')))} at ({column},{row})")
    return {
        "family": "caption", "question": QUESTIONS["caption"][0], "options": None,
        "answer": "; ".join(parts) + ".", "steps": [], "mentions": [], "focus": [],
    }  # fmt: skip


def as_multiple_choice(rng, item):
    """The same item with lettered options after the question; its answer becomes the right option's letter."""
    answer = item["answer"]
    if answer in ("yes", "no"):
        options = ["yes", "no"]
    elif answer in ("small", "large"):
        options = list(SIZES)
    elif answer in FILL_WORD.values():
        options = list(FILL_WORD.values())
    elif answer.isdigit():
        low = max(0, int(answer) - rng.randrange(4))
        options = [str(low + i) for i in range(4)]
    else:
        options = {answer}
        while len(options) < 4:
            if " " in answer:
                shape, colour = rng.choice(SHAPES), rng.choice(COLOURS)
                if (shape, colour) not in HELD_OUT:
                    options.add(f"{colour} {shape}")
            else:
                options.add(rng.choice(COLOURS if answer in COLOURS else SHAPES))
        options = sorted(options)
    rng.shuffle(options)
    letters = QUESTIONS["options"]["letters"]
    lines = [QUESTIONS["options"]["line"].format(letter=letters[i], option=option) for i, option in enumerate(options)]
    right = letters[options.index(answer)]
    return {**item, "question": item["question"] + "".join(lines), "options": options, "answer": right,
            "steps": [*item["steps"], f"{answer} is {right}."]}  # fmt: skip
