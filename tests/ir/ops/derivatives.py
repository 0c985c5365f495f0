"""Checks of an op's rules by numbers: finite differences, reverse = forward, batch = a loop."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.ir import build
from gradloom.ir.graph import Graph
from gradloom.ir.interpret import interpret
from gradloom.ir.types import type_of
from gradloom.passes import batch, linearize, transpose

Array = np.ndarray[Any, Any]
STEP = 1e-6
"""Of central differences in f64: truncation and rounding both stay below 1e-9 for values near 1."""


def graph_on(f: Callable[..., Any], arrays: Sequence[Array]) -> Graph:
    """The graph of `f` on operands of these arrays' types."""
    return build.graph_of(f, [type_of(a) for a in arrays])


def run(f: Callable[..., Any], *arrays: Array) -> tuple[Any, ...]:
    """The results of `f` on these arrays, by the reference interpreter."""
    return interpret(graph_on(f, arrays), arrays)


def normal(seed: int, *shape: int, dtype: str = "float64") -> Array:
    """Standard normal numbers, complex ones for a complex dtype."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.normal(size=shape)
    return np.asarray(x).astype(dtype)


def check(f: Callable[..., Any], *arrays: Array, order: int = 2, rtol: float = 2e-6) -> None:
    """Assert that the derivatives of `f`, up to `order`, are right at these arrays."""
    check_graph(graph_on(f, arrays), arrays, order, rtol)


def check_graph(graph: Graph, arrays: Sequence[Array], order: int, rtol: float) -> None:
    """The same of a graph; higher orders are the first derivatives of the derivatives."""
    active = [p.type.inexact for p in graph.parameters]
    forward = linearize.jvp(graph, active)
    tangents = [normal(90 + i, *a.shape, dtype=a.dtype) for i, a in enumerate(arrays) if active[i]]
    pushed = interpret(forward, [*arrays, *tangents])[len(graph.results) :]
    differences = _differences(graph, arrays, active, tangents)
    for mine, theirs, result in zip(pushed, differences, _inexact(graph), strict=True):
        assert np.shape(mine) == result.shape
        assert np.asarray(mine).dtype == result.dtype
        scale = max(1.0, float(np.max(np.abs(theirs), initial=0)))
        np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=rtol * scale, err_msg="jvp")
    backward = transpose.vjp(graph, active)
    cts = [normal(70 + i, *t.shape, dtype=t.dtype) for i, t in enumerate(_inexact(graph))]
    pulled = interpret(backward, [*arrays, *cts])[len(graph.results) :]
    for ct, tangent in zip(pulled, tangents, strict=True):
        assert np.shape(ct) == tangent.shape
        assert np.asarray(ct).dtype == tangent.dtype
    one, two = _pair(cts, pushed), _pair(pulled, tangents)
    assert abs(one - two) <= 1e-9 * max(1.0, abs(one)), ("reverse is not forward", one, two)
    if order > 1:
        check_graph(forward, [*arrays, *tangents], order - 1, 10 * rtol)
        check_graph(backward, [*arrays, *cts], order - 1, 10 * rtol)


def _inexact(graph: Graph) -> list[Any]:
    return [r.type for r in graph.results if r.type.inexact]


def _differences(
    graph: Graph, arrays: Sequence[Array], active: Sequence[bool], tangents: Sequence[Array]
) -> list[Array]:
    def moved(step: float) -> list[Any]:
        rest = iter(tangents)
        points = [a + step * next(rest) if m else a for a, m in zip(arrays, active, strict=True)]
        results = interpret(graph, points)
        return [r for r, v in zip(results, graph.results, strict=True) if v.type.inexact]

    ahead, back = moved(STEP), moved(-STEP)
    return [(a - b) / (2 * STEP) for a, b in zip(ahead, back, strict=True)]


def _pair(xs: Sequence[Array], ys: Sequence[Array]) -> float:
    """The real bilinear pairing that transposes keep: the real part of the sum of products."""
    return float(sum(np.real(np.sum(np.asarray(x) * y)) for x, y in zip(xs, ys, strict=True)))


def check_batch(f: Callable[..., Any], *arrays: Array, size: int = 3) -> None:
    """Assert that `f` batched over any of its operands is a loop over them."""
    graph = graph_on(f, arrays)
    for marks in itertools.product((False, True), repeat=len(arrays)):
        if not any(marks):
            continue
        pairs = zip(arrays, marks, strict=True)
        stacks = [
            np.stack([a] + [_another(a, i) for i in range(1, size)]) if m else a for a, m in pairs
        ]
        got = interpret(batch.vmap(graph, marks, size), stacks)
        rows = [[s[i] if m else s for s, m in zip(stacks, marks, strict=True)] for i in range(size)]
        want = [np.stack(parts) for parts in zip(*(interpret(graph, r) for r in rows), strict=True)]
        for mine, theirs in zip(got, want, strict=True):
            assert mine.shape == theirs.shape
            assert mine.dtype == theirs.dtype
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12, err_msg=str(marks))


def _another(a: Array, seed: int) -> Array:
    """An array near `a`, of its dtype; a hermitian one stays hermitian."""
    return a if a.dtype.kind in "biu" else (a * (1 + 0.25 * seed)).astype(a.dtype)


def check_types(f: Callable[..., Any], *arrays: Array) -> None:
    """Assert that the type rule says what numpy returns."""
    graph = graph_on(f, arrays)
    for value, result in zip(interpret(graph, arrays), graph.results, strict=True):
        assert type_of(value) == result.type


def check_decomposition(name: str, f: Callable[..., Any], *arrays: Array) -> None:
    """Assert that the op called `name` equals its decomposition on these arrays."""
    graph = graph_on(f, arrays)

    def decomposed(*operands: Any) -> Any:
        (node,) = build.graph_of(f, [x.type for x in operands]).nodes
        assert node.op.name == name
        node.operands = tuple(operands)
        return node.op.decompose(node)  # type: ignore[misc]

    other = graph_on(decomposed, arrays)
    assert name not in [node.op.name for node in other]
    for mine, theirs in zip(interpret(other, arrays), interpret(graph, arrays), strict=True):
        assert type_of(mine) == type_of(theirs)
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)
