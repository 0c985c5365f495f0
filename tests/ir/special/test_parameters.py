"""Derivatives of the incomplete functions by their shape parameters, which the algorithm gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.interpret import interpret
from gradloom.ir.types import type_of
from gradloom.passes.linearize import jvp

scipy_special = pytest.importorskip("scipy.special")


def _slope(op: Any, arrays: list[np.ndarray], i: int, order: int = 1) -> np.ndarray:
    """The derivative of an op by operand i, in forward mode (twice for `order=2`)."""
    graph = build.graph_of(lambda *v: op(*v), [type_of(x) for x in arrays])
    marks = [j == i for j in range(len(arrays))]
    given = list(arrays)
    for _ in range(order):
        graph = jvp(graph, marks)
        given = [*given, np.ones_like(arrays[i])]
        marks = [j == i for j in range(len(given))]
    return np.asarray(interpret(graph, given)[-1])


def _difference(f: Callable[..., Any], arrays: list[np.ndarray], i: int) -> np.ndarray:
    """The fourth-order central difference."""
    step = 1e-3 * arrays[i]

    def at(k: int) -> Any:
        moved = [x + k * step if j == i else x for j, x in enumerate(arrays)]
        return f(*moved)

    difference: np.ndarray = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step)
    return difference


A = np.array([0.3, 1.0, 2.5, 7.0, 24.0, 40.0, 300.0])
Z = np.array([0.2, 1.4, 2.0, 9.0, 20.0, 38.0, 310.0])


@pytest.mark.parametrize("name", ["gammainc", "gammaincc"])
def test_the_slope_by_the_shape_of_gamma_is_the_difference(name: str) -> None:
    found = _slope(o.by_name(name), [A, Z], 0)
    expected = _difference(getattr(scipy_special, name), [A, Z], 0)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


def test_the_slopes_by_the_shapes_of_beta_are_differences() -> None:
    b, x = A[::-1].copy(), np.array([0.01, 0.05, 0.2, 0.5, 0.8, 0.97, 0.999])
    for i in (0, 1):
        found = _slope(o.betainc, [A, b, x], i)
        expected = _difference(scipy_special.betainc, [A, b, x], i)
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-10)


def test_single_precision_has_slopes_too() -> None:
    a, x = A[:4].astype("f4"), Z[:4].astype("f4")
    wide = _slope(o.gammainc, [a.astype("f8"), x.astype("f8")], 0)
    np.testing.assert_allclose(_slope(o.gammainc, [a, x], 0), wide, rtol=1e-6)
