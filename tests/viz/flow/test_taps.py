"""Cotangents of every value: those of finite differences, and of differentiating what is left of
the program after that value.
"""

from typing import Any

import numpy as np
import optree
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.graph import Graph, Node, Value
from gradloom.ir.interpret import interpret
from gradloom.passes import transpose
from gradloom.viz.flow.taps import Tapped, cotangents
from tests.viz.flow.programs import batch, blocks, deep, layers, residual


def tapped(loss: Any, *args: Any) -> tuple[Graph, list[bool], Tapped, list[np.ndarray]]:
    """A loss's graph, which of its parameters are active, its cotangents, and its arrays."""
    graph = gl.trace(loss, *args)
    own = len(optree.tree_leaves(args[0]))
    active = [i < own for i in range(len(graph.parameters))]
    names = [f"w{i}" for i in range(own)]
    arrays = [np.asarray(x) for x in optree.tree_leaves(args)]
    return graph, active, cotangents(graph, active, names), arrays


def after(graph: Graph, value: Value) -> Graph:
    """The program as a function of one of its values too."""
    stand_in = Value(value.type)
    names: dict[Any, Any] = {value: stand_in}
    nodes = []
    for node in graph.nodes:
        if value in node.results:
            continue
        if any(x in names for x in node.operands):
            mapped = tuple(names.get(x, x) for x in node.operands)
            types = tuple(r.type for r in node.results)
            new = Node(node.op, mapped, node.attrs, types, node.regions)
            names.update(zip(node.results, new.results, strict=True))
            nodes.append(new)
        else:
            nodes.append(node)
    results = tuple(names.get(r, r) for r in graph.results)
    return Graph((*graph.parameters, stand_in), tuple(nodes), results, graph.name)


def values_of(graph: Graph, arrays: list[np.ndarray], wanted: list[Value]) -> list[np.ndarray]:
    """What the graph computes for these values."""
    wide = Graph(graph.parameters, graph.nodes, tuple(wanted), graph.name)
    return [np.asarray(x) for x in interpret(wide, arrays)]


def measured_values(graph: Graph, made: Tapped) -> list[Value]:
    """The values behind the places that are no parameters, by their order in the program."""
    places = [p for p in made.places if p.kind == "value"]
    found = [r for n in graph.nodes for r in n.results if r.type.inexact]
    depends = [r for r in found if _depends(graph, r)]
    assert [v.node.op.name for v in depends if v.node] == [p.op for p in places]
    return depends


def _depends(graph: Graph, value: Value) -> bool:
    """Whether the loss depends on it, and it on the first parameters: by perturbing, not by the
    graph's edges.
    """
    moved: set[Any] = set(graph.parameters[:-2])
    for node in graph.nodes:
        if moved & set(node.operands):
            moved.update(node.results)
    needed: set[Any] = set(graph.results)
    for node in reversed(graph.nodes):
        if needed & set(node.results):
            needed.update(node.operands)
    return value in moved and value in needed


CASES = {
    "deep": lambda: (deep, layers(3), *batch()),
    "residual": lambda: (residual, blocks(2), *batch()),
}


@pytest.mark.parametrize("case", CASES)
def test_gradients_of_parameters_are_those_of_grad(case: str) -> None:
    loss, *args = CASES[case]()
    _, _, made, arrays = tapped(loss, *args)
    results = interpret(made.graph, arrays)
    value, gradients = gl.value_and_grad(loss)(*args)
    assert float(results[0]) == value
    leaves = optree.tree_leaves(gradients)
    for ours, theirs in zip(results[made.values :], leaves, strict=False):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("case", CASES)
def test_every_cotangent_is_the_derivative_of_the_rest_of_the_program(case: str) -> None:
    loss, *args = CASES[case]()
    graph, _, made, arrays = tapped(loss, *args)
    results = interpret(made.graph, arrays)
    mine = results[made.values + made.gradients :]
    values = measured_values(graph, made)
    for number, value in enumerate(values):
        rest = after(graph, value)
        (at,) = values_of(graph, arrays, [value])
        marks = [p is rest.parameters[-1] for p in rest.parameters]
        direct = interpret(transpose.value_and_grad(rest, marks), [*arrays, at])[-1]
        np.testing.assert_allclose(mine[number], direct, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("case", CASES)
def test_every_cotangent_agrees_with_finite_differences(case: str) -> None:
    loss, *args = CASES[case]()
    graph, _, made, arrays = tapped(loss, *args)
    mine = interpret(made.graph, arrays)[made.values + made.gradients :]
    rng = np.random.default_rng(1)
    for number, value in enumerate(measured_values(graph, made)):
        rest = after(graph, value)
        (at,) = values_of(graph, arrays, [value])
        way = rng.normal(size=at.shape)
        step = 1e-6  # the cube root of f64's spacing balances truncation and rounding
        up, down = (float(interpret(rest, [*arrays, at + s * way])[0]) for s in (step, -step))
        slope = (up - down) / (2 * step)
        assert abs(np.sum(mine[number] * way) - slope) <= 1e-7 * max(1.0, abs(slope))


def test_the_parts_of_a_value_with_several_uses_add_up_to_its_cotangent() -> None:
    _, _, made, arrays = tapped(residual, blocks(2), *batch())
    results = interpret(made.graph, arrays)
    count = len(made.places) - made.gradients
    first = made.values + made.gradients
    whole, parts = results[first : first + count], results[first + count :]
    assert parts
    by_source: dict[int, list[Any]] = {}
    for link, part in zip(made.links, made.parts, strict=True):
        if part >= 0:
            by_source.setdefault(link.source, []).append(parts[part])
    for source, found in by_source.items():
        assert len(found) > 1
        np.testing.assert_allclose(sum(found), whole[source - made.gradients], rtol=1e-12)


def test_nothing_of_the_taps_is_left_in_the_program() -> None:
    graph, active, made, _ = tapped(deep, layers(2), *batch())
    plain = transpose.value_and_grad(graph, active)
    assert len(made.graph.parameters) == len(graph.parameters)
    assert len(made.graph.nodes) == len(plain.nodes)


def test_places_tell_the_users_lines_and_links_lead_forward() -> None:
    _, _, made, _ = tapped(deep, layers(2), *batch())
    values = [p for p in made.places if p.kind == "value"]
    assert {p.source for p in values} == {
        "h = 1 / (1 + np.exp(-(h @ w + b)))", 'return np.mean((h @ params["out"] - y) ** 2)',
    }  # fmt: skip
    assert all(p.where.startswith("programs.py:") for p in values)
    assert len({p.name for p in made.places}) == len(made.places)
    assert all(link.source < link.target for link in made.links)
    first = next(p for p in values if p.op == "matmul")
    assert first.has_examples
    assert not made.places[0].has_examples


UNARY = (np.tanh, np.sin, lambda x: x * x, lambda x: np.maximum(x, 0.1), lambda x: x[::-1])
BINARY = (np.add, np.multiply, lambda a, b: a @ b.T @ a, np.maximum)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 9), st.integers(0, 9)), max_size=7))
def test_of_any_program_the_cotangents_are_the_derivatives(
    steps: list[tuple[int, int, int]],
) -> None:
    def loss(w: Any, x: Any, y: Any) -> Any:
        values = [x @ w, x + 1.0]
        for op, i, j in steps:
            a, b = values[i % len(values)], values[j % len(values)]
            values.append(UNARY[op](a) if op < 5 else BINARY[op - 5](a, b))
        return np.mean(np.tanh(values[-1]) * y)

    x, y = np.linspace(-1, 1, 9).reshape(3, 3), np.eye(3)
    w = np.cos(np.arange(9.0)).reshape(3, 3)
    graph, _, made, arrays = tapped(loss, w, x, y)
    mine = interpret(made.graph, arrays)[made.values + made.gradients :]
    for number, value in enumerate(measured_values(graph, made)):
        rest = after(graph, value)
        (at,) = values_of(graph, arrays, [value])
        marks = [p is rest.parameters[-1] for p in rest.parameters]
        direct = interpret(transpose.value_and_grad(rest, marks), [*arrays, at])[-1]
        np.testing.assert_allclose(mine[number], direct, rtol=1e-9, atol=1e-12)
