"""Gradients of traced functions beside finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.ir.interpret import interpret
from gradloom.passes.transpose import value_and_grad
from tests.frontend.traced import traced_graph


def gradients(f: Callable[..., Any], *arrays: np.ndarray) -> list[np.ndarray]:
    """The gradients of scalar `f` by its float arguments, from its transposed graph."""
    graph, _ = traced_graph(f, *arrays)
    active = [a.dtype.kind == "f" for a in arrays]
    outputs = interpret(value_and_grad(graph, active), list(arrays))
    return [np.asarray(g) for g in outputs[len(graph.results) :]]


def differences(f: Callable[..., Any], arrays: list[np.ndarray], i: int) -> np.ndarray:
    """Central differences of scalar `f` by argument `i`."""
    step, found = 1e-6, np.zeros_like(arrays[i])
    for place in np.ndindex(found.shape):
        high, low = ([a.copy() for a in arrays] for _ in range(2))
        high[i][place] += step
        low[i][place] -= step
        found[place] = (f(*high) - f(*low)) / (2 * step)
    return found


def assert_gradient(f: Callable[..., Any], *arrays: np.ndarray, rtol: float = 1e-5) -> None:
    """The traced gradient of scalar `f` is that of finite differences."""
    given = gradients(f, *arrays)
    floats = [i for i, a in enumerate(arrays) if a.dtype.kind == "f"]
    assert len(given) == len(floats)
    for gradient, i in zip(given, floats, strict=True):
        expected = differences(f, list(arrays), i)
        scale = max(1.0, float(np.abs(expected).max(initial=0)))
        np.testing.assert_allclose(gradient, expected, rtol=rtol, atol=rtol * scale)
