"""Writing over operands never changes an answer, an argument or a returned value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom import backends
from gradloom.backends.numpy.plan import memory_plan
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Value, literal
from gradloom.ir.interpret import interpret
from gradloom.ir.types import parse_type

NUMPY = backends.get("numpy")
SHAPE = (2, 3)


def graph(f: Callable[..., Any], *types: str) -> Graph:
    return build.graph_of(f, [parse_type(t) for t in types])


def agrees(g: Graph) -> None:
    """Check results against the interpreter, arguments against their copies, results for
    independence.
    """
    arrays = [
        np.random.default_rng(i).normal(size=p.type.shape) for i, p in enumerate(g.parameters)
    ]
    before = [a.copy() for a in arrays]
    due = [np.array(r) for r in interpret(g, arrays)]
    found = NUMPY.build(g)(*arrays)
    for a, b in zip(found, due, strict=True):
        assert np.array_equal(a, b, equal_nan=True)
    for a, b in zip(arrays, before, strict=True):
        assert np.array_equal(a, b)


UNARY = [o.sin, o.tanh, o.negative, o.square]
BINARY = [o.add, o.multiply, o.maximum, o.subtract]
VIEWS = [
    lambda x: o.reshape(o.reshape(x, shape=(3, 2)), shape=SHAPE),
    lambda x: o.flip(x, axes=(1,)),
    lambda x: o.permute_dims(o.permute_dims(x, perm=(1, 0)), perm=(1, 0)),
    lambda x: o.broadcast_to(o.slice(x, start=(0, 0), stop=(1, 3), step=(1, 1)), shape=SHAPE),
    lambda x: o.stop_gradient(x),
    lambda x: o.broadcast_to(o.sum(x, axes=(0,)), shape=SHAPE),
    lambda x: o.concatenate(x, axis=0),
]


@st.composite
def programs(draw: st.DrawFn) -> Graph:
    """Random graphs of values of one shape: many views, values used twice, several results."""

    def body(*parameters: Value) -> list[Any]:
        values: list[Any] = list(parameters)
        pick = st.integers(0, 100)
        for _ in range(draw(st.integers(1, 14))):
            kind, x = draw(st.integers(0, 3)), values[-1 - draw(pick) % min(3, len(values))]
            if kind == 0:
                y = UNARY[draw(pick) % len(UNARY)](x)
            elif kind == 1:
                other = values[draw(pick) % len(values)]
                y = BINARY[draw(pick) % len(BINARY)](x, other)
            elif kind == 2:
                y = VIEWS[draw(pick) % len(VIEWS)](x)
            else:
                y = o.multiply(literal(0.5, x.type), x)
            values.append(y)
        return [values[draw(pick) % len(values)] for _ in range(draw(st.integers(1, 3)))] + [
            values[-1]
        ]

    return build.graph_of(body, [parse_type("f64[2,3]")] * 2)


@given(programs())
@settings(max_examples=300, deadline=None)
def test_random_programs_give_what_the_interpreter_gives(g: Graph) -> None:
    agrees(g)


@given(programs(), st.sampled_from([(0,), (1,), (0, 1)]))
@settings(max_examples=300, deadline=None)
def test_donated_arguments_change_no_result_and_the_others_stay(
    g: Graph, donated: tuple[int, ...]
) -> None:
    arrays = [
        np.random.default_rng(i).normal(size=p.type.shape) for i, p in enumerate(g.parameters)
    ]
    before = [a.copy() for a in arrays]
    due = [np.array(r) for r in interpret(g, arrays)]
    giving = replace(NUMPY, plan=partial(memory_plan, donated=donated))
    found = giving.build(g).function(*arrays)
    for a, b in zip(found, due, strict=True):
        assert np.array_equal(a, b, equal_nan=True)
    for i, (a, b) in enumerate(zip(arrays, before, strict=True)):
        assert i in donated or np.array_equal(a, b)


def test_a_donated_argument_is_the_result() -> None:
    g = graph(lambda x, y: o.tanh(o.add(x, y)), "f64[4]", "f64[4]")
    x, y = np.ones(4), np.ones(4)
    (made,) = replace(NUMPY, plan=partial(memory_plan, donated=(0,))).build(g).function(x, y)
    assert made is x
    assert np.array_equal(y, np.ones(4))


def test_a_chain_runs_in_one_buffer() -> None:
    source = NUMPY.build(graph(lambda x: o.tanh(o.exp(x * x)), "f64[4]")).source
    assert source.count("out=v0") == 2
    assert "v1" not in source


def test_an_operand_that_is_broadcast_is_not_written_to() -> None:
    def f(x: Any) -> Any:
        row = o.sum(x, axes=(0,))
        return o.add(o.broadcast_to(row, shape=SHAPE), x)

    agrees(graph(f, "f64[2,3]"))


def test_values_are_dropped_after_their_last_use() -> None:
    source = NUMPY.build(graph(lambda x: o.sum(o.exp(x), axes=(0,)), "f64[4]")).source
    assert "    del v0\n" in source


def test_what_a_region_may_hand_on_is_not_written_to() -> None:
    same = graph(lambda x: x, "f64[3]")

    def f(x: Any) -> Any:
        y = o.exp(x)
        (z,) = o.cond(literal(True, parse_type("bool[]")), y, regions=(same, same))
        return [o.sin(y), z]

    agrees(graph(f, "f64[3]"))
    agrees(
        graph(
            lambda x: [
                o.sin(o.cond(literal(True, parse_type("bool[]")), x, regions=(same, same))[0])
            ],
            "f64[3]",
        )
    )
