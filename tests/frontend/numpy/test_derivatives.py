from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradloom.ir.interpret import interpret
from gradloom.passes.linearize import jvp
from gradloom.passes.transpose import vjp
from tests.frontend.traced import traced_graph

X = np.array([[1.3, -0.4, 2.1], [0.7, 3.2, -1.6]])
NAN = np.array([[1.3, np.nan, 2.1], [0.7, 3.2, -1.6]])
ZERO = np.array([[0.0, -0.4, 2.1], [0.0, 3.2, 0.0]])

FUNCTIONS: list[tuple[str, Any, np.ndarray]] = [
    ("mean", lambda x: np.mean(x, axis=0), X),
    ("mean where", lambda x: np.mean(x, where=X > 0), X),
    ("var", lambda x: np.var(x, axis=1, ddof=1), X),
    ("std", lambda x: np.std(x, axis=0), X),
    ("prod with zeros", lambda x: np.prod(x, axis=0), ZERO),
    ("cumprod with zeros", lambda x: np.cumprod(x, axis=1), ZERO),
    ("cumsum", lambda x: np.cumsum(x), X),
    ("max", lambda x: np.max(x, axis=1), X),
    ("ptp", lambda x: np.ptp(x), X),
    ("average", lambda x: np.average(x, axis=1, weights=np.array([1.0, 2.0, 3.0])), X),
    ("median even", lambda x: np.median(x), X),
    ("median odd", lambda x: np.median(x, axis=1), X),
    ("percentile", lambda x: np.percentile(x, [20, 70], axis=1), X),
    ("quantile of the fraction", lambda x: np.quantile(X, 0.3 + x[0, 0] / 40), X),
    ("nanmean", lambda x: np.nanmean(x, axis=1), NAN),
    ("nanstd", lambda x: np.nanstd(x), NAN),
    ("nanmedian", lambda x: np.nanmedian(x, axis=1), NAN),
    ("nanmax", lambda x: np.nanmax(x, axis=0), NAN),
    ("roll", lambda x: np.roll(x, 2) * np.arange(6).reshape(2, 3), X),
    ("repeat", lambda x: np.repeat(x, [1, 0, 2], axis=1), X),
    ("tile", lambda x: np.tile(x, (2, 2)) * np.arange(6), X),
    ("sort", lambda x: np.sort(x, axis=None) * np.arange(6), X),
    ("insert", lambda x: np.insert(x, 1, x[0] ** 2, axis=0), X),
    ("delete", lambda x: np.delete(x, [1], axis=1), X),
    ("reshape F", lambda x: np.reshape(x, (3, 2), order="F") ** 2, X),
    ("diag", lambda x: np.diag(x[0], 1) @ np.diag(np.ones(4)), X),
    ("trace", lambda x: np.trace(x, 1), X),
    ("tril", lambda x: np.tril(x) ** 2, X),
    ("linspace", lambda x: np.linspace(x[0], x[1] ** 2, 4), X),
    ("vander", lambda x: np.vander(x[0], 4), ZERO),
    ("block", lambda x: np.block([[x, x**2]]), X),
    *[
        (f"pad {mode}", lambda x, mode=mode: np.pad(x, ((1, 2), (2, 2)), mode) ** 2, X)
        for mode in (
            "constant",
            "edge",
            "reflect",
            "symmetric",
            "wrap",
            "linear_ramp",
            "maximum",
            "mean",
            "median",
        )
    ],
    ("pad odd", lambda x: np.pad(x, ((0, 1), (2, 2)), "reflect", reflect_type="odd") ** 2, X),
]


def _directional(graph: Any, x: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The central difference along t."""
    step = 1e-6
    ahead, behind = (np.asarray(interpret(graph, [x + s * t])[0]) for s in (step, -step))
    return (ahead - behind) / (2 * step)


@pytest.mark.parametrize(
    ("f", "x"), [row[1:] for row in FUNCTIONS], ids=[row[0] for row in FUNCTIONS]
)
def test_derivatives_of_compositions_are_those_of_finite_differences(f: Any, x: np.ndarray) -> None:
    graph, _ = traced_graph(f, x)
    t = np.random.default_rng(0).standard_normal(x.shape)
    forward = np.asarray(interpret(jvp(graph, (True,)), [x, t])[1])
    expected = _directional(graph, x, t)
    np.testing.assert_allclose(forward, expected, rtol=1e-6, atol=1e-7)
    ct = np.random.default_rng(1).standard_normal(forward.shape)
    (backward,) = interpret(vjp(graph, (True,)), [x, ct])[1:]
    np.testing.assert_allclose(np.sum(backward * t), np.sum(ct * expected), rtol=1e-6, atol=1e-7)
