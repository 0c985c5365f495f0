"""Checks of functions of ops by numbers: derivatives, batch = a loop, types, decompositions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.ir import build
from gradloom.ir.graph import Graph
from gradloom.ir.interpret import interpret
from gradloom.ir.types import type_of
from gradloom.passes import batch
from tests.ops.derivatives import check_derivatives, check_forward, check_reverse

Array = np.ndarray[Any, Any]


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


def check(f: Callable[..., Any], *arrays: Array, twice: bool = True) -> None:
    """Assert that the derivatives of `f`, and theirs, are right at these arrays."""
    graph = graph_on(f, arrays)
    active = [p.type.inexact for p in graph.parameters]
    if twice:
        check_derivatives(graph, arrays, active)
    else:
        check_forward(graph, arrays, active)
        check_reverse(graph, arrays, active)


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
