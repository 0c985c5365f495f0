"""Comparison with array_api_strict on drawn arguments: strategies, and what alike means."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.array_api import make_strategies_namespace

import gradloom as gl

strict = pytest.importorskip("array_api_strict")
strict.set_array_api_strict_flags(api_version="2024.12")

xp = gl.array_api
xps = make_strategies_namespace(xp, api_version="2024.12")

few = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
SHAPES = xps.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
DTYPES = st.sampled_from(
    [
        xp.bool,
        xp.int8,
        xp.int16,
        xp.int32,
        xp.int64,
        xp.uint8,
        xp.uint16,
        xp.uint32,
        xp.uint64,
        xp.float32,
        xp.float64,
        xp.complex64,
        xp.complex128,
    ]
)
FLOATS = xps.floating_dtypes() | xps.complex_dtypes()


def theirs(x: Any) -> Any:
    """Arguments with our arrays and dtypes as those of array_api_strict."""
    if isinstance(x, type(xp.zeros(1))):
        return strict.asarray(np.asarray(x))
    if isinstance(x, np.dtype):
        return getattr(strict, x.name)
    if isinstance(x, tuple | list):
        return type(x)(theirs(part) for part in x)
    return x


def outcome(f: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The result, or the class of the error that both may raise."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return f(*args, **kwargs)
    except (TypeError, ValueError, IndexError, OverflowError) as error:
        return error


def flat(result: Any) -> list[Any]:
    if isinstance(result, tuple | list):
        return [part for x in result for part in flat(x)]
    return [np.asarray(result)]


def assert_alike(
    find: Callable[[Any], Any], *args: Any, exact: bool = False, **kwargs: Any
) -> None:
    """Both libraries give the same on these arguments, or both refuse."""
    given = outcome(find(xp), args, kwargs)
    wanted = outcome(find(strict), theirs(args), {k: theirs(v) for k, v in kwargs.items()})
    assert isinstance(given, Exception) == isinstance(wanted, Exception), (given, wanted)
    if isinstance(given, Exception):
        if isinstance(wanted, TypeError):
            assert isinstance(given, TypeError), (given, wanted)
        return
    for a, b in zip(flat(given), flat(wanted), strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape), (a, b)
        tolerance = (
            0 if exact else 1e-4 if a.dtype.itemsize <= 4 or a.dtype == "complex64" else 1e-9
        )
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def function(name: str) -> Callable[[Any], Any]:
    """The function of this (dotted) name, of a namespace."""
    area, _, last = name.rpartition(".")
    return lambda namespace: getattr(getattr(namespace, area) if area else namespace, last)


def arrays(dtypes: Any = DTYPES, shapes: Any = SHAPES, **kwargs: Any) -> Any:
    return xps.arrays(dtypes, shapes, **kwargs)


def axes(ndim: int) -> Any:
    found = st.none() | xps.valid_tuple_axes(ndim, min_size=0 if ndim == 0 else 1)
    return found | st.integers(-ndim, ndim - 1) if ndim else found


@st.composite
def pairs(draw: Any, dtypes: Any = DTYPES) -> Any:
    """Two arrays that broadcast, often of dtypes that promote."""
    shapes = draw(xps.mutually_broadcastable_shapes(2, max_dims=3, max_side=3)).input_shapes
    first = draw(dtypes)
    second = draw(st.just(first) | dtypes)
    return draw(xps.arrays(first, shapes[0])), draw(xps.arrays(second, shapes[1]))
