"""Settled programs ask what they need not know no more, and mean what they meant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.interpret import interpret
from gradloom.ir.verify import verify
from gradloom.passes.settle import settle
from tests.passes.test_ranges import STEPS, numbers

X = np.arange(12.0).reshape(3, 4)


def ops(f, *args):
    return [node.op.name for node in gl.optimize(gl.trace(f, *args)).nodes]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=6), numbers, numbers)
def test_a_program_of_whole_numbers_means_what_it_meant(steps, first, second):
    def f(x, y):
        for step in steps:
            x, y = y, STEPS[step](x, y) + np.zeros(4, np.int64)
        asked = np.where(x < y, x, y), x <= y, np.where(x > 3, y, x - 1), y >= -(2**63)
        return (*asked, X[0][x % 4], np.where(x % 3 < 3, x, y))

    arrays = [np.array(first), np.array(second)]
    graph = gl.trace(f, *arrays)
    made = settle(graph)
    verify(made)
    with np.errstate(all="ignore"):
        for a, b in zip(interpret(graph, arrays), interpret(made, arrays), strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.take_along_axis(x, np.argsort(x, -1), -1),
        lambda x: x[np.argmax(x, 0), np.arange(4)],
        lambda x: x[:, np.arange(9) % 4],
        lambda x: gl.grad(lambda x: np.sum(x[np.argmin(x, 0), np.arange(4)] ** 2))(x),
        gl.vmap(lambda row: row[np.argmax(row)]),
    ],
)
def test_an_index_that_cannot_be_negative_is_not_asked_about(f):
    assert "where" not in ops(f, X)
    np.testing.assert_array_equal(gl.compile(f)(X), f(X))


def test_it_is_so_for_every_size():
    graph = gl.optimize(gl.trace(lambda x: x[np.argmax(x)], gl.spec("f64[n]")))
    assert [node.op.name for node in graph.nodes] == ["argmax", "gather"]
    assert graph(np.array([1.0, 5.0, 2.0])) == 5.0


def test_a_size_that_is_found_may_be_zero():
    def f(x):
        return x[x > 9][0], np.max(np.arange(len(x)))

    assert "assert" in ops(f, X[0])
    with pytest.raises(IndexError, match="index 0 is out of bounds"):
        gl.compile(f)(X[0])
    assert gl.compile(f)(X[0] + 9)[0] == 10


def test_what_the_caller_gives_may_be_negative():
    at = np.array([-1, 0])
    assert "where" in ops(lambda x, i: x[i], X, at)
    np.testing.assert_array_equal(gl.compile(lambda x, i: x[i])(X, at), X[at])


def test_a_question_about_floats_stays():
    assert ops(lambda x: np.where(x * 0 < 1, x, 2.0), X)[-2:] == ["less", "where"]


def test_inside_of_loops_counters_are_known():
    def f(x):
        def turn(carry, i):
            return carry + x[i], None

        return gl.scan(turn, np.zeros(4), np.arange(3))[0]

    graph = gl.optimize(gl.trace(f, X))
    (loop,) = [node for node in graph.nodes if node.op.name == "scan"]
    assert "where" not in [node.op.name for node in loop.regions[0].nodes]
    np.testing.assert_array_equal(graph(X), X.sum(0))
