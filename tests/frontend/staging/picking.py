"""Programs in which a traced value says which of several things it is, none of them a number.

Each takes a vector of three numbers and a limit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

NAMES = ("a", "b", "c")


class Weight:
    def __init__(self, w):
        self.w = w

    def score(self, x):
        return self.w * x[0]


def has_the_best_name(x, c):
    best = max(NAMES, key=lambda n: x[NAMES.index(n)])
    return best == "b", {"a": 1.0, "b": x[1], "c": c}[best]


def has_the_least_object(x, c):
    best = min([Weight(1.0), Weight(2.0), Weight(c)], key=lambda p: p.score(x))
    return best.w * x[1]


def has_the_best_pair(x, c):
    name, value = max(zip(NAMES, x, strict=True), key=lambda pair: pair[1])
    return value * c, name == "c"


def sorts_names(x, c):
    names = sorted(NAMES, key=lambda n: x[NAMES.index(n)])
    pairs = sorted(zip(NAMES, x, strict=True), key=lambda pair: -pair[1])
    return names[0] == "b", names[-1] == "c", pairs[0][1] * c, pairs[0][0] == "a"


def takes_a_name_and_a_function(x, c):
    i = np.argmax(x)
    function = [np.sin, np.cos, np.exp][i]
    return ["low", "mid", "high"][i] == "high", function(c), [np.tanh, np.square][-1 - i % 2](c)


def leaves_a_dict(x, c):
    values, total = dict(zip(NAMES, x, strict=True)), 0.0
    for k in values:
        total = total + values[k]
        if total > c:
            break
    return total


def changes_a_dict_that_it_leaves(x, c):
    values, total = {"a": x[0], "b": x[1], "c": x[2]}, 0.0
    for k, v in values.items():
        if v > c:
            break
        values[k] = v * 2
        total = total * 0.5 + v
    return total, values["a"], values["b"], values["c"]


def returns_out_of_values(x, c):
    total = 0.0
    for v in {"u": x[0], "v": c}.values():
        total = total + v
        if total > 1:
            return total
    return -total


def leaves_a_set(x, c):
    total = 0.0
    for i in {1, 2, 5}:
        total = total + i * x[0]
        if total > c:
            break
    return total


def counts_by_name(x, c):
    counts = {"low": 0, "high": 0}
    for v in x:
        counts["low" if v < c else "high"] += 1
    return counts["low"], counts["high"]


PROGRAMS: list[Any] = [
    f for f in [*vars().values()] if getattr(f, "__module__", "") == __name__ and f is not Weight
]
