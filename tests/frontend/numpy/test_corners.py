"""Corners of calls that numpy answers and one does not think of, against numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frontend.traced import assert_like_numpy, run_traced

X = np.arange(6).reshape(2, 3)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["B", "b", "l", "f"]),
    st.one_of(st.none(), st.integers(-300, 300)),
    st.one_of(st.none(), st.integers(-300, 300)),
)
def test_clip_takes_pythons_integers_at_and_beyond_the_ends(
    dtype: str, low: int | None, high: int | None
) -> None:
    x = np.array([0, 1, 7, 100]).astype(dtype)
    try:
        np.clip(x, low, high)
    except OverflowError:
        with pytest.raises(OverflowError):
            run_traced(lambda x: np.clip(x, low, high), x)
    else:
        assert_like_numpy(lambda x: np.clip(x, low, high), x)
    assert_like_numpy(lambda x: np.clip(x, 1, 0), x)


@pytest.mark.parametrize("casting", ["unsafe", "same_kind"])
def test_clip_into_a_narrower_array_asks_casting(casting: Any) -> None:
    def f(x: Any, out: Any) -> Any:
        return x.clip(np.float64(1), np.float64(3), out=out, casting=casting)

    assert_like_numpy(f, X, np.zeros((2, 3), np.int32))


@pytest.mark.parametrize(
    "shift", [np.uint64(2**63 + 2), np.uint8(1), np.int8(-2), np.int64(-(2**63))]
)
def test_roll_by_any_whole_number(shift: Any) -> None:
    assert_like_numpy(np.roll, np.arange(3), shift)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x == None,  # noqa: E711  (the question is what it gives)
        lambda x: x != None,  # noqa: E711
    ],
)
@pytest.mark.parametrize("x", [np.array(3), X])
def test_none_is_compared_with_each_element(f: Callable[..., Any], x: np.ndarray) -> None:
    assert_like_numpy(f, x)


@pytest.mark.parametrize("where", [[1, 0, 1], (0, 0, 0), np.array([1, 0, 1]), [[1], [0]]])
def test_lists_of_numbers_are_masks_and_arrays_of_numbers_not(where: Any) -> None:
    assert_like_numpy(lambda x, y: np.add(x, 1, out=y, where=where), X, X * 10)


@pytest.mark.parametrize("shape", [(3,), (1, 3), (2, 3), ()])
@pytest.mark.parametrize("ufunc", [np.add, np.maximum, np.bitwise_or, np.logical_and, np.fmin])
def test_a_reductions_target_has_the_results_shape(ufunc: Any, shape: tuple[int, ...]) -> None:
    assert_like_numpy(lambda x, y: ufunc.reduce(x, out=y), X, np.zeros(shape, int))


@pytest.mark.parametrize("mode", [0, 1, 2, "same", None, 3, 1.0])
def test_convolutions_number_their_modes(mode: Any) -> None:
    assert_like_numpy(lambda x, y: np.convolve(x, y, mode), np.arange(5), np.arange(3))
    assert_like_numpy(lambda x, y: np.correlate(x, y, mode), np.arange(5), np.arange(3))


def test_close_takes_pythons_numbers_in_the_arrays_precision() -> None:
    near = 1 - 2**-52
    for x in (np.ones(2, np.float32), np.float32(1), np.float64(1), np.arange(2)):
        assert_like_numpy(lambda x: np.isclose(x, near, atol=0, rtol=0), x)
        assert_like_numpy(lambda x: np.isclose(near, x, atol=0, rtol=0), x)
        assert_like_numpy(lambda x: np.isclose(x, 1), x)


def test_nothing_to_put_is_no_write() -> None:
    def put(x: Any) -> Any:
        np.put(x, [1, 2], [])
        return x

    assert_like_numpy(put, X.copy())


def test_choose_writes_into_any_dtype() -> None:
    i = np.array([1, 0, 1])
    assert_like_numpy(lambda i, y: i.choose((0.5, 2.5), out=y), i, np.zeros(3, np.int32))


@pytest.mark.parametrize("kind", ["quick", "heap", "m", "S", "intro", "", "x", None])
def test_sorts_are_named_by_their_first_letter(kind: Any) -> None:
    assert_like_numpy(lambda x: np.sort(x, kind=kind), np.array([2.0, 1.0, 3.0]))
    assert_like_numpy(lambda x: np.partition(x, 1, kind=kind), np.array([2.0, 1.0, 3.0]))


def _matmul_in_place(x: Any, y: Any) -> Any:
    x = x.copy()
    x @= y
    return x


@pytest.mark.parametrize("shapes", [((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 3)), ((3,), (3, 3))])
def test_matrix_products_in_place_ask_for_two_axes(shapes: Any) -> None:
    x, y = (np.arange(float(np.prod(s))).reshape(s) for s in shapes)
    assert_like_numpy(_matmul_in_place, x, y)


def test_methods_take_what_numpys_take() -> None:
    z = np.array([1 - 1j, 2 + 3j])
    assert_like_numpy(lambda z, y: z.conj(y), z, z.copy())
    assert_like_numpy(lambda z: z.copy(None), z)
    assert_like_numpy(lambda i: i.choose(5, 7), np.array([0, 1]))
    assert_like_numpy(lambda i: i.choose([5, 7]), np.array([0, 1]))
