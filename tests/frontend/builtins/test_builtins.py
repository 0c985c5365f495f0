"""Python's builtins on traced numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.builtins import (
    BUILTINS,
    all_of,
    any_of,
    bool_of,
    float_of,
    int_of,
    maximum_of,
    minimum_of,
    print_of,
    sorted_of,
)

NUMBERS = st.sampled_from([-2.0, -1.0, -0.0, 0.0, 1.0, 1.5, 3.0])
THREE = st.lists(NUMBERS, min_size=3, max_size=3).map(np.array)


def _same(ours: Any, plain: Any) -> None:
    a, b = np.asarray(ours), np.asarray(plain)
    np.testing.assert_array_equal(a, b)
    if a.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(a), np.signbit(b))


@settings(max_examples=20, deadline=None)
@given(THREE)
def test_min_max_and_sorted_are_pythons(x: np.ndarray) -> None:
    compiled = gl.compile(
        lambda x: (
            minimum_of(x), maximum_of(x[0], x[1], x[2]), maximum_of(x[0], 0.0),
            minimum_of(x, key=abs), sorted_of(x), sorted_of(x, reverse=True),
            sorted_of(x, key=abs), sorted_of(x, key=abs, reverse=True),
        )
    )  # fmt: skip
    plain = (
        min(x), max(x[0], x[1], x[2]), max(x[0], 0.0), min(x, key=abs), sorted(x),
        sorted(x, reverse=True), sorted(x, key=abs), sorted(x, key=abs, reverse=True),
    )  # fmt: skip
    for ours, expected in zip(compiled(x), plain, strict=True):
        _same(ours, expected)


@pytest.mark.parametrize("x", [[np.nan, 1.0], [1.0, np.nan], [np.nan, np.nan]])
def test_nan_in_min_and_max_stays_where_python_leaves_it(x: list[float]) -> None:
    y = np.array(x)
    low, high = gl.compile(lambda y: (minimum_of(y), maximum_of(y[0], y[1])))(y)
    _same(low, min(y))
    _same(high, max(y[0], y[1]))


@settings(max_examples=20, deadline=None)
@given(THREE)
def test_any_all_bool_int_and_float_are_pythons(x: np.ndarray) -> None:
    compiled = gl.compile(
        lambda x: (any_of(x), all_of(x), bool_of(x[0]), int_of(x[1]), float_of(x[2]))
    )
    ours = compiled(x)
    plain = (any(x), all(x), bool(x[0]), int(x[1]), float(x[2]))
    assert ours == plain
    assert [type(a) for a in ours] == [type(b) for b in plain]


def test_derivatives_go_through_the_chosen_item() -> None:
    f = gl.compile(gl.grad(lambda x: maximum_of(x) * 2 + minimum_of(x[0], 1.0)))
    _same(f(np.array([0.5, 3.0, 2.0])), [1.0, 2.0, 0.0])


def test_items_may_be_tuples_that_are_sorted_by_a_key() -> None:
    pairs = gl.compile(lambda x: sorted_of([(x[0], x[1]), (x[2], x[0])], key=lambda p: p[0]))
    assert pairs(np.array([2.0, 5.0, 1.0])) == [(1.0, 2.0), (2.0, 5.0)]


def test_plain_values_go_to_python() -> None:
    assert maximum_of([], default=3) == 3
    assert minimum_of("ba") == "a"
    assert sorted_of("cab", reverse=True) == ["c", "b", "a"]
    assert int_of("12", 3) == 5
    assert any_of([]) is False
    assert all_of([]) is True
    with pytest.raises(ValueError, match="empty"):
        maximum_of([])
    assert BUILTINS[min] is minimum_of


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_print_shows_numbers_at_every_run(backend: str, capsys: Any) -> None:
    pytest.importorskip(backend)

    def f(x: Any) -> Any:
        print_of("x {0} is", x, x[0] * 2, sep=" | ")
        print_of("only text")
        return x + 1

    compiled = gl.compile(f, backend=backend)
    compiled(np.array([1.0, 2.0]))
    compiled(np.array([3.0, 4.0]))
    shown = capsys.readouterr().out.splitlines()
    assert [line for line in shown if line != "only text"] == [
        "x {0} is | [1. 2.] | 2.0",
        "x {0} is | [3. 4.] | 6.0",
    ]
    with pytest.raises(gl.GradloomError, match="whole lines"):
        gl.trace(lambda x: print_of(x, end=""), 1.0)
