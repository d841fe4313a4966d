"""Small statistics of paired and ranked outcomes."""

from math import comb


def mcnemar(fixed, broken):
    """Two-sided exact McNemar test: the probability of a split at least this uneven if both were equally likely."""
    n, least = fixed + broken, min(fixed, broken)
    return min(1.0, 2 * sum(comb(n, k) for k in range(least + 1)) / 2**n) if n else 1.0


def auroc(pairs):
    """Probability that a value of a right item exceeds one of a wrong item, from (value, right) pairs; ties count half."""
    right, wrong = ([v for v, kind in pairs if bool(kind) == wanted] for wanted in (True, False))
    if not right or not wrong:
        return float("nan")
    return sum((a > b) + 0.5 * (a == b) for a in right for b in wrong) / (len(right) * len(wrong))


def quantile(values, share):
    """The value below which `share` of the values lie (nearest rank); nan for none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else float("nan")
