"""The methods of ufuncs on traced arrays are numpy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradloom.ir.errors import NotSupported, TraceError
from tests.frontend.derivatives import assert_gradient
from tests.frontend.numpy.folds import folds_wrongly
from tests.frontend.traced import assert_like_numpy, run_traced

RNG = np.random.default_rng(6)
X, V, B = RNG.normal(size=(3, 4)), RNG.normal(size=7), RNG.normal(size=(2, 3, 4))
N, M, U = (
    np.array([3, -1, 4, 1, 5, 9, 2]),
    np.array([True, False, True, True, False]),
    np.array([200, 100, 7], "u1"),
)
MIDDLE: Any = slice(1, 4)
UFUNCS = (
    np.add,
    np.multiply,
    np.maximum,
    np.minimum,
    np.logical_and,
    np.logical_or,
    np.logical_xor,
    np.bitwise_and,
    np.bitwise_xor,
    np.subtract,
    np.divide,
    np.logaddexp,
    np.hypot,
    np.power,
    np.fmax,
    np.arctan2,
    np.remainder,
)


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda u: u.__name__)
def test_methods_of_binary_ufuncs_are_numpys(ufunc: np.ufunc) -> None:
    if folds_wrongly(ufunc):
        pytest.skip(f"numpy's {ufunc.__name__}.reduce is not its fold on this processor")
    for x in (V, N, X, M, V.astype("f4")):
        rtol = 1e-5 if x.dtype == np.float32 else 1e-11
        assert_like_numpy(lambda x: ufunc.reduce(x), x, rtol=rtol)
        assert_like_numpy(lambda x: ufunc.accumulate(x), x, rtol=rtol)
        assert_like_numpy(lambda x: ufunc.outer(x, x), x, rtol=rtol)
    assert_like_numpy(lambda b: ufunc.reduce(b, axis=(0, 2), keepdims=True), B, rtol=1e-11)
    assert_like_numpy(lambda b: ufunc.reduce(b, axis=None), B, rtol=1e-11)
    assert_like_numpy(lambda b: ufunc.accumulate(b, axis=1), B, rtol=1e-11)
    assert_like_numpy(lambda v: ufunc.reduceat(v, [0, 3, 1, 5]), V, rtol=1e-11)
    assert_like_numpy(lambda v: ufunc.reduce(v, initial=2.0), V, rtol=1e-11)
    assert_like_numpy(lambda b: ufunc.reduce(b), np.zeros((0, 3)))


def test_reduce_takes_numpys_options() -> None:
    assert_like_numpy(lambda v: np.add.reduce(v, dtype="f4"), V, rtol=1e-6)
    assert_like_numpy(lambda u: np.add.reduce(u), U)
    assert_like_numpy(lambda u: np.multiply.accumulate(u), U)
    assert_like_numpy(lambda v: np.maximum.reduce(v, initial=10.0), V)
    assert_like_numpy(lambda v: np.add.reduce(v, where=v > 0), V)
    assert_like_numpy(lambda x: np.sin.reduce(x), X)
    assert_like_numpy(lambda s: np.add.outer(s, 2.0), V.astype("f4"))
    assert_like_numpy(lambda x, v: np.multiply.outer(x, v), X, V)


def test_reduce_writes_into_out() -> None:
    def f(x: Any) -> Any:
        out = np.zeros(3)
        np.add.reduce(x, axis=1, out=out)
        return out

    assert_like_numpy(f, X)


def _written(f: Callable[..., Any]) -> Callable[..., Any]:
    def run(x: Any, *rest: Any) -> Any:
        y = x.copy()
        f(y, *rest)
        return y

    return run


AT: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "add traced": (lambda a, i: np.add.at(a, i % 3, 1.5), (V, N)),
    "add repeated": (lambda a: np.add.at(a, [0, 0, 1], [1, 2, 3]), (V,)),
    "add rows": (lambda a, b: np.add.at(a, [0, 0, 2], b), (X, X)),
    "add pairs": (lambda a: np.add.at(a, ([0, 0, 1], [1, 1, 2]), 1.0), (X,)),
    "add to a slice": (lambda a: np.add.at(a, MIDDLE, 2.0), (V,)),
    "add weak": (lambda a: np.add.at(a, [0, 0], 3), (V.astype("f4"),)),
    "subtract": (lambda a, i: np.subtract.at(a, i % 3, 2), (V, N)),
    "subtract unsigned": (lambda a: np.subtract.at(a, [0, 0], 3), (U,)),
    "multiply": (lambda a, i: np.multiply.at(a, i % 3, 2), (V, N)),
    "maximum": (lambda a, i: np.maximum.at(a, i % 3, i * 1.0), (V, N)),
    "divide": (lambda a, i: np.divide.at(a, i % 3, 2.0), (V, N)),
    "negative": (lambda a: np.negative.at(a, [0, 2]), (V,)),
    "power": (lambda a: np.power.at(a, [0, -1], 2), (V,)),
}


@pytest.mark.parametrize("name", AT)
def test_at_counts_repeated_indices_as_numpy(name: str) -> None:
    f, arrays = AT[name]
    assert_like_numpy(_written(f), *arrays)


def test_at_with_a_mask_of_known_values_is_numpys() -> None:
    assert_like_numpy(_written(lambda a: np.add.at(a, a > 0, 3)), V, values=True)


def test_at_refuses_what_it_cannot_do() -> None:
    with pytest.raises(NotSupported, match="a traced mask"):
        run_traced(_written(lambda a: np.power.at(a, a > 0, 2)), V)
    with pytest.raises(TraceError, match="neither made nor received"):
        run_traced(lambda v: np.add.at(FOREIGN, [0], v[0]), V)


FOREIGN = np.zeros(3)


def test_methods_have_the_derivative_of_finite_differences() -> None:
    assert_gradient(lambda v: np.sum(np.maximum.accumulate(v) ** 2), V)
    assert_gradient(lambda v: np.logaddexp.reduce(v), V)
    assert_gradient(lambda v: np.sum(np.multiply.reduceat(v, [0, 3]) ** 2), V)
    assert_gradient(lambda v: np.sum(_written(lambda a: np.add.at(a, [0, 0, 1], a[:3]))(v) ** 2), V)
