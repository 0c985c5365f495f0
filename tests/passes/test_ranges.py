"""Ranges hold what a program computes, and are narrow enough to say that an index is in range."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Value
from gradloom.ir.interpret import evaluate
from gradloom.passes.checked import checked
from gradloom.passes.effects import asserts_in
from gradloom.passes.ranges import Ranges

BOTH: Final = frozenset([o.gather, o.scatter])
X: Final = np.arange(12.0).reshape(3, 4)
AT: Final = np.array([0, 2])


def asserts(f: Any, *args: Any) -> int:
    """How many asserts a traced and optimised program gets for its indices."""
    return len(list(asserts_in(checked(gl.optimize(gl.trace(f, *args)), BOTH))))


STEPS: Final = {
    "negative": lambda x, y: -x,
    "counted from the end": lambda x, y: np.where(x < 0, np.where(x + 9 < 0, 9, x + 9), x),
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "remainder": lambda x, y: x % 5,
    "halved": lambda x, y: x // 2,
    "least": lambda x, y: np.minimum(x, y),
    "greatest": lambda x, y: np.maximum(x, y),
    "chosen": lambda x, y: np.where(x < y, x, 3),
    "known": lambda x, y: np.where(np.abs(x) % 7 < 9, y, x),
    "clipped": lambda x, y: np.clip(x, -3, 4),
    "ordered": lambda x, y: np.sort(x),
    "places": lambda x, y: np.argsort(x),
    "greatest place": lambda x, y: np.argmax(x) + y,
    "narrow": lambda x, y: x.astype(np.int8).astype(np.int64),
    "small": lambda x, y: (x % 100).astype(np.uint8).astype(np.int64),
    "counted": lambda x, y: np.arange(4) + x,
    "joined": lambda x, y: np.concatenate([x[:2], y[2:]]),
    "read": lambda x, y: x[np.abs(y) % 4],
    "compared": lambda x, y: (x <= y).astype(np.int64),
}
numbers = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9), min_size=4, max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=6), numbers, numbers)
def test_every_number_that_a_program_makes_lies_in_its_range(
    steps: list[str], first: list[int], second: list[int]
) -> None:
    x, y = np.array(first), np.array(second)

    def f(x: Any, y: Any) -> Any:
        for name in steps:
            x, y = STEPS[name](x, y), x
        return x

    graph = gl.trace(f, x, y)
    ranges = Ranges()
    env: dict[Any, Any] = dict(zip(graph.parameters, (x, y), strict=True))
    for node in graph.nodes:
        read = tuple([env[v] if isinstance(v, Value) else v.value for v in node.operands])
        full = [np.broadcast_to(a, v.type.shape) for a, v in zip(read, node.operands, strict=True)]
        with np.errstate(all="ignore"):
            env.update(zip(node.results, evaluate(node, tuple(full)), strict=True))
        ranges.learn(node)
        for result in node.results:
            found = ranges.of(result)
            if found is not None:
                assert np.all(env[result] >= found[0])
                assert np.all(env[result] <= found[1])


@pytest.mark.parametrize(
    "f",
    [
        lambda x, i: x[np.argmax(x, 0)],
        lambda x, i: x[i % 3],
        lambda x, i: x[np.clip(i, 0, 2)],
        lambda x, i: x[np.clip(i, -3, 2)],
        lambda x, i: x[-1 - i % 3],
        lambda x, i: np.take(x, i, 0, mode="wrap") + np.take(x, i, 0, mode="clip"),
        lambda x, i: np.take_along_axis(x, np.argsort(x, 0), 0),
        lambda x, i: np.sort(x, 0)[::-1],
        lambda x, i: x[np.arange(3), np.arange(3)],
        lambda x, i: x[(x[:, 0] > 1).astype(int)],
        lambda x, i: gl.grad(lambda y: np.sum(y[i % 3] ** 2))(x),
        lambda x, i: gl.vmap(lambda row, k: row[k % 4])(x[:2], i),
        lambda x, i: gl.fori_loop(0, 3, lambda k, c: c + x[k], x[0]),
        lambda x, i: gl.scan(lambda c, k: (c + x[k % 3], c), x[0], i)[0],
        lambda x, i: gl.scan(lambda s, _: ((s[0] + 1, s[1] + x[s[0]]), 0.0),
                             (np.asarray(0), x[0]), np.zeros(2))[0][1],
        lambda x, i: gl.cond(i[0] > 0, lambda x, k: x[k], lambda x, k: x[k - 3], x, i[1] % 3),
    ],
)  # fmt: skip
def test_an_index_that_is_known_to_be_in_range_is_not_asked_about(f: Any) -> None:
    assert asserts(f, X, AT) == 0


def test_one_that_is_not_is_asked_about_once_however_often_it_is_read() -> None:
    assert asserts(lambda x, i: x[i], X, AT) == 1
    assert asserts(lambda x, i: x[i] + np.sin(x)[i], X, AT) == 1
    assert asserts(gl.grad(lambda x, i: np.sum(x[i] ** 2)), X, AT) == 1
    assert asserts(lambda x, i: x[i % 5], X, AT) == 1
    assert asserts(lambda x, i: x[i, i], X, AT) == 2  # an axis of 3 and one of 4


def test_sizes_with_names_are_known_too() -> None:
    spec = gl.spec("f64[n, 4]"), gl.spec("i64[2]")
    assert asserts(lambda x, i: x[np.argmax(x, 0)], *spec) == 0
    assert asserts(lambda x, i: np.sort(x, 0)[np.argsort(x[:, 0])], *spec) == 0
    assert asserts(lambda x, i: x[np.minimum(np.abs(i) % 2, x.shape[0] - 1)], *spec) == 0
    assert asserts(lambda x, i: x[i], *spec) == 1
    assert asserts(lambda x, i: x[i % 2], *spec) == 1  # n may be 1


def test_a_graph_with_nothing_to_ask_stays_the_graph_it_is() -> None:
    graph: Graph = gl.trace(lambda x: np.sin(x)[1], X)
    assert checked(graph, BOTH) is graph
    read: Graph = gl.trace(lambda x, i: x[i], X, AT)
    assert checked(read, frozenset()) is read
