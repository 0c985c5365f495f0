"""What cannot be joined or undone is refused by name, and nothing leaks."""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import GradloomError, LeakedTracer, NotSupported, TraceError, ValueNeeded
from tests.frontend.staging.agreement import DRAWS, X, assert_same

KEPT: Any = 1.0


def one_of_two_lists(x: Any, s: Any) -> Any:
    a, b = [s, s], [s * 2.0, s]
    c = a if s > 0.0 else b
    c[0] = 7.0
    return a, b


def list_in_a_pair(x: Any, s: Any) -> Any:
    a = [s]
    if s > 0.0:
        pair = (a, s)
    else:
        pair = (a, s * 2.0)
    pair[0].append(1.0)
    return a


def changed_after_return(x: Any, s: Any) -> Any:
    a = [s]
    try:
        if s > 0.0:
            return a, s
    finally:
        a[0] = 5.0
    return a, s * 2.0


def one_of_two_arrays(x: Any, s: Any) -> Any:
    y, z = x * 1.0, x * 2.0
    for v in (y, z):
        v[0] = 5.0
        if s > 0.0:
            break
    return y, z


def caught_outside(x: Any, s: Any) -> Any:
    y = x * 1.0
    try:
        if s > 0.0:
            y[0] = 100.0
            y = y.reshape(7)
    except ValueError:
        y[1] = -1.0
    return y


def caught_around_a_choice(x: Any, s: Any) -> Any:
    try:
        return x.reshape(7) if s > 0.0 else x
    except ValueError:
        return x + 1.0


def sets_a_global(x: Any, s: Any) -> Any:
    global KEPT
    if s > 0.0:
        KEPT = s
    return s * KEPT


def sets_a_global_in_a_loop(x: Any, s: Any) -> Any:
    global KEPT
    while s > 0.0:
        KEPT = s
        s = s - 1.0
    return s * KEPT


def kept_by_a_library(x: Any, s: Any) -> Any:
    kept: Any = collections.ChainMap({})
    if s > 0.0:
        kept["a"] = s * 2.0
    else:
        kept["a"] = s * 3.0
    return kept["a"]


def ends_by_a_traced_value(x: Any, s: Any) -> Any:
    return s if s <= 0.0 else ends_by_a_traced_value(x, s - 1.0)


@pytest.mark.parametrize(
    ("f", "kind", "told"),
    [
        (one_of_two_lists, TraceError, "a list is changed that may or may not be another list"),
        (list_in_a_pair, TraceError, "a list is changed"),
        (changed_after_return, TraceError, "a list is changed"),
        (one_of_two_arrays, TraceError, "may or may not share memory"),
        (caught_outside, TraceError, "caught outside"),
        (caught_around_a_choice, TraceError, "caught outside"),
        (sets_a_global, TraceError, "'KEPT' is set under a traced condition"),
        (sets_a_global_in_a_loop, TraceError, "'KEPT' is set under a traced condition"),
        (kept_by_a_library, LeakedTracer, "used outside of it"),
        (ends_by_a_traced_value, TraceError, "inside each other"),
    ],
)
def test_it_is_refused(f: Callable[..., Any], kind: type[GradloomError], told: str) -> None:
    for draw in DRAWS:
        with pytest.raises(kind, match=told):
            gl.compile(f)(*draw)
    assert KEPT == 1.0


def test_numbers_of_numpys_generators_are_not_drawn_where_the_program_decides_how_often() -> None:
    def in_a_branch(x: Any, s: Any) -> Any:
        r = np.random.default_rng(0)
        return s + r.random() if s > 0.0 else s - r.random()

    def in_a_loop(x: Any, s: Any) -> Any:
        r, total = np.random.default_rng(0), 0.0
        while s > 0.0:
            total += r.random()
            s = s - 1.0
        return total

    for f in (in_a_branch, in_a_loop):
        with pytest.raises(NotSupported, match="how often it is drawn"):
            gl.compile(f)(*DRAWS[0])


def test_a_function_without_source_says_so() -> None:
    names: dict[str, Any] = {}
    exec("def unseen(x, s):\n    return s if s > 0.0 else -s\n", names)
    with pytest.raises(ValueNeeded, match="source is not at hand"):
        gl.compile(names["unseen"])(*DRAWS[0])


def test_the_trace_after_a_refused_one_is_whole() -> None:
    with pytest.raises(TraceError):
        gl.compile(caught_outside)(*DRAWS[0])
    assert_same(gl.compile(lambda x: x * 2.0 if x[0] > 0.0 else x)(X), X * 2.0)


def two_choices_of_one_array(x: Any, s: Any) -> Any:
    a, b, c = x * 1.0, x * 2.0, x * 3.0
    p = a if s > 0.0 else b
    q = a if x[0] > 0.0 else c
    p[0] = 7.0
    return q


def a_choice_of_a_choice(x: Any, s: Any) -> Any:
    a, b = x * 1.0, x * 2.0
    p = a if s > 0.0 else b
    p = p if x[0] > 0.0 else x * 3.0
    p[0] = 7.0
    return a


@pytest.mark.parametrize("f", [two_choices_of_one_array, a_choice_of_a_choice])
def test_what_may_share_memory_through_several_choices_is_lost_when_one_is_written(
    f: Callable[..., Any],
) -> None:
    with pytest.raises(TraceError, match="may or may not share memory"):
        gl.compile(f)(*DRAWS[0])


def test_texts_are_printed_where_the_program_prints_them(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def f(x: Any, s: Any) -> Any:
        if s > 0.0:
            print("plus")  # noqa: T201
        else:
            print("minus", s)  # noqa: T201
        k = 0
        while k < s:
            print("turn")  # noqa: T201
            k += 1
        return k

    run = gl.compile(f)
    run(*DRAWS[2])
    run(*DRAWS[1])
    assert capfd.readouterr().out == "plus\nturn\nturn\nturn\nminus -1.0\n"
