"""The gradient of a program's first result by every value on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.ir.errors import NotDifferentiable
from gradloom.ir.graph import Graph, Value
from gradloom.ir.interpret import interpret
from gradloom.passes.transpose import value_and_grad
from gradloom.viz.explorer.runs import sized
from gradloom.viz.flow.taps import with_taps


def gradients_of(graph: Graph, arrays: Sequence[Any]) -> dict[str, float]:
    """For each node, the Euclidean norm of the gradient of the first result, a scalar, by its first
    result; nodes of integers have none.

    To every value a zero is added, by which the gradient is taken: that is the value's cotangent.
    """
    graph = sized(graph, arrays)
    first = graph.results[0].type if graph.results else None
    if first is None or first.shape or not first.inexact:
        raise NotDifferentiable(
            f"{graph.name}: gradients are of a float scalar, and the first result is {first}",
            hint="explore a function that gives a loss, or leave gradients out",
        )
    values = {
        f"n{i}": node.results[0]
        for i, node in enumerate(graph.nodes)
        if node.results and _is_tapped(node.results[0])
    }
    taps = [Value(v.type) for v in values.values()]
    tapped = with_taps(graph, taps, list(values.values()))
    marks = [p.type.inexact for p in graph.parameters] + [True] * len(values)
    zeros = [np.zeros(tap.type.shape, tap.type.dtype) for tap in taps]
    found = interpret(value_and_grad(tapped, marks), [*arrays, *zeros])
    cotangents = found[len(found) - len(values) :]
    return {id: _norm(np.asarray(ct)) for id, ct in zip(values, cotangents, strict=True)}


def _is_tapped(value: Value) -> bool:
    return value.type.inexact and all(isinstance(d, int) for d in value.type.shape)


def _norm(cotangent: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return float(np.linalg.norm(cotangent.astype(np.complex128).ravel()))
