"""Arguments that a trace would use up, or whose content it would not see change, are refused."""

from __future__ import annotations

import itertools
from array import array
from collections import OrderedDict, UserList, deque
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import CallError

X = [np.ones(3), 2 * np.ones(3)]

USED_UP = {
    "generator": lambda: (x for x in X),
    "list_iterator": lambda: iter(X),
    "map": lambda: map(np.sin, X),
    "zip": lambda: zip(X, X, strict=True),
    "filter": lambda: filter(np.any, X),
    "enumerate": lambda: enumerate(X),
    "reversed": lambda: reversed(X),
    "chain": lambda: itertools.chain(X, X),
    "dict_values": lambda: {"a": X[0]}.values(),
    "dict_items": lambda: {"a": X[0]}.items(),
    "flatiter": lambda: X[0].flat,
    "nditer": lambda: np.nditer(X[0]),
    "UserList": lambda: UserList(X),
    "array": lambda: array("d", [1.0, 2.0]),
    "bytearray": lambda: bytearray([1, 2]),
}


def first(xs: Any) -> Any:
    return sum(np.sum(x) for x in xs)


@pytest.mark.parametrize("name", USED_UP)
def test_an_argument_that_can_be_read_once_is_refused_everywhere(name: str) -> None:
    make = USED_UP[name]
    ways = [
        lambda: gl.trace(first, make()),
        lambda: gl.compile(first)(make()),
        lambda: gl.grad(lambda xs, y: first(xs) * y, 1)(make(), 1.0),
        lambda: gl.vmap(lambda xs, y: first(xs) * y, in_axes=(None, 0))(make(), np.ones(2)),
        lambda: gl.trace(first, [make()]),
    ]
    for way in ways:
        with pytest.raises(CallError, match=r"an argument or result is a ") as caught:
            way()
        assert isinstance(caught.value, TypeError)
        assert "\n  pass " in str(caught.value) or "list(...)" in str(caught.value)
        assert "test_readable.py" in str(caught.value)


def test_the_generator_is_not_touched() -> None:
    numbers = (x for x in X)
    with pytest.raises(CallError):
        gl.trace(first, numbers)
    assert next(numbers) is X[0]


def test_a_result_that_is_a_generator_is_refused() -> None:
    for f in (lambda x: (x * i for i in range(3)), lambda x: map(np.sin, [x])):
        with pytest.raises(gl.GradloomError, match=r"generator|map"):
            gl.compile(f)(X[0])


def test_containers_and_ranges_are_taken() -> None:
    for xs in (X, tuple(X), deque(X), OrderedDict(a=X[0], b=X[1])):
        f = gl.compile(lambda xs: first(xs.values() if isinstance(xs, dict) else xs))
        assert f(xs) == 9
    assert gl.compile(lambda r, x: x * len(r))(range(3), 2.0) == 6


def test_one_that_is_named_static_is_the_users_own_affair() -> None:
    f = gl.compile(lambda xs, y: next(xs) * y, static_argnums=0)
    assert f(iter([2.0]), 3.0) == 6
