"""Programs whose lists get longer in loops that a traced value ends.

Each takes a vector of five numbers and a limit.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def takes_while_small(x, c):
    out = []
    for v in x:
        if v > c:
            break
        out.append(v * 2)
    return out, len(out)


def appends_and_inserts(x, c):
    out = [c]
    for _ in range(20):
        c = c * 0.5
        if c < 0.1:
            break
        if c > 0.3:
            out.append(c)
        out.insert(0, c * 2)
    return out, sum(out)


def joins(x, c):
    out = []
    for i in range(10):
        out = out + [c * i]
        if i * c > 3:
            return out
    return out


def is_a_queue(x, c):
    out, total = [], 0.0
    for v in x:
        out.append(v)
        if len(out) > 2:
            total = total + out.pop(0)
        if v > c:
            break
    return out, total


class Path:
    def __init__(self):
        self.points = [(0, 1.0)]


def keeps_pairs_in_an_object(x, c):
    path = Path()
    for i in range(6):
        if path.points[-1][1] * x[0] > c:
            break
        path.points.append((i, path.points[-1][1] + 0.3 * x[0]))
    return path.points


def keeps_rows(x, c):
    out = []
    for i in range(6):
        y = x * i
        out.append(y)
        if y[0] > c:
            break
    return np.array(out), out


def begins_anew(x, c):
    out = []
    for i in range(3):
        row = []
        for v in x:
            if v > c * i:
                break
            row.append(v)
        out.append(len(row))
    return out


def has_two_loops(x, c):
    out = []
    for v in x:
        k = c
        for _ in range(4):
            if k < v:
                break
            out.append(k * v)
            k = k * 0.5
        if v > 1:
            break
    return out


def stops_when_full(x, c):
    out = []
    for i in range(10):
        if len(out) >= 3:
            break
        if i * c > 0.3:
            out.append(i * c)
    return out


def goes_through_what_it_has(x, c):
    out, total = [c], 0.0
    for v in x:
        for w in out:
            total = total * 0.5 + w * v
        if total > c + 1:
            break
        out += [v, total]
    return total, out


def clears(x, c):
    out = []
    for v in x:
        if v < c:
            out.clear()
        out.append(v)
        if len(out) > 2:
            break
    return out


def has_a_bound_of_two(x, c):
    out = []
    for i, v in zip(range(np.sum(x > c)), x, strict=False):
        out.append(i * v)
        if v > 1:
            break
    return out


PROGRAMS: list[Any] = [
    f for f in [*vars().values()] if getattr(f, "__module__", "") == __name__ and f is not Path
]
