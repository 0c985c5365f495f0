"""What a function may read or change beside its arguments is found in its code."""

from __future__ import annotations

import datetime
import functools
import math
import os
import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.dag.movable import why_changing, why_hidden

WEIGHTS = np.ones(3)
NAMES = ["a"]
RNG = np.random.default_rng(0)
count = 0


def _plain(x: Any, k: int = 2) -> Any:
    return np.tanh(x @ WEIGHTS) * k + math.pi


def _helped(x: Any) -> Any:
    return [_plain(row) for row in x]


def _checked(x: Any) -> Any:
    if x.ndim != 2:
        raise ValueError(f"two axes are due, not {x.ndim} of {x!r}" + "!")
    return x


def _counts(x: Any) -> Any:
    global count
    count += 1
    return x


def _counter() -> Callable[[Any], Any]:
    n = 0

    def counted(x: Any) -> Any:
        nonlocal n
        n += 1
        return x * n

    return counted


def _marks(x: Any) -> Any:
    x.mark = 1
    return x


def _imports(x: Any) -> Any:
    import random as r

    return x * r.random()


def _collects(x: Any, found: list[Any] = []) -> Any:  # noqa: B006  # the mistake that is meant
    return x


def _wrapped(f: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(f)
    def outer(x: Any) -> Any:
        return f(x)

    return outer


def _told(x: Any) -> Any:
    text = f"{x}"
    if len(text) > 3:
        raise ValueError(text)
    return x


_plain_attribute: Any = _plain
_plain_attribute.calls = 0

PURE: list[Callable[..., Any]] = [
    _plain, _helped, _checked, _wrapped(_plain), functools.partial(_plain, k=3), np.sum, np.exp,
    np.einsum, np.linalg.inv, sum, float, math.sqrt, gl.nn.softmax, gl.grad(_plain),
    gl.vmap(_plain), gl.compile(_plain), lambda x: [(lambda z: z + 1)(y) for y in x],
    lambda x: x % 2,
]  # fmt: skip
HIDDEN: list[tuple[Callable[..., Any], str]] = [
    (_counts, "changes the global count"), (_counter(), "changes n of the function around it"),
    (_marks, "changes the attribute mark"), (_imports, "imports random"),
    (_collects, "a default argument, a list"), (_wrapped(_counts), "changes the global"),
    (functools.partial(_plain, NAMES), "a list"), (lambda x: x + len(NAMES), "NAMES, a list"),
    (lambda x: x * RNG.random(), "RNG, a Generator"), (lambda x: x * random.random(), ".random"),
    (lambda x: x * np.random.rand(), ".random"), (np.random.rand, "method of a RandomState"),
    (lambda x: datetime.datetime.now(), "datetime.datetime"), (lambda x: os.environ, "os.environ"),
    (lambda x: open, "it uses open"), (lambda x: np.load("f"), ".load"), (np.load, "is load"),
    (lambda x: x.tofile("f"), ".tofile"), (lambda x: x.flags, ".flags"), (print, "it is print"),
    (lambda x: getattr(x, "s", 1), "getattr"), (lambda x: eval("x"), "eval"),
    (lambda x: globals(), "globals"), (_told, "as text"), (lambda x: "%s" % x, "as text"),  # noqa: UP031
    (lambda x: str(x), "it uses str"), (lambda x: "{}".format(x), ".format"),  # noqa: UP032
    (WEIGHTS.sum, "it is ndarray.sum"), (functools.lru_cache(_plain), "it is _plain"),
    (lambda x: _plain_attribute.calls + x, "_plain_attribute.calls"), (lambda x: sys.argv, ".argv"),
    (lambda x: x.ravel("K"), "lie in memory"), (gl.grad(_counts), "changes the global"),
    (gl.compile(_counts), "changes the global"), (lambda x: _counts(x), "in _counts: it changes"),
    (Exception, ""), (object().__str__, "it is"), (lambda x: undefined, "it uses undefined"),  # noqa: F821
]  # fmt: skip


@pytest.mark.parametrize("function", PURE, ids=lambda f: getattr(f, "__name__", "partial"))
def test_functions_of_their_arguments_alone_are_known(function: Callable[..., Any]) -> None:
    assert why_hidden(function) == ""


@pytest.mark.parametrize(("function", "reason"), HIDDEN, ids=lambda x: x if type(x) is str else "")
def test_all_else_is_named(function: Callable[..., Any], reason: str) -> None:
    found = why_hidden(function)
    assert reason in found
    assert bool(found) == bool(reason)


def test_values_that_may_change_are_told_from_those_that_do_not() -> None:
    assert why_changing((1, 2.5, "x", None, frozenset([3]), slice(1, 2), np.dtype("f4"))) == ""
    for value in ([1], {"a": 1}, {1}, object(), (1, [2]), np.array([object()]), NAMES):
        assert why_changing(value) != ""
