"""Iterators under traced conditions: an item is taken once, or the program is refused."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import TraceError


def taken_before_and_on_one_way(x):
    it = iter([1.0, 2.0, 3.0])
    a = next(it)
    if x[0] > 0:
        a = a + next(it)
    return a * next(it)


def summed_on_one_way_and_after(x):
    g = (v * 2 for v in x)
    s = 0.0
    if x[0] > 0:
        s = sum(g)
    return s + sum(g)


def taken_inside_of_its_own_loop(x):
    it, s = iter(x), 0.0
    for v in it:
        if v > 0:
            s += next(it, 0.0)
    return s


def gone_through_on_both_ways(x):
    it, s = zip([1.0, 2.0], [3.0, 4.0], strict=True), 0.0
    if x[0] > 0:
        for a, b in it:
            s += a * b
    else:
        s += sum([a for a, _ in it])
    return s


def counted_on_some_turns(x):
    count, s = itertools.count(), 0.0
    for v in x:
        if v > 0.5:
            s += v * next(count)
    return s


def listed_on_one_way(x):
    it = map(abs, [1.0, -2.0])
    kept = list(it) if x[0] > 0 else []
    return len(kept) + len(list(it))


def extends_a_list_on_one_way(x):
    it, kept = iter([1.0, 2.0]), [0.0]
    if x[0] > 0:
        kept.extend(it)
    return sum(kept) + next(it, 5.0)


def spread_in_a_call_on_one_way(x):
    it, s = iter([1.0, 2.0]), 0.0
    if x[0] > 0:
        s = max(*it)
    return s + next(it, 5.0)


def spread_in_a_list_on_one_way(x):
    it, s = iter([1.0, 2.0]), 0.0
    if x[0] > 0:
        s = len([0.0, *it])
    return s + next(it, 5.0)


def unpacked_on_one_way(x):
    it, s = iter([1.0, 2.0]), 0.0
    if x[0] > 0:
        a, b = it
        s = a * b
    return s + next(it, 5.0)


def asked_by_its_method(x):
    it, s = iter([1.0, 2.0]), 0.0
    if x[0] > 0:
        s = it.__next__()
    return s + next(it)


def made_on_the_way(x):
    s = 0.0
    if x[0] > 0:
        it = iter([1.0, 2.0, 3.0])
        s = next(it) + sum(it)
    return s


def taken_on_one_way_alone(x):
    it, s = iter([1.0, 2.0]), 0.0
    if x[0] > 0:
        s = next(it) * next(it) + x[1]
    return s


def without_a_condition(x):
    it, s = iter(range(5)), 0.0
    for i in it:
        s += x[0] * i + (1.0 if x[1] > 0 else 2.0)
        next(it, None)
    return s


REFUSED = [
    taken_before_and_on_one_way, summed_on_one_way_and_after, taken_inside_of_its_own_loop,
    gone_through_on_both_ways, counted_on_some_turns, listed_on_one_way,
    extends_a_list_on_one_way, unpacked_on_one_way, asked_by_its_method,
    spread_in_a_call_on_one_way, spread_in_a_list_on_one_way,
]  # fmt: skip
RUN = [made_on_the_way, taken_on_one_way_alone, without_a_condition]


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_an_iterator_whose_place_the_program_decides_is_refused(f: Any) -> None:
    with pytest.raises(TraceError, match="is advanced under a traced condition and elsewhere"):
        gl.trace(f, np.zeros(3))


@pytest.mark.parametrize("f", RUN, ids=lambda f: f.__name__)
def test_an_iterator_that_one_way_alone_takes_from_runs_as_written(f: Any) -> None:
    run = gl.compile(f)
    for x in (np.array([1.0, 2.0, 3.0]), np.array([-1.0, 0.2, 0.7])):
        np.testing.assert_allclose(run(x), f(x))
