"""Reductions of any ufunc, updates at any places, and numbers beside lists, against numpy."""

from __future__ import annotations

import enum
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frontend.traced import assert_like_numpy

UFUNCS = [
    np.subtract, np.divide, np.floor_divide, np.power, np.arctan2, np.fmax, np.fmin, np.hypot,
    np.logaddexp, np.gcd, np.lcm, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.logical_and,
    np.logical_or, np.logical_xor, np.less, np.not_equal, np.copysign, np.add, np.maximum,
]  # fmt: skip
DTYPES = [np.dtype(c) for c in "?Bhldf"]
SHAPES: list[tuple[int, ...]] = [(), (1,), (4,), (0,), (2, 3), (0, 2), (3, 0)]


def _array(data: st.DataObject) -> np.ndarray:
    shape, dtype = data.draw(st.sampled_from(SHAPES)), data.draw(st.sampled_from(DTYPES))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    return rng.integers(1, 5, shape).astype(dtype)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_ufunc_reduces_as_numpy_does(data: st.DataObject) -> None:
    x, ufunc = _array(data), data.draw(st.sampled_from(UFUNCS))
    keywords: dict[str, Any] = {"axis": data.draw(st.sampled_from([0, -1, None, ()]))}
    if data.draw(st.booleans()):
        keywords["keepdims"] = True
    if data.draw(st.booleans()):
        keywords["initial"] = 2
    if data.draw(st.booleans()):
        keywords["where"] = np.random.default_rng(1).random(x.shape) > 0.4
    if data.draw(st.integers(0, 4)) == 0:
        keywords["dtype"] = data.draw(st.sampled_from(["d", "l", "?"]))
    assert_like_numpy(lambda x: ufunc.reduce(x, **keywords), x)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_ufunc_accumulates_and_reduces_stretches_as_numpy_does(data: st.DataObject) -> None:
    x, ufunc = _array(data), data.draw(st.sampled_from(UFUNCS))
    starts = data.draw(st.lists(st.integers(0, 3), max_size=3))
    assert_like_numpy(lambda x: ufunc.accumulate(x), x)
    assert_like_numpy(lambda x: ufunc.reduceat(x, np.array(starts, int)), x)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_ufunc_updates_repeated_places_as_numpy_does(data: st.DataObject) -> None:
    ufunc = data.draw(st.sampled_from([*UFUNCS, np.negative, np.square]))
    dtype = data.draw(st.sampled_from(DTYPES))
    x = np.arange(1, 7).reshape(2, 3).astype(dtype)
    rows = data.draw(st.lists(st.integers(-2, 1), max_size=5))
    key: Any = data.draw(
        st.sampled_from([rows, (rows, 1), (slice(None), 2), (np.array([True, False]), 0), 1, ...])
    )
    other: Any = data.draw(st.sampled_from([1, 2.5, np.float32(1.5), np.int8(2)]))

    def updated(x: Any) -> Any:
        y = x.copy()
        ufunc.at(y, key, *[other] * (ufunc.nin - 1))
        return y

    assert_like_numpy(updated, x)


@pytest.mark.parametrize("items", [[1, 2], (3, 4), []])
@pytest.mark.parametrize("number", [np.int64(3), np.uint8(0), np.float64(2), np.bool_(True)])
def test_a_numpy_number_times_a_list_repeats_it_or_refuses(items: Any, number: Any) -> None:
    assert_like_numpy(lambda n: n * items, number, values=True)
    assert_like_numpy(lambda n: items * n, number, values=True)


class _Float(float):
    pass


class _Level(enum.IntEnum):
    LOW = 1


@pytest.mark.parametrize("number", [_Float(1.5), _Level.LOW, True, 1, 1.5, 1j])
@pytest.mark.parametrize("dtype", ["e", "b", "f", "?"])
def test_subclasses_of_pythons_numbers_are_not_weak(number: Any, dtype: str) -> None:
    x = np.array([1, 0]).astype(dtype)
    assert_like_numpy(lambda x: x + number, x)
    assert_like_numpy(lambda x: np.multiply(number, x), x)


def test_a_mask_that_holds_nowhere_takes_no_values() -> None:
    def written(x: Any, mask: Any) -> Any:
        y = x.copy()
        y[mask] = np.zeros((0,), int)
        return y

    x, mask = np.arange(6).reshape(2, 3), np.zeros((2, 3), bool)
    assert_like_numpy(written, x, mask)
    assert_like_numpy(written, x, mask, values=True)
    assert_like_numpy(written, x, ~mask, values=True)


def test_concatenate_takes_a_target_or_a_dtype() -> None:
    assert_like_numpy(
        lambda x, y: np.concatenate([x, x], out=y, dtype=float), np.ones(2), np.ones(4)
    )
