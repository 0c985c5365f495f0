"""Arguments of unusual kinds mean what they mean to numpy: vectors as shapes, whole-number
quantiles, unsigned coordinates, infinite points, empty values, numbers out of range.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import gradloom as gl
from gradloom.ir.errors import NotSupported, ValueNeeded
from tests.frontend.traced import assert_like_numpy, run_traced

FEW: Final = settings(max_examples=25, deadline=None)
V: Final = np.arange(6.0)

SHAPED: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "zeros": lambda x, shape: np.zeros(shape) + x[0],
    "full": lambda x, shape: np.full(shape, x[1]),
    "empty": lambda x, shape: np.empty(shape).shape,
    "reshape": lambda x, shape: np.reshape(x, shape),
    "the method reshape": lambda x, shape: x.reshape(shape),
    "resize": lambda x, shape: np.resize(x, shape),
    "broadcast_to": lambda x, shape: np.broadcast_to(x[0], shape),
    "full_like": lambda x, shape: np.full_like(x, 2.0, shape=shape),
}


@pytest.mark.parametrize("name", SHAPED)
@pytest.mark.parametrize("shape", [[2, 3], [6], [1, 6, 1], [2.0, 3.0], [[2, 3]], [7]])
def test_a_vector_is_taken_as_a_shape_where_its_numbers_are_known(name: str, shape: Any) -> None:
    vector = np.array(shape)
    assert_like_numpy(SHAPED[name], V, vector, values=True)
    assert_like_numpy(lambda x: SHAPED[name](x, vector), V)
    assert_like_numpy(lambda x: SHAPED[name](x, np.array(shape)), V)


def test_shapes_to_broadcast_are_tuples_lists_or_vectors() -> None:
    for shape in ([2, 1], np.array([2, 1]), (2, 1), 1, range(1, 3)):
        assert_like_numpy(lambda x, s=shape: np.broadcast_shapes(x.shape, [1], s), V.reshape(2, 3))
    assert_like_numpy(lambda s: np.broadcast_shapes(s, (2, 1)), np.array([1, 3]), values=True)


@pytest.mark.parametrize("name", SHAPED)
def test_a_vector_without_values_is_no_shape(name: str) -> None:
    with pytest.raises(ValueNeeded):
        run_traced(SHAPED[name], V, np.array([2, 3]))


MOVED: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "transpose": np.transpose,
    "flip": np.flip,
    "roll": lambda x, axes: np.roll(x, axes + 1, axes),
    "moveaxis": lambda x, axes: np.moveaxis(x, axes, axes[::-1]),
    "sum": lambda x, axes: np.sum(x, axis=axes),
    "max": lambda x, axes: np.max(x, axis=axes),
    "expand_dims": np.expand_dims,
}


@pytest.mark.parametrize("name", MOVED)
@pytest.mark.parametrize("axes", [[1, 0], [0, 1], [-1, 0], [1, 1], [0, 2]])
def test_a_vector_of_axes_is_taken_where_numpy_takes_one(name: str, axes: list[int]) -> None:
    assert_like_numpy(MOVED[name], V.reshape(2, 3), np.array(axes), values=True)


ENDS: Final = ("linear", "lower", "higher", "nearest", "midpoint", "inverted_cdf", "weibull",
               "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf",
               "hazen", "median_unbiased", "normal_unbiased")  # fmt: skip


@FEW
@given(
    x=st.lists(st.integers(-9, 9), min_size=1, max_size=6),
    dtype=st.sampled_from(["i8", "i2", "f4", "f8", "u1"]),
    q=st.sampled_from([0, 1, [0, 1], [1], [[0, 1]], [0.0, 1.0], 1.0]),
    method=st.sampled_from(ENDS),
    function=st.sampled_from([np.quantile, np.nanquantile]),
)
def test_quantiles_at_whole_numbers_keep_the_dtype_that_numpy_keeps(
    x: list[int], dtype: str, q: Any, method: str, function: Callable[..., Any]
) -> None:
    array = np.array(x).astype(dtype)
    assert_like_numpy(lambda v: function(v, q, method=method), array)
    if isinstance(q, list):
        assert_like_numpy(lambda v, at: function(v, at, method=method), array, np.array(q))


@FEW
@given(
    x=hnp.arrays("f8", st.integers(1, 9), elements=st.integers(-100, 100)),
    times=st.sampled_from([1, 1, 900]),
    dtype=st.sampled_from(["f2", "f4", "f8", "i1", "u1", "i4"]),
    q=st.floats(0, 1).flatmap(
        lambda q: st.sampled_from([q, np.float64(q), [q], np.array([q], "f4"), np.float32(q)])
    ),
    method=st.sampled_from(ENDS),
    function=st.sampled_from([np.quantile, np.nanquantile, np.percentile, np.nanpercentile]),
)
def test_places_of_quantiles_are_counted_as_finely_as_numpy_counts_them(
    x: np.ndarray, times: int, dtype: str, q: Any, method: str, function: Callable[..., Any]
) -> None:
    array = np.tile(np.abs(x) if dtype == "u1" else x, times).astype(dtype)
    assert_like_numpy(lambda v: function(v, q, method=method), array)


@pytest.mark.parametrize("q", [0, 1, [0, 1], True])
def test_bools_have_quantiles_at_their_ends(q: Any) -> None:
    assert_like_numpy(lambda v: np.quantile(v, q), np.array([True, False, True]))


@pytest.mark.parametrize("function", [np.median, np.nanmedian])
@FEW
@given(
    parts=st.lists(
        st.tuples(*[st.sampled_from([-1.0, 0.0, 2.0, np.nan])] * 2), min_size=1, max_size=6
    )
)
def test_medians_of_complex_numbers_order_them_as_numpy_does(
    function: Callable[..., Any], parts: list[tuple[float, float]]
) -> None:
    z = np.array([complex(a, b) for a, b in parts])
    assert_like_numpy(function, z)
    assert_like_numpy(lambda v: function(v, axis=0, keepdims=True), np.stack([z, z[::-1]], 1))


@FEW
@given(
    dtype=st.sampled_from(["u1", "u2", "u4", "i1", "i8", "f4"]),
    steps=st.lists(st.integers(1, 5), min_size=3, max_size=5),
    order=st.sampled_from([1, 2]),
)
def test_coordinates_of_any_dtype_may_fall(dtype: str, steps: list[int], order: int) -> None:
    places = np.cumsum(steps)[::-1].astype(dtype)
    y = np.array(steps, np.float64)
    assert_like_numpy(lambda v, p: np.gradient(v, p, edge_order=order), y, places)
    assert_like_numpy(lambda v: np.gradient(v, places, edge_order=order), y)


@pytest.mark.parametrize("order", [1, 2])
def test_a_gradient_of_nothing_is_zero_without_a_sign(order: int) -> None:
    made = run_traced(lambda v: np.gradient(v, edge_order=order), np.ones(4))
    assert not np.signbit(made).any()


@FEW
@given(
    values=st.lists(st.sampled_from([-np.inf, 1.0, 1.0, 3.0, np.inf]), min_size=4, max_size=4),
    last=st.sampled_from([4.0, np.inf]),
)
def test_interpolation_between_infinite_points_is_numpys(values: list[float], last: float) -> None:
    at = np.array([0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5])
    points, heights = np.array([1, 2, 3, last]), np.array(values)
    assert_like_numpy(np.interp, at, points, heights)
    assert_like_numpy(np.interp, at, points, heights + 0j)


@pytest.mark.parametrize("size", [np.int64(2), np.int8(2), np.array(2)])
def test_sizes_in_a_graph_are_pythons_numbers(size: Any) -> None:
    graphs = [
        gl.trace(lambda v: np.lib.stride_tricks.sliding_window_view(v, size), V),
        gl.trace(lambda v: np.bincount(v.astype(int), minlength=size * 4), V),
        gl.trace(lambda v: np.histogramdd(v.reshape(3, 2), bins=size)[0], V),
        gl.trace(lambda v: np.reshape(np.tile(v, size), (size, 6)), V),
    ]
    shapes = [r.type.shape for graph in graphs for node in graph for r in node.results]
    assert {type(d) for shape in shapes for d in shape} == {int}


WRONG: Final[dict[str, tuple[Callable[..., Any], tuple[Any, ...]]]] = {
    "choose beyond the choices": (lambda i, v: np.choose(i, [v, -v]), (np.array([0, 2]), V[:2])),
    "choose before the choices": (lambda i, v: np.choose(i, [v, -v]), (np.array([-1, 1]), V[:2])),
    "place nothing somewhere": (lambda v, m: np.place(v, m, []), (V, V > 3)),
    "place nothing nowhere": (lambda v, m: [np.place(v, m, []), v + 0][1], (V, V > 9)),
    "delete at floats": (np.delete, (V, np.array([1.0]))),
    "delete at no floats": (np.delete, (V, np.array([]))),
    "insert at floats": (lambda v, i: np.insert(v, i, 2.0), (V, np.array([1.0, 2.0]))),
    "insert at no floats": (lambda v, i: np.insert(v, i, []), (V, np.array([]))),
    "insert before the start": (lambda v: np.insert(v, [-7], [3, 4]), (V,)),
    "insert behind the end": (lambda v: np.insert(v, 7, 3), (V,)),
    "insert at the end": (lambda v: np.insert(v, [6], [3, 4]), (V,)),
    "take along a mask": (np.take_along_axis, (V, V > 3, 0)),
    "put along a matrix without an axis": (
        lambda v, i: np.put_along_axis(v, i, 0, None), (V, np.array([[0]]))),
    "coordinates in no elements": (lambda i: np.unravel_index(i, (2, 0)), (np.array([0]),)),
    "bins of a fractional number": (lambda v: np.histogram(v, 2.5), (V,)),
    "bins that fall": (np.histogram, (V, np.array([1, 3, 1], np.uint8))),
    "bins of axes that are none": (lambda v: np.histogramdd(v, bins=2), (np.zeros((3, 0)),)),
    "bins of unlike lengths": (
        lambda v: np.histogramdd(v, bins=[[0, 2, 6], [0, 1, 2, 6]])[0], (V.reshape(3, 2),)),
    "bins by number and by edges": (
        lambda v: np.histogram2d(v, v + 1, bins=[3, [0, 1, 2, 6]])[0], (V,)),
    "a mean of floats into integers": (
        lambda v, out: np.nanmean(v, 0, out=out), (V, np.array(0))),
    "two corrections": (lambda v: np.nanvar(v, ddof=0.5, correction=0.5), (V,)),
    "the rank of a vector": (np.linalg.matrix_rank, (V,)),
    "out that is no array": (lambda v: np.fft.fft(v, out=""), (V,)),
    "delete at nothing": (lambda v: np.delete(v, []), (V,)),
    "trim at no end": (lambda v: np.trim_zeros(v, trim=""), (V,)),
    "trim at an unknown end": (lambda v: np.trim_zeros(v, trim="fx"), (V,)),
    "trim a number": (np.trim_zeros, (np.array(0.0),)),
    "bins of complex numbers": (lambda v: np.digitize(v, [1, 2, 3 + 1j]), (V,)),
    "the extreme of no elements beside": (
        lambda v: np.pad(v, 0, "maximum", stat_length=0), (V,)),
    "coordinates in no axes": (lambda i: np.unravel_index(i, ()), (np.array([0]),)),
    "the coordinates of a number": (lambda i: np.unravel_index(i, ()), (np.int64(0),)),
    "negative frequencies": (lambda v, w: np.cov(v, fweights=w), (V, np.full(6, -1))),
    "weights without a sum": (
        lambda v, w: np.quantile(v, 0.5, weights=w, method="inverted_cdf"), (V, V * 0)),
    "infinite weights": (
        lambda v, w: np.quantile(v, 0.5, weights=w, method="inverted_cdf"), (V, V + np.inf)),
    "finite numbers": (np.asarray_chkfinite, (V,)),
    "numbers that are not finite": (np.asarray_chkfinite, (V + np.inf,)),
    "a window of a fractional length": (lambda n, b: np.kaiser(n, b), (np.float64(4.0), V[2])),
    "counts of unsigned numbers": (np.bincount, (np.array([1, 3, 1], np.uint64),)),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", WRONG)
def test_what_depends_on_values_is_numpys_where_they_are_at_hand(name: str) -> None:
    function, args = WRONG[name]
    assert_like_numpy(function, *args, values=True)


AS_ARRAYS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "asarray": lambda v, d: np.asarray(v, dtype=d),
    "asarray without a copy": lambda v, d: np.asarray(v, dtype=d, copy=False),
    "asanyarray": lambda v, d: np.asanyarray(v, dtype=d),
    "ascontiguousarray": lambda v, d: np.ascontiguousarray(v, dtype=d),
    "asfortranarray": lambda v, d: np.asfortranarray(v, dtype=d),
    "require": lambda v, d: np.require(v, d),
    "array": lambda v, d: np.array(v, d),
    "array if need be": lambda v, d: np.array(v, d, copy=None),
    "asarray_chkfinite": lambda v, d: np.asarray_chkfinite(v, d),
}


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("name", AS_ARRAYS)
@pytest.mark.parametrize("made", ["f8", "f4", "i8", "u1", "c16", "b1"])
def test_an_array_asked_for_in_a_dtype_has_it(name: str, made: str) -> None:
    x = np.array([[0, 1, 2], [3, 1, 0]]).astype(made)
    for asked in (None, "f8", "f4", "i8", "c16", "b1", float, int):
        assert_like_numpy(lambda v, d=asked: AS_ARRAYS[name](v, d), x, values=True)


def test_placing_nothing_where_a_mask_is_not_known_is_refused() -> None:
    with pytest.raises(NotSupported, match=r"np\.place"):
        run_traced(lambda v: np.place(v, v > 3, []), V)
