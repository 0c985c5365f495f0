"""What is not taken has no part in a derivative, even where its own slope is inf or nan."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir import build
from gradloom.ir.ops.masks import EVERYWHERE, both, either
from gradloom.ir.types import parse_type

X = np.array([[0.0, 1.0, 2.0], [0.5, 0.0, 4.0]])
MASK = X > 0


def _written(x: Any) -> Any:
    y = np.log(x)
    y[x <= 0] = 0
    return y


def _picked(x: Any) -> Any:
    y = np.zeros(6)
    y[np.ravel(MASK)] = np.ravel(np.log(x))[np.ravel(MASK)]
    return y


def _row_by_row(x: Any) -> Any:
    return gl.vmap(lambda row: np.where(row > 0, np.log(row), 0))(x)


def _by_steps(x: Any) -> Any:
    def step(total: Any, row: Any) -> Any:
        return total + np.where(row > 0, np.log(row), 0), 0.0

    return gl.scan(step, np.zeros(3), x)[0]


LOGS: dict[str, Callable[[Any], Any]] = {
    "where": lambda x: np.where(x > 0, np.log(x), 0),
    "where not": lambda x: np.where(x <= 0, 0, np.log(x)),
    "chain": lambda x: 2 * -np.where(x > 0, (-np.log(x)).astype(np.float64) / 2, 0),
    "nested": lambda x: np.where(x > 0, np.where(x < 9, np.log(x), 1), 0),
    "both branches": lambda x: np.where(x > 0, np.log(x), np.where(x < 0, np.log(-x), 0)),
    "select": lambda x: np.select([x > 3, x > 0], [np.log(x), np.log(x)], 0),
    "piecewise": lambda x: np.piecewise(x, [x > 0], [np.log, 0]),
    "sum where": lambda x: np.sum(np.log(x), where=x > 0),
    "where of the ufunc": lambda x: np.log(x, where=x > 0, out=np.zeros_like(x)),
    "written over": _written,
    "constant mask": lambda x: np.log(x)[MASK],
    "compress": lambda x: np.compress(MASK.ravel(), np.log(x)),
    "extract": lambda x: np.extract(MASK, np.log(x)),
    "written at a mask": _picked,
    "reshaped": lambda x: np.where(x.T.ravel() > 0, np.log(x).T.reshape(-1), 0),
    "flipped": lambda x: np.where(x[::-1] > 0, np.flip(np.log(x), 0), 0),
    "cut and joined": lambda x: np.where(
        x > 0, np.concatenate([np.log(x)[:1], np.log(x)[1:]]), 0
    ),
    "two uses": lambda x: (lambda y: np.where(x > 0, y, 0) / 2 + np.where(x <= 0, 0, y / 2))(
        np.log(x)
    ),
    "clip": lambda x: np.clip(np.log(x), -9, 9),
    "maximum": lambda x: np.maximum(np.log(x), -9),
    "nansum": lambda x: np.nansum(np.where(x > 0, np.log(x), np.nan)),
    "vmap": _row_by_row,
    "scan": _by_steps,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _first(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, 1 / np.where(x > 0, x, 1), 0)


@pytest.mark.parametrize("name", LOGS)
def test_a_logarithm_that_is_not_taken_has_derivative_zero(name: str) -> None:
    def total(x: Any) -> Any:
        return np.sum(LOGS[name](x))

    np.testing.assert_allclose(gl.grad(total)(X), _first(X))
    if name != "scan":  # a mask does not leave a loop's body: docs/derivatives.md
        again = gl.grad(lambda x: np.sum(gl.grad(total)(x)))(X)
        np.testing.assert_allclose(again, -(_first(X) ** 2))
    forward = gl.jvp(total, (X,), (np.ones_like(X),))[1]
    np.testing.assert_allclose(forward, np.sum(_first(X)))
    mixed = gl.jvp(gl.grad(total), (X,), (np.ones_like(X),))[1]
    np.testing.assert_allclose(mixed, -(_first(X) ** 2))


TRACEABLE = sorted(set(LOGS) - {"extract"})


@pytest.mark.parametrize("name", TRACEABLE)
def test_no_pass_undoes_it(name: str) -> None:
    graph = gl.trace(lambda x: np.sum(LOGS[name](x)), X)
    made = gl.optimize(gl.grad(graph))
    np.testing.assert_allclose(made(X), _first(X))


@pytest.mark.parametrize("name", TRACEABLE)
def test_it_holds_under_vmap(name: str) -> None:
    batched = gl.vmap(gl.grad(lambda x: np.sum(LOGS[name](x))))
    np.testing.assert_allclose(batched(np.stack([X, 2 * X])), [_first(X), _first(2 * X)])


WINNERS: dict[str, tuple[Callable[[Any], Any], list[float]]] = {
    "max": (lambda x: np.max(np.log(x)), [0, 0, 1 / 4]),
    "argmax": (lambda x: np.log(x)[np.argmax(x)], [0, 0, 1 / 4]),
    "median": (lambda x: np.median(np.log(x)), [0, 1, 0]),
    "norm in use": (lambda x: np.where(x[0] > 0, np.sqrt(np.sum(x[:1])), x[1]), [0, 1, 0]),
    "take": (lambda x: np.take(np.log(x), [2, 1, 2]).sum(), [0, 1, 2 / 4]),
    "set": (lambda x: _set_first(np.log(x)), [0, 1, 1 / 4]),
    "broadcast": (lambda x: np.sum(np.where(x[:, None] > [0, 9], np.log(x)[:, None], 0)),
                  [0, 1, 1 / 4]),
}  # fmt: skip


def _set_first(y: Any) -> Any:
    y[np.array([0])] = 3.0
    return np.sum(y)


@pytest.mark.parametrize("name", WINNERS)
def test_what_is_not_picked_has_derivative_zero(name: str) -> None:
    f, expected = WINNERS[name]
    np.testing.assert_allclose(gl.grad(f)(np.array([0.0, 1.0, 4.0])), expected)


def test_a_program_without_choices_has_no_masks() -> None:
    text = str(gl.grad(gl.trace(lambda x: np.sum(np.log(np.exp(x[1:]) * x[:-1])), X)))
    assert "where" not in text
    assert "bool" not in text


def test_a_choice_costs_one_node_in_reverse() -> None:
    def f(x: Any, w: Any, b: Any) -> Any:
        h = x @ w + b
        return np.sum(np.where(h > 0, h, 0))

    graph = gl.optimize(gl.grad(gl.trace(f, X, np.ones((3, 4)), np.ones(4)), argnums=(1, 2)), "dce")
    assert [node.op.name for node in graph.nodes].count("where") == 1


def test_opposite_branches_make_no_mask_at_all() -> None:
    def f(x: Any) -> Any:
        y = np.exp(x)
        return np.sum(np.where(x > 1, 2 * y, np.where(x > 0, 3 * y, y)))

    names = [node.op.name for node in gl.optimize(gl.grad(gl.trace(f, X))).nodes]
    assert "logical_or" not in names


def test_masks_are_short() -> None:
    kinds = [parse_type("bool[2]")] * 3
    graph = build.graph_of(lambda *xs: xs, kinds)
    a, b, c = (((x, True),) for x in graph.parameters)
    not_a, not_b = (((x[0][0], False),) for x in (a, b))
    assert either((a,), (not_a,)) == EVERYWHERE
    assert either((a,), both((a,), (b,))) == (a,)
    assert both((a,), (not_a,)) == ()
    nested = either(either((a,), both((not_a,), (b,))), both((not_a,), (not_b,)))
    assert nested == EVERYWHERE
    assert either((a,), both((not_a,), (c,))) == (a, c)


def test_masks_of_many_branches_stay_one_condition() -> None:
    def f(x: Any) -> Any:
        y, total = np.log(x), np.zeros(3)
        for k in range(40):
            total = total + np.where(x > k / 100, y, 0)
        return np.sum(total)

    np.testing.assert_allclose(gl.grad(f)(np.array([0.0, 0.005, 9.0])), [0, 200, 40 / 9])
