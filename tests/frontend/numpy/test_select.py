"""Choosing elements of traced arrays: by condition, by index, and into existing arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from gradloom.ir.errors import DtypeError, NotSupported, TraceError
from tests.frontend.derivatives import assert_gradient, gradients
from tests.frontend.traced import assert_like_numpy, run_traced

RNG = np.random.default_rng(0)
X, Y, V = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4)), RNG.normal(size=5)
S, N, B = V.astype("f4"), np.array([3, -1, 4, 1, 5]), np.array([True, False, True, False, True])
Z = V + 1j * RNG.normal(size=5)
Case = tuple[Callable[..., Any], tuple[Any, ...]]

CONDITIONS: dict[str, Case] = {
    "where": (lambda x, y: np.where(x > 0, x, y), (X, Y)),
    "where weak": (lambda x: np.where(x > 0, x, 1), (S,)),
    "where of a scalar": (lambda s: np.where(s > 0, s, 2.0), (np.float32(1),)),
    "where broadcasts": (lambda x, b: np.where(b[:, None], x, 0), (RNG.normal(size=(5, 2)), B)),
    "where truth of numbers": (lambda i, v: np.where(i - 1, v, 0), (N, V)),
    "select": (lambda v: np.select([v > 1, v < 0], [v, v * 2], 3), (V,)),
    "select weak": (lambda v: np.select([v > 1, v < 0], [v, 1], 3.5), (S,)),
    "select wants bool": (lambda v: np.select([v], [v]), (V,)),
    "select promotes": (lambda v, i: np.select([v > 0], [i]), (V, N)),
    "select of unequal lists": (lambda v: np.select([v > 0], [v, v]), (V,)),
    "choose": (lambda i, v: np.choose(i % 2, [v, -v]), (N, V)),
    "choose wraps": (lambda i, v: np.choose(i, [v, -v, 1.5], mode="wrap"), (N, V)),
    "choose clips": (lambda i, v: np.choose(i, [v, -v, 1], mode="clip"), (N, S)),
    "choose by bool": (lambda b, v: np.choose(b, [v, 2 * v]), (B, V)),
    "choose from an array": (lambda i, x: np.choose(i % 3, x), (N[:4], X)),
    "choose by floats": (lambda v: np.choose(v, [v, v]), (V,)),
    "piecewise": (
        lambda v: np.piecewise(v, [v < 0, v >= 1], [lambda t: -t, lambda t: t * t]),
        (V,),
    ),
    "piecewise otherwise": (lambda v: np.piecewise(v, [v < 0], [0, lambda t: np.log(t)]), (V,)),
    "piecewise of integers": (
        lambda i: np.piecewise(i, [i < 2, i > 4], [1.7, lambda t: t * 1.5, -1]),
        (N,),
    ),
    "piecewise of one condition": (lambda v: np.piecewise(v, v > 0, [1, 2]), (V,)),
    "clip": (lambda v: np.clip(v, -0.5, 0.5), (V,)),
    "clip weak": (lambda v: np.clip(v, -1, 1), (S,)),
    "clip integers": (lambda i: np.clip(i, 0, 2), (N,)),
    "clip integers by floats": (lambda i: np.clip(i, 0.5, 2), (N,)),
    "clip above": (lambda v: np.clip(v, None, 0.3), (V,)),
    "clip by keyword": (lambda v: np.clip(v, min=0), (V,)),
    "clip beyond the dtype": (lambda i: np.clip(i, -5, 300), (np.array([1, 200], "u1"),)),
    "clip by arrays": (lambda v, i: np.clip(v, -i, i), (V, abs(N))),
    "clip by nothing": (lambda v: np.clip(v, None, None), (V,)),
    "clip a scalar": (lambda s: np.clip(s, 0, 1), (np.float64(3),)),
    "clip method": (lambda v: v.clip(0, 1), (V,)),
}
INDICES: dict[str, Case] = {
    "take": (lambda x: np.take(x, [0, 2]), (X,)),
    "take along an axis": (lambda x: np.take(x, [[0, 1], [2, -1]], axis=1), (X,)),
    "take one": (lambda x: np.take(x, 3), (X,)),
    "take a row": (lambda x: np.take(x, 1, axis=1), (X,)),
    "take traced": (lambda x, i: np.take(x, i % 3, axis=0), (X, N)),
    "take clips": (lambda x, i: np.take(x, i, axis=0, mode="clip"), (X, N)),
    "take wraps": (lambda x, i: np.take(x, i, mode="wrap"), (X, N * 10)),
    "take out of range": (lambda x: np.take(x, [5], axis=0), (X,)),
    "take by bool": (lambda x: np.take(x, [True, False]), (X,)),
    "take_along_axis": (lambda x: np.take_along_axis(x, np.array([[0], [1], [3]]), 1), (X,)),
    "take_along_axis traced": (
        lambda x, i: np.take_along_axis(x, i % 4, 1),
        (X, np.arange(6).reshape(3, 2)),
    ),
    "take_along_axis flat": (lambda x, i: np.take_along_axis(x, i, None), (X, N)),
    "take_along_axis broadcasts": (lambda x: np.take_along_axis(x, np.array([[0, 1]]), 1), (X,)),
    "take_along_axis of other rank": (lambda x: np.take_along_axis(x, np.array([0, 1]), 1), (X,)),
    "compress": (lambda x: np.compress([True, False, True], x, axis=0), (X,)),
    "compress by fewer": (lambda x: np.compress([False, True], x, axis=1), (X,)),
    "extract": (lambda x: np.extract([[1, 0, 1, 0]] * 3, x), (X,)),
}


@pytest.mark.parametrize("name", [*CONDITIONS, *INDICES])
def test_choosing_is_numpys(name: str) -> None:
    f, arrays = {**CONDITIONS, **INDICES}[name]
    assert_like_numpy(f, *arrays)


@given(
    hnp.arrays("f8", hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats(-9, 9)), st.data()
)
@settings(max_examples=40, deadline=None)
def test_take_is_numpys_for_any_axis_and_mode(x: np.ndarray, data: st.DataObject) -> None:
    axis = data.draw(st.sampled_from([None, *range(-x.ndim, x.ndim)]))
    indices = data.draw(
        hnp.arrays("i8", hnp.array_shapes(min_dims=0, max_dims=2), elements=st.integers(-20, 20))
    )
    mode: Any = data.draw(st.sampled_from(["wrap", "clip"]))
    assert_like_numpy(lambda x, i: np.take(x, i, axis, mode=mode), x, indices)


@given(
    st.sampled_from(["f8", "f4", "i2", "u1"]),
    st.sampled_from([None, 0, 2, -1.5, np.float32(1)]),
    st.sampled_from([None, 3, 1.5, np.int8(2)]),
)
@settings(max_examples=40, deadline=None)
def test_clip_promotes_as_numpy(dtype: str, low: Any, high: Any) -> None:
    assert_like_numpy(lambda x: np.clip(x, low, high), np.arange(5).astype(dtype))


def test_a_traced_mask_chooses_with_and_without_values() -> None:
    for f in (lambda v: np.compress(v > 0, v), lambda v: np.extract(v > 0, v)):
        assert_like_numpy(f, V, values=True)
        assert_like_numpy(lambda v, f=f: f(v).sum(), V)


def test_float_indices_are_refused() -> None:
    with pytest.raises(DtypeError, match="integers are due"):
        run_traced(lambda x, v: np.take(x, v), X, V)


def test_piecewise_refuses_a_function_that_looks_beyond_its_elements() -> None:
    with pytest.raises(NotSupported, match=r"np\.piecewise"):
        run_traced(lambda v: np.piecewise(v, [v > 0], [lambda t: t - t.sum(), 0]), V)


def test_piecewise_keeps_its_derivative_finite_where_a_function_is_not_asked() -> None:
    def f(v: Any) -> Any:
        return np.sum(np.piecewise(v, [v < 0], [lambda t: t**2, lambda t: np.sqrt(t)]))

    x = np.array([-2.0, 4.0, 0.25])
    np.testing.assert_allclose(gradients(f, x)[0], [-4.0, 0.25, 1.0])


def test_choosing_has_the_derivative_of_finite_differences() -> None:
    assert_gradient(lambda x, y: np.sum(np.where(x > 0, x * y, y**2)), X, Y)
    assert_gradient(lambda v: np.sum(np.clip(v, -0.5, 0.5) ** 2), V)
    assert_gradient(lambda x: np.sum(np.take(x, [0, 0, 2], axis=1) ** 2), X)
    assert_gradient(lambda x: np.sum(np.take_along_axis(x, np.array([[0], [1], [3]]), 1) ** 3), X)


# ---- writing -----------------------------------------------------------------------------------


def _written(f: Callable[..., Any]) -> Callable[..., Any]:
    """What stands in the first argument's copy after `f` has written into it."""

    def run(x: Any, *rest: Any) -> Any:
        y = x.copy()
        f(y, *rest)
        return y

    return run


WRITES: dict[str, Case] = {
    "putmask": (lambda v: np.putmask(v, v > 0, [1, 2]), (V,)),
    "putmask of a matrix": (lambda x: np.putmask(x, x > 0, [1, 2, 3]), (X,)),
    "place": (lambda v: np.place(v, v > 0, [1, 2]), (V,)),
    "place in a matrix": (lambda x: np.place(x, x > 0, [1, 2, 3]), (X,)),
    "put": (lambda x: np.put(x, [0, 5], [9, 8]), (X,)),
    "put repeats values": (lambda x: np.put(x, [0, 5, 7], [9, 8]), (X,)),
    "put clips": (lambda x: np.put(x, [0, 55], -1, mode="clip"), (X,)),
    "put_along_axis": (lambda x: np.put_along_axis(x, np.array([[0], [1], [3]]), 99, 1), (X,)),
    "put_along_axis traced": (
        lambda x: np.put_along_axis(x, np.argmax(x, axis=1, keepdims=True), 0, 1),
        (X,),
    ),
    "put_along_axis flat": (lambda x: np.put_along_axis(x, np.array([1, 2]), [4, 5], None), (X,)),
}


@pytest.mark.parametrize("name", WRITES)
def test_writing_functions_are_numpys(name: str) -> None:
    f, arrays = WRITES[name]
    assert_like_numpy(_written(f), *arrays)


def test_writing_into_a_foreign_array_is_refused() -> None:
    foreign = np.zeros(5)
    for f in (lambda v: np.put(foreign, [0], v[:1]), lambda v: np.place(foreign, v > 0, v)):
        with pytest.raises(TraceError, match="neither made nor received"):
            run_traced(f, V)
