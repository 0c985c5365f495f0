"""Programs that ask of a list with a traced length what Python's lists can.

Each takes a vector of five numbers and a limit.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def some(x, c):
    return [v for v in x if v > c]


def is_cut(x, c):
    xs = some(x, c)
    return (
        xs[1:], xs[:-1], xs[::2], xs[::-1], xs[-2:], xs[3:1:-1], xs[-1:-4:-1], xs[:2], xs[9:],
        xs[:], len(xs[1:]), xs[1:4:2], sum(xs[-3:-1]),
    )  # fmt: skip


def is_cut_at_traced_places(x, c):
    xs, k = some(x, c), np.sum(x > 0.5)
    return xs[k - 1 :], xs[:k], xs[-k:], xs[k:1:-1], xs[1:k]


def loses_parts(x, c):
    a, b, d = some(x, c), some(x, c), some(x, c)
    del a[1:3]
    del b[::2]
    del d[-1:0:-2]
    return a, b, d


def is_sorted(x, c):
    xs, ys, zs = some(x, c), some(x, c), [(v * v, v) for v in x if v > c]
    xs.sort()
    ys.sort(key=lambda v: -abs(v), reverse=True)
    zs.sort(key=lambda pair: pair[0])
    return xs, ys, zs, sorted(xs, reverse=True)


def is_turned(x, c):
    xs, total = some(x, c), 0.0
    xs.reverse()
    for v in reversed(xs):
        total = total * 0.5 + v
    return xs, total, list(reversed(xs)), [i * v for i, v in enumerate(reversed(xs))]


def is_searched(x, c):
    xs = [2.0] + some(x, c) + [2.0, 7.0]
    return xs.index(2.0), xs.index(2.0, 1), xs.index(7.0, -2), xs.count(2.0), 7.0 in xs, c in xs


def loses_an_item(x, c):
    xs = some(x, c) + [c, 1.7]
    xs.remove(1.7)
    xs.remove(c)
    return xs, c not in xs


def is_compared(x, c):
    xs, ys = some(x, c), some(x, 0.2)
    same = xs == ys
    if xs != [1.7]:
        same = same + 2.0
    return same, xs == [0.3, 1.7, 0.9], xs == [v * 1.0 for v in x], xs != ys


def is_repeated(x, c):
    xs = some(x, c)
    xs *= 2
    return xs, some(x, c) * 3, 2 * some(x, c), some(x, c) * 0


def is_joined(x, c):
    xs, ys = [c], []
    xs += some(x, c)
    xs.extend(some(x, 0.5))
    ys.extend(v for v in x if v > c)
    ys += (v * v for v in x if v > 0.5)
    return xs, ys, [c] + some(x, c), some(x, c) + [c]


def is_zipped(x, c):
    xs = some(x, c)
    return (
        [a + b for a, b in zip(xs, xs[2:], strict=False)],
        [a * b for a, b in zip(xs, some(x, c), strict=True)],
        [(i, a) for i, a in enumerate(xs, 2)],
    )


def is_a_stack(x, c):
    stack, total = some(x, c), 0.0
    stack.insert(1, c)
    for _ in range(3):
        if stack:
            total = total * 0.5 + stack.pop()
        if len(stack) > 1:
            total = total - stack.pop(-2) * stack[-1]
    return total, stack


def grows_in_a_loop_and_is_cut(x, c):
    window, total = [], 0.0
    for v in x:
        window.append(v)
        window = window[-2:]
        total = total + sum(window)
        if total > c + 1:
            break
    return window, total


PROGRAMS: list[Any] = [
    f for f in [*vars().values()] if getattr(f, "__module__", "") == __name__ and f is not some
]
