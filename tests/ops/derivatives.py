"""Checks of derivatives of graphs by numbers: finite differences, and forward against reverse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradloom.ir.graph import Graph
from gradloom.ir.interpret import interpret
from gradloom.ir.types import TensorType
from gradloom.passes.linearize import jvp
from gradloom.passes.transpose import vjp

Arrays = Sequence[np.ndarray]


def directions(types: Sequence[TensorType], seed: int) -> list[np.ndarray]:
    """One random array of each type."""
    rng = np.random.default_rng(seed)
    drawn = []
    for type in types:
        shape: tuple[int, ...] = type.shape  # type: ignore[assignment]
        parts = rng.uniform(-1, 1, (2, *shape))
        whole = parts[0] + 1j * parts[1] if type.dtype.kind == "c" else parts[0]
        drawn.append(np.asarray(whole, type.dtype))
    return drawn


def central(
    graph: Graph, arrays: Arrays, active: Sequence[bool], tangents: Arrays
) -> list[np.ndarray]:
    """The derivatives of the inexact results along `tangents`, by central differences.

    Two steps, extrapolated (Richardson): an error of order h^4.
    """
    inexact = [r.type.inexact for r in graph.results]

    def at(h: float) -> list[np.ndarray]:
        rest = iter(tangents)
        moved = [x + h * next(rest) if a else x for x, a in zip(arrays, active, strict=True)]
        results = interpret(graph, moved)
        return [np.asarray(r) for r, keep in zip(results, inexact, strict=True) if keep]

    h = 3e-4
    coarse, fine = (
        [(p - m) / (2 * s) for p, m in zip(at(s), at(-s), strict=True)] for s in (h, h / 2)
    )
    return [(4 * f - c) / 3 for f, c in zip(fine, coarse, strict=True)]


def check_forward(graph: Graph, arrays: Arrays, active: Sequence[bool], seed: int = 0) -> None:
    """Forward mode equals finite differences along a random direction, and keeps the results."""
    tangents = directions(_active_types(graph, active), seed)
    expected = central(graph, arrays, active, tangents)
    made = interpret(jvp(graph, active), [*arrays, *tangents])
    for got, given in zip(made, interpret(graph, arrays), strict=False):
        np.testing.assert_array_equal(got, given)
    for got, wanted in zip(made[len(graph.results) :], expected, strict=True):
        assert np.shape(got) == np.shape(wanted)
        np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-7)


def check_reverse(graph: Graph, arrays: Arrays, active: Sequence[bool], seed: int = 0) -> None:
    """<ct, J t> = <J^T ct, t>; of complex sums the real part, which all real-linear maps keep."""
    tangents = directions(_active_types(graph, active), seed)
    cts = directions([r.type for r in graph.results if r.type.inexact], seed + 1)
    count = len(graph.results)
    pushed = interpret(jvp(graph, active), [*arrays, *tangents])[count:]
    backward = vjp(graph, active)
    pulled = interpret(backward, [*arrays, *cts])[count:]
    assert [r.type for r in backward.results[count:]] == _active_types(graph, active)
    left, right = _pairing(cts, pushed), _pairing(pulled, tangents)
    np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-9)


def check_derivatives(graph: Graph, arrays: Arrays, active: Sequence[bool]) -> None:
    """Forward and reverse mode, and the derivatives of both once more."""
    check_forward(graph, arrays, active)
    check_reverse(graph, arrays, active)
    tangents = directions(_active_types(graph, active), 2)
    forward = jvp(graph, active)
    twice = [*active, *(True for _ in tangents)]
    check_forward(forward, [*arrays, *tangents], twice, 3)
    check_reverse(forward, [*arrays, *tangents], twice, 4)
    cts = directions([r.type for r in graph.results if r.type.inexact], 5)
    backward = vjp(graph, active)
    check_forward(backward, [*arrays, *cts], [*active, *(True for _ in cts)], 6)


def _active_types(graph: Graph, active: Sequence[bool]) -> list[TensorType]:
    return [p.type for p, a in zip(graph.parameters, active, strict=True) if a]


def _pairing(xs: Arrays, ys: Arrays) -> float:
    return float(sum(np.real(np.sum(np.asarray(x) * y)) for x, y in zip(xs, ys, strict=True)))
