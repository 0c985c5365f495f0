"""reduce, accumulate, reduceat, outer and at of every ufunc of two operands, beside numpy's."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import gradloom as gl
from tests.frontend.numpy.folds import folded
from tests.frontend.traced import run_traced

UFUNCS = {
    value.__name__: value
    for value in vars(np).values()
    if isinstance(value, np.ufunc)
    and value.signature is None
    and (value.nin, value.nout) == (2, 1)
    and value is not np.ldexp  # its two operands differ, and numpy refuses most of its methods
}
DTYPES = [*map(np.dtype, "?bQlfdD"), np.dtype(ml_dtypes.bfloat16)]
_RNG = np.random.default_rng(0)
_WHOLE = _RNG.integers(1, 4, (3, 4, 2))
_PARTS = _RNG.uniform(0, 0.5, (3, 4, 2))


def _values(dtype: np.dtype) -> np.ndarray:
    if dtype.kind in "biu":
        return _WHOLE.astype(dtype)
    return (_WHOLE + _PARTS * (1 + 1j if dtype.kind == "c" else 1)).astype(dtype)


_REDUCTIONS: list[dict[str, Any]] = [
    {}, {"axis": -1, "keepdims": True}, {"axis": None}, {"axis": (0, 2)}, {"axis": ()},
    {"initial": 2}, {"axis": 1, "dtype": "f8"}, {"axis": 1, "where": _PARTS > 0.2, "initial": 1},
    {"where": np.array([True, False])},
]  # fmt: skip


def _at(ufunc: np.ufunc, x: Any, key: Any, b: Any) -> Any:
    y = x.copy()
    ufunc.at(y, key, b)
    return y


def _calls(ufunc: np.ufunc, x: Any) -> list[Callable[[], Any]]:
    row = x[:, 0, 0]
    return [
        *[lambda k=k: ufunc.reduce(x, **k) for k in _REDUCTIONS],
        lambda: ufunc.reduce(x[:0]),
        lambda: ufunc.accumulate(x),
        lambda: ufunc.accumulate(x, axis=-1, dtype="f8"),
        lambda: ufunc.reduceat(x, [0, 2, 1]),
        lambda: ufunc.reduceat(x, [3, 0, 2], axis=1),
        lambda: ufunc.outer(row, x[0]),
        lambda: _at(ufunc, row, [0, 2, 0], row),
        lambda: _at(ufunc, row, [0, 2, 0], 2),
        lambda: _at(ufunc, x, (slice(None), [1, 1]), x[:, :2]),
        lambda: _at(ufunc, x, (Ellipsis, np.array([1, -1])), x),
    ]


def _answer(call: Callable[[], Any]) -> Any:
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call()
    except (TypeError, ValueError) as error:
        return error


def _differs(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, Exception) or isinstance(theirs, Exception):
        return isinstance(ours, Exception) != isinstance(theirs, Exception)
    if isinstance(ours, np.ndarray) != isinstance(theirs, np.ndarray):
        return True
    a, b = np.asarray(ours), np.asarray(theirs)
    if (a.dtype, a.shape) != (b.dtype, b.shape):
        return True
    if a.dtype.kind in "biu":
        return not np.array_equal(a, b)
    rtol = 1e-12 if a.dtype.itemsize >= 8 and a.dtype.kind == "f" else 1e-5
    rtol = 2e-2 if a.dtype.itemsize <= 2 else rtol
    return not np.allclose(a.astype("D"), b.astype("D"), rtol=rtol, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("name", sorted(UFUNCS))
def test_methods_are_numpys_in_values_dtypes_and_errors(name: str) -> None:
    ufunc = UFUNCS[name]

    def all_of_them(*xs: Any) -> Any:  # one trace, so that it costs one graph
        return [_answer(call) for x in xs for call in _calls(ufunc, x)]

    given = [_values(d) for d in DTYPES]
    ours, theirs = run_traced(all_of_them, *given), all_of_them(*given)
    told = [(i, a, b) for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if _differs(a, b)]
    assert told == []


@pytest.mark.parametrize("name", ["subtract", "divide", "arctan2", "power", "copysign"])
def test_long_folds_run_in_a_loop_from_the_left(name: str) -> None:
    ufunc, x = UFUNCS[name], np.linspace(0.8, 1.2, 70)
    for method in ("reduce", "accumulate"):
        ours = run_traced(lambda x, m=method: getattr(ufunc, m)(x), x)
        np.testing.assert_allclose(ours, folded(ufunc, method, x), rtol=1e-13)


def test_a_place_that_repeats_often_counts_each_time() -> None:
    places = np.array([0, 2, 2, 5, 1] * 12)

    def f(x: Any) -> Any:
        y = x.copy()
        np.power.at(y, places, 1.5)
        np.hypot.at(y, places[::2], x[: places[::2].size])
        return y

    x = np.linspace(0.5, 2, 40)
    expected = f(x)
    np.testing.assert_allclose(run_traced(f, x), expected, rtol=1e-13)
    np.testing.assert_allclose(gl.compile(f)(x), expected, rtol=1e-13)


def test_gradients_go_through_folds_and_places() -> None:
    def f(x: Any) -> Any:
        y = x.copy()
        np.power.at(y, [0, 3, 0], 2.0)
        return np.divide.reduce(x) + np.sum(np.arctan2.accumulate(x)) + np.sum(y)

    x = np.array([0.7, 1.3, 0.9, 1.6])
    steps = np.eye(4) * 1e-6
    expected = [(f(x + h) - f(x - h)) / 2e-6 for h in steps]
    np.testing.assert_allclose(gl.grad(f)(x), expected, rtol=1e-7)


def test_functions_of_frompyfunc_are_called_for_every_element() -> None:
    both: Any = np.frompyfunc(lambda a, b: (a * b + 1, a - b), 2, 2)
    x = np.arange(6.0).reshape(2, 3)
    ours = run_traced(lambda x: both(x, 2.0), x)
    for a, b in zip(ours, both(x, 2.0), strict=True):
        np.testing.assert_array_equal(a, b.astype(float))
    square: Any = np.frompyfunc(lambda a: a * a, 1, 1)
    np.testing.assert_allclose(gl.grad(lambda x: np.sum(square(x)))(x), 2 * x)
