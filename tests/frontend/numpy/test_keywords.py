"""Keyword arguments have numpy's meaning, alone and together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.frontend.traced import assert_like_numpy

X = np.array([[3.0, -1.0, 2.0], [0.5, 7.0, -2.5]])
DTYPES = ("f8", "f4", "f2", "i8", "i4", "u1", "?", "c16")

AXES: tuple[Any, ...] = (
    None, 0, -1, 2, -4, (), (0,), (0, 1), (-1, 0), (0, 0), (0, -3), [0], np.int64(1), np.array(1),
    1.0, "a", True,
)  # fmt: skip

REDUCTIONS = ("sum", "prod", "max", "min", "mean", "std", "var", "any", "all", "nansum", "nanmean")
WITH_DTYPE = ("sum", "prod", "mean", "std", "var", "nansum", "nanmean", "cumsum", "cumprod")


def writes(name: str, axis: Any, dtype: Any, target: str) -> Callable[[Any], Any]:
    """A program that reduces into an array of its own."""
    function = getattr(np, name)
    given = {} if dtype is None else {"dtype": dtype}
    shape = np.shape(np.sum(X, axis)) if not name.startswith("cum") else X.shape

    def f(x: Any) -> Any:
        out = np.zeros(shape, target)
        made = function(x, axis=axis, out=out, **given)
        return made is out, out

    return f


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_reduction_into_a_target_casts_as_numpy(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from((*REDUCTIONS, "cumsum", "cumprod")))
    target = data.draw(st.sampled_from(DTYPES))
    own = data.draw(st.sampled_from(DTYPES))
    dtype = data.draw(st.sampled_from((None, *DTYPES))) if name in WITH_DTYPE else None
    axis = data.draw(st.sampled_from((0, 1, -1)))
    x = np.array([[3, 1, 2], [0, 7, 2]]).astype(own)
    assert_like_numpy(writes(name, axis, dtype, target), x, rtol=2e-3)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_reductions_take_axes_of_every_form(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(REDUCTIONS))
    axis = data.draw(st.sampled_from(AXES))
    keepdims = data.draw(st.booleans())
    function = getattr(np, name)
    x = np.arange(24.0).reshape(2, 3, 4) - 7
    assert_like_numpy(lambda x: function(x, axis=axis, keepdims=keepdims), x)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.average(x, axis=1, weights=[1, 2, 3], returned=True),
        lambda x: np.quantile(x, [0.1, 0.5], axis=1, method="inverted_cdf", weights=[1.0, 0, 3]),
        lambda x: np.percentile(x, 30, weights=np.abs(x), method="inverted_cdf"),
        lambda x: np.quantile(x, [0.0, 1.0], 0, weights=[0.0, 2.0], method="inverted_cdf"),
        lambda x: np.nanquantile(
            np.where(x > 5, np.nan, x), 0.5, axis=0, weights=np.abs(x), method="inverted_cdf"
        ),
        lambda x: np.quantile(x, 0.5, weights=[1, 2, 3], method="inverted_cdf"),
        lambda x: np.quantile(x, 0.5, axis=1, weights=[1, -2, 3], method="inverted_cdf"),
        lambda x: np.pad(x, 3, "reflect", reflect_type="odd"),
        lambda x: np.pad(x, ((5, 1), (0, 7)), "symmetric", reflect_type="odd"),
        lambda x: np.logspace(0, 1, 4, base=np.abs(x[0])),
        lambda x: np.logspace(0.0, [1, 2.0, 3.0], 4, base=np.abs(x[0]), axis=-1),
        lambda x: np.geomspace(1j, x[0, 0], 4),
        lambda x: np.geomspace(1 + 1j, x[0, 0] * 4j, 5, endpoint=False),
        lambda x: np.geomspace(x[0, 0], 1000, 4, dtype=int),
        lambda x: np.geomspace(np.float32(1), x.astype("f4")[0, 0], 4, dtype="f4"),
        lambda x: np.cov(x, aweights=[-1, 2, 3]),
        lambda x: np.cov(x, fweights=[1, 2, 3], aweights=[1, 2, 3.0], ddof=2),
        lambda x: np.clip(x, min=x[0], max=3),
        lambda x: x.clip(1),
        lambda x: np.clip(x, 1),
    ],
)
def test_arguments_that_are_seldom_given(f: Any) -> None:
    assert_like_numpy(f, X)


def test_a_function_as_mode_of_pad_fills_the_ends_in_place() -> None:
    def mode(vector: Any, widths: Any, axis: int, kwargs: Any) -> None:
        vector[: widths[0]] = kwargs["value"] * vector[widths[0]]
        vector[-widths[1] :] = axis

    def f(x: Any) -> Any:
        return np.pad(x, ((1, 2), (2, 1)), mode, value=x[0, 0])  # type: ignore[call-overload]

    assert_like_numpy(f, X)
