"""Derivatives where formulas meet 0/0 or inf - inf, or a kink has to be given some slope."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import literal
from gradloom.ir.interpret import interpret
from gradloom.ir.types import type_of
from gradloom.passes.linearize import jvp
from gradloom.passes.transpose import value_and_grad

INF = np.inf


def partials(name: str, *operands: Any, **attrs: Any) -> list[Any]:
    """The derivative by each operand, in forward mode."""
    arrays = [np.asarray(x) for x in operands]
    op = o.by_name(name)
    graph = build.graph_of(lambda *xs: op(*xs, **attrs), [type_of(x) for x in arrays])
    made = []
    for i, x in enumerate(arrays):
        alone = [j == i for j in range(len(arrays))]
        made.append(interpret(jvp(graph, alone), [*arrays, np.ones_like(x)])[1])
    return made


def gradient(f: Any, *operands: Any) -> list[Any]:
    """The derivatives of the sum of f by each operand, in reverse mode."""
    arrays = [np.asarray(x) for x in operands]
    types = [type_of(x) for x in arrays]
    graph = build.graph_of(lambda *xs: o.sum(y := f(*xs), axes=tuple(range(y.type.ndim))), types)
    return list(interpret(value_and_grad(graph, [True] * len(arrays)), arrays)[1:])


@pytest.mark.parametrize(
    ("name", "operands", "expected"),
    [
        ("abs", (0.0,), (0.0,)),
        ("abs", (-0.0,), (0.0,)),
        ("abs", (0j,), (0.0,)),
        ("abs", (3 + 4j,), (0.6,)),
        ("sign", (0j,), (0j,)),
        ("sqrt", (0.0,), (INF,)),
        ("cbrt", (0.0,), (INF,)),
        ("asinh", (1e200,), (1e-200,)),
        ("power", (0.0, 0.0), (0.0, 0.0)),
        ("power", (0.0, 1.0), (1.0, 0.0)),
        ("power", (0.0, 2.0), (0.0, 0.0)),
        ("power", (0.0, 0.5), (INF, 0.0)),
        ("power", (2.0, 0.0), (0.0, np.log(2))),
        ("power", (-2.0, 3.0), (12.0, np.nan)),
        ("hypot", (0.0, 0.0), (0.0, 0.0)),
        ("hypot", (3e200, 4e200), (0.6, 0.8)),
        ("atan2", (0.0, 0.0), (0.0, 0.0)),
        ("atan2", (0.0, -1.0), (-1.0, -0.0)),
        ("atan2", (3e200, 4e200), (1.6e-201, -1.2e-201)),
        ("atan2", (3e-200, 4e-200), (1.6e199, -1.2e199)),
        ("copysign", (0.0, 1.0), (0.0, 0.0)),
        ("copysign", (2.0, -0.0), (-1.0, 0.0)),
        ("copysign", (-2.0, -INF), (1.0, 0.0)),
        ("maximum", (1.0, 1.0), (0.5, 0.5)),
        ("minimum", (0.0, -0.0), (0.5, 0.5)),
        ("logaddexp", (-INF, -INF), (0.0, 0.0)),
        ("logaddexp", (INF, 1.0), (1.0, 0.0)),
        ("logaddexp", (-INF, 1.0), (0.0, 1.0)),
        ("logaddexp", (1e4, 0.0), (1.0, 0.0)),
        ("remainder", (1.0, 0.1), (1.0, -9.0)),  # 1 // 0.1 is 9, although 1 / 0.1 rounds to 10
        ("remainder", (-7.0, 2.0), (1.0, 4.0)),
        ("fmod", (1.0, 0.1), (1.0, -9.0)),
        ("fmod", (-7.0, 2.0), (1.0, 3.0)),
    ],
)  # fmt: skip
def test_elementwise_derivatives_at_edges(name: str, operands: Any, expected: Any):
    np.testing.assert_allclose(partials(name, *operands), expected, rtol=1e-12)


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0, 3.0])
def test_a_literal_exponent_differentiates_at_zero_and_below(exponent: float):
    graph = build.graph_of(lambda x: o.power(x, literal(exponent, x.type)), [type_of(np.zeros(2))])
    x = np.array([0.0, -2.0])
    expected = [float(exponent == 1), exponent * (-2.0) ** (exponent - 1)]
    assert interpret(jvp(graph, [True]), [x, np.ones(2)])[1].tolist() == expected


def test_the_mixed_second_derivative_of_power_at_exponent_zero_is_one_over_x():
    def by_x(x: Any, y: Any) -> Any:
        graph = build.graph_of(o.power, [x.type, y.type])
        return build.inline(jvp(graph, [True, False]), [x, y, literal(1, x.type)])[1]

    (_, mixed) = gradient(by_x, np.array([4.0]), np.array([0.0]))
    np.testing.assert_allclose(mixed, [0.25])


def test_winners_of_max_and_min_share_evenly():
    x = np.array([[2.0, 1.0, 2.0], [0.0, -0.0, -1.0]])
    (got,) = gradient(lambda x: o.max(x, axes=(1,)), x)
    assert got.tolist() == [[0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]
    (got,) = gradient(lambda x: o.min(x, axes=(0, 1)), x)
    assert got.tolist() == [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]


@pytest.mark.parametrize("mode", ["max", "min"])
def test_scatter_shares_among_the_old_element_and_updates_that_tie(mode: str):
    def f(x: Any, u: Any, i: Any) -> Any:
        return o.scatter(x, u, i, axes=(0,), mode=mode)

    x, u, i = np.array([1.0, 5.0, 2.0]), np.array([1.0, 1.0, 5.0]), np.array([0, 0, 1])
    graph = build.graph_of(lambda *xs: o.sum(f(*xs), axes=(0,)), [type_of(a) for a in (x, u, i)])
    _, dx, du = interpret(value_and_grad(graph, [True, True, False]), [x, u, i])
    np.testing.assert_allclose(dx, [1 / 3, 1 / 2, 1])
    np.testing.assert_allclose(du, [1 / 3, 1 / 3, 1 / 2])


@pytest.mark.parametrize("row", [[2.0, 0.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [0.0]])
def test_the_gradient_of_prod_is_right_with_any_number_of_zeros(row: list[float]):
    x = np.array(row)
    (got,) = gradient(lambda x: o.prod(x, axes=(0,)), x)
    assert got.tolist() == [np.prod(np.delete(x, i)) for i in range(len(x))]


def test_infinities_and_nans_stay_where_they_are_in_pad_and_gather():
    x = np.array([np.nan, INF, 1.0])
    (got,) = gradient(
        lambda x: o.pad(x, literal(0, type_of(np.float64(0))), low=(1,), high=(-1,), interior=(0,)),
        x,
    )
    assert got.tolist() == [1.0, 1.0, 0.0]
