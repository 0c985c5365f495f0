"""Compares a plain function with the same one compiled, values, kinds and changed arguments."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import gradloom as gl

X = np.array([1.0, 2.0, 0.5])
DRAWS = tuple((X, np.float64(s)) for s in (1.0, -1.0, 2.5))


def leaves(x: Any) -> Iterator[Any]:
    """Numbers and arrays, in order."""
    if isinstance(x, list | tuple):
        for part in x:
            yield from leaves(part)
    elif isinstance(x, dict):
        for key in sorted(x):
            yield from leaves(x[key])
    else:
        yield x


def assert_same(ours: Any, theirs: Any) -> None:
    """Equal values, shapes, dtypes and kinds; a Python number may come as one of numpy's."""
    a, b = list(leaves(ours)), list(leaves(theirs))
    assert len(a) == len(b)
    for x, y in zip(a, b, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-11)
        if isinstance(y, np.ndarray | np.generic):
            assert type(x) is type(y)
            assert x.dtype == y.dtype


def assert_compiled(f: Callable[..., Any], draws: Any = DRAWS, backend: str = "numpy") -> None:
    """The function compiled once gives what it gives itself, whichever way it takes."""
    run = gl.compile(f, backend=backend)
    for draw in draws:
        theirs, ours = copy.deepcopy(draw), copy.deepcopy(draw)
        due = f(*theirs)
        assert_same(run(*ours), due)
        assert_same(ours, theirs)
