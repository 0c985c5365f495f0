"""What every random program finds in its module: helpers as people write them, and globals."""

from __future__ import annotations

from typing import Final

PRELUDE: Final = """\
import contextlib
import functools
import math
import operator

import numpy as np

STORE = np.array([0.25, -1.0, 0.75])
SEEN = [0.5, 1.5]
TABLE = {"p": 1.0, "q": -0.5}


def early(v, w=0.5):
    if v > w:
        return v - w
    if w > 1.0:
        v = v + 1.0
    return w * 0.5


def early_by(w):
    def inner(v):
        return early(v, w)

    return inner


def search(v):
    for q in range(3):
        if v[q] > 0.5:
            return v[q] * q
    return v[0]


def first(v, least):
    for i, x in enumerate(v):
        if x < least:
            continue
        break
    else:
        return least
    return x + i


def change(v, c):
    if c > 0.0:
        v[0] = c
        return 1.0
    v[1] += c
    return 2.0


def doubled(v):
    return v * 2.0


def deepest(v, n):
    if n == 0:
        return v
    return deepest(v * 0.5 + 1.0, n - 1) if v < 3.0 else v


def star(*args, z=0.0, k=1.0, **rest):
    total = z
    for arg in args:
        total = total + arg * k
    return total


def counted(v, limit=4):
    count = 0
    while v > 0.25 and count < limit:
        v = v * 0.5
        count += 1
    return count


def chained(v):
    total = v

    def inner(w):
        nonlocal total
        total = total + w if w > total else total - w
        return total

    return inner


def both(v, f):
    if f > 0:
        return f, v
    return -f, v * f


def maybe(f):
    if f > 0.5:
        return f


def jumps(v, least=0.0):
    for a, b in zip(v[:-1], v[1:]):
        if b - a > least:
            yield b - a


def rising(v):
    top = 0.0
    for a in v:
        top = max(top, a)
        yield top


@contextlib.contextmanager
def scaled(box, by):
    before = box.p
    box.p = box.p * by
    try:
        yield box
    finally:
        box.p = before + 0.5


class Box:
    scale = 2.0

    def __init__(self, p, q):
        self.p = p
        self.q = q

    def step(self, c):
        if c > self.p:
            self.p = c * 0.5
            return c
        self.q[1] = c
        return self.p * self.scale

    @property
    def both(self):
        return self.p + self.q[0] if self.p > 0 else self.p

    @both.setter
    def both(self, value):
        self.p = value if value < 1 else 1.0

    def moved(self, by):
        return type(self)(self.p + by, self.q.copy())

    def __call__(self, v):
        return v * self.p

    def __getitem__(self, i):
        return self.q[i]

    def __setitem__(self, i, value):
        self.q[i] = value

    def __lt__(self, other):
        return self.p < other

    def __bool__(self):
        return bool(self.p > 0)

    def __contains__(self, x):
        return bool(x > self.p)

    def __enter__(self):
        self.p = self.p + 1.0
        return self

    def __exit__(self, *error):
        self.p = self.p - 0.5


class Other(Box):
    scale = -1.0

    def step(self, c):
        made = super().step(c - 0.5)
        self.p += 0.25
        return made


KEEP = Box(0.5, np.array([1.0, 2.0, 3.0]))

"""
