"""Programs whose comprehensions, filters and generator expressions traced values decide.

Each takes a vector of five numbers and a limit.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np


def keeps_some(x, c):
    return [v * 2 for v in x if v > c]


def adds_squares(x, c):
    return sum(v * v for v in x if v > c)


def finds_the_first(x, c):
    return next((v for v in x if v > c), -1.0)


def finds_none(x, c):
    found = next((v for v in x if v > c), None)
    return 7.0 if found is None else found * 2


def asks_any_and_all(x, c):
    return any(v > 1 for v in x if v > c), all(v > 1 for v in x if v > c), any(v > c for v in x)


def has_two_filters(x, c):
    pairs = [(i, v) for i, v in enumerate(x) if v > c if v < 1.5]
    return [i * v for i, v in pairs], len(pairs), [v for _, v in pairs if v < 0.5]


def has_two_loops(x, c):
    return [a * b for a in x if a > c for b in x if b < a]


def takes_extremes(x, c):
    return (
        max((v for v in x if v > c), default=0.0),
        sorted(v for v in x if v > c),
        min([v for v in x if v > c], default=1.0),
    )


def makes_arrays(x, c):
    return np.array([v for v in x if v > c]), np.sum([v * v for v in x if not v < c])


def filters(x, c):
    return (
        list(filter(lambda v: v > c, x)),
        list(itertools.filterfalse(lambda v: v > c, x)),
        list(itertools.takewhile(lambda v: v < c + 1, x)),
        list(itertools.dropwhile(lambda v: v < c, x)),
        list(itertools.compress(x, x > c)),
        sum(map(np.square, [v for v in x if v > c])),
    )


def names_a_value(x, c):
    return [y for v in x if (y := v * 2) > c], y


def names_a_value_behind_a_filter(x, c):
    y = x[0]
    kept = [(y := y + v) for v in x if v > c]
    return kept, y


def goes_through_the_kept(x, c):
    total, kept = 0.0, [v for v in x if v > c]
    for w in (v * v for v in kept if v < 1.5):
        total = total * 0.5 + w
    return total, [a + b for a, b in zip(kept, x, strict=False)], [v - 1 for v in list(kept)]


def nests(x, c):
    return [[a for a in x if a > b + c] for b in x[:3]]


def counts(x, c):
    return len([v for v in x if v > c]), sum(1 for v in x if v > c), [v for v in x if v > c][-1]


def filters_in_a_lambda(x, c):
    over = lambda xs, t: [v for v in xs if v > t]  # noqa: E731
    return over(x, c), over([1, 2, 3], 2)


def drops_none(x, c):
    return [w for w in (v if v > c else None for v in x) if w is not None]


def sits_in_a_branch(x, c):
    if x[0] > c:
        made = [v * c for v in x if v > 0]
    else:
        made = [v + c for v in x if (v < 0.5 and v != c) or v > 1.6]
    return made, sum(v for v in made if v > 0)


def sits_in_a_loop(x, c):
    best, n = 0.0, 0
    while best < 3.0 and n < 9:
        best = best + sum(v for v in x if v > c + best) + 0.75
        n += 1
    return best


def stays_plain(x, c):
    odd = [i for i in range(5) if i % 2]
    words = [w for w in ("a", "bb") if len(w) > 1]
    return [x[i] for i in odd] + [c] * len(words), {w: c for w in words if w != "a"}


PROGRAMS: list[Any] = [
    f for f in [*vars().values()] if getattr(f, "__module__", "") == __name__ and callable(f)
]
