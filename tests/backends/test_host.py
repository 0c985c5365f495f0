"""Prints, asserts and collectives on every backend."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradloom import backends
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph, Node, Value
from gradloom.ir.types import parse_type
from tests.backends.test_agreement import BACKENDS, installed

TEXT = "x is {1} and {0!s:>4}'\"\n\\{{}}"


def graph(f: Any, *types: str) -> Graph:
    return build.graph_of(f, [parse_type(t) for t in types])


def run(name: str, g: Graph, *arrays: Any) -> Any:
    """The results, every effect done."""
    results = backends.get(installed(name)).build(g).numpy(*arrays)
    if name == "jax":
        import jax

        jax.effects_barrier()
    return results


@pytest.mark.parametrize("name", BACKENDS)
def test_print_writes_what_numpy_would(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    def f(x: Any, y: Any) -> Any:
        o.print(x, y, format=TEXT)
        o.print(format="then")
        return x + x

    x, y = np.array([1.0, 2.5], np.float32), np.int64(7)
    run(name, graph(f, "f32[2]", "i64[]"), x, y)
    assert capsys.readouterr().out == TEXT.format(x, y) + "\nthen\n"


@pytest.mark.parametrize("name", BACKENDS)
def test_an_assert_that_fails_stops_the_program_with_its_message(name: str) -> None:
    def f(x: Any) -> Any:
        small = o.greater(x, o.multiply(x, x))
        o.by_name("assert")(small, message="x is not {small}")
        return x + x

    g = graph(f, "f64[2]")
    assert np.array_equal(run(name, g, np.array([0.5, 0.25]))[0], [1.0, 0.5])
    with pytest.raises(Exception, match=r"x is not \{small\}"):
        run(name, g, np.array([0.5, 2.0]))


@pytest.mark.parametrize("name", BACKENDS)
def test_a_mesh_of_one_worker_keeps_what_it_has(name: str) -> None:
    def f(x: Any) -> Any:
        mesh: dict[str, Any] = {"axis": "data", "size": 1}
        moved = [
            o.all_reduce(x, reduce="max", **mesh), o.all_gather(x, dim=0, **mesh),
            o.reduce_scatter(x, dim=0, **mesh), o.all_to_all(x, split=0, concat=0, **mesh),
            o.permute(x, perm=((0, 0),), **mesh), o.permute(x, perm=(), **mesh),
        ]  # fmt: skip
        return [*moved, o.axis_index(**mesh)]

    x = np.array([1.0, np.nan])
    *same, nothing, index = run(name, graph(f, "f64[2]"), x)
    assert all(np.array_equal(y, x, equal_nan=True) for y in same)
    assert np.array_equal(nothing, [0.0, 0.0])
    assert index == 0
    assert index.dtype == np.int64


@pytest.mark.parametrize("name", BACKENDS)
def test_a_collective_among_several_workers_is_refused(name: str) -> None:
    g = graph(lambda x: o.all_reduce(x, axis="data", size=4), "f64[2]")
    with pytest.raises(NotSupported, match="all_reduce over 4 workers"):
        run(name, g, np.ones(2))


@pytest.mark.parametrize("name", BACKENDS)
def test_what_waits_for_transposition_is_refused(name: str) -> None:
    x = Value(parse_type("f64[2]"))
    region = graph(lambda y: y, "f64[2]")
    node = Node(o.custom_vjp_linear, (x,), None, (x.type,), (region,))
    with pytest.raises(NotSupported, match="custom_vjp_linear"):
        run(name, Graph((x,), (node,), node.results), np.ones(2))
