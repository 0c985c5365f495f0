"""Sizes that a program finds while it runs, in types, text, the interpreter and inlining."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir import build, found
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Value, literal
from gradloom.ir.interpret import interpret
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import parse_type
from gradloom.ir.verify import verify


def positives() -> Graph:
    """The positive elements doubled, their sum, and three rows of them."""

    def body(x: Value):
        place = o.nonzero(o.greater(x, literal(0.0, x.type)), size=found.fresh())
        y = o.gather(x, place, axes=(0,)) * 2.0
        (size,) = y.type.shape
        return y, o.sum(y, axes=(0,)), broadcast(o.reshape(y, shape=(1, size)), (3, size))

    return build.graph_of(body, [parse_type("f64[n]")], ["x"])


@pytest.mark.parametrize("x", [[1.0, -2.0, 3.0], [-1.0, -2.0], [4.0]])
def test_the_interpreter_learns_a_size_where_it_is_found(x: list[float]):
    array = np.array(x)
    due = array[array > 0] * 2
    graph = positives()
    verify(graph)
    y, total, rows = interpret(graph, [array])
    np.testing.assert_array_equal(y, due)
    assert total == due.sum()
    np.testing.assert_array_equal(rows, np.stack([due] * 3))


def test_text_with_a_found_size_parses_back():
    graph = positives()
    assert "nonzero(%0, size=found" in str(graph)
    again = gl.parse(str(graph))
    assert str(again) == str(graph)
    np.testing.assert_array_equal(interpret(again, [np.array([3.0, -1.0])])[0], [6.0])


def test_a_graph_called_twice_finds_two_sizes():
    graph = positives()
    both = gl.trace(lambda x, y: (graph(x)[0], graph(y)[0]), gl.spec("f64[4]"), gl.spec("f64[3]"))
    first, second = (r.type.shape for r in both.results)
    assert first != second
    a, b = both(np.array([1.0, 2.0, -1.0, 3.0]), np.array([-1.0, 5.0, -1.0]))
    assert (a.shape, b.shape) == ((3,), (1,))


def test_a_mask_with_another_count_than_the_type_says_is_an_error():
    graph = build.graph_of(lambda m: o.nonzero(m, size=2), [parse_type("bool[3]")])
    with pytest.raises(gl.ShapeError, match="1 are true where 2 are due"):
        interpret(graph, [np.array([False, True, False])])


def test_derivatives_flow_through_what_was_found():
    f = gl.grad(lambda x: positives()(x)[1] ** 2)
    x = np.array([1.0, -2.0, 3.0])
    np.testing.assert_allclose(f(x), np.where(x > 0, 2 * 8 * 2, 0))
    h = gl.hessian(lambda x: positives()(x)[1] ** 2)(x)
    np.testing.assert_allclose(h, np.outer(x > 0, x > 0) * 8.0)
