"""Reading and writing by index is numpy's, for keys of any mixture."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import gradloom as gl
from gradloom.ir.errors import IndexOutOfRange, ShapeError
from tests.frontend.derivatives import assert_gradient
from tests.frontend.numpy.indices import SHAPES, keys
from tests.frontend.traced import assert_like_numpy, run_traced

X = np.random.default_rng(3).normal(size=(4, 3, 5))


def numbered(shape: tuple[int, ...]) -> np.ndarray:
    """Different elements, in a shape."""
    return np.arange(float(np.prod(shape))).reshape(shape)


def written(key: Any) -> Any:
    """A function that gives its first argument with its second stored at a key."""

    def f(a: Any, v: Any) -> Any:
        b = a.copy()
        b[key] = v
        return b

    return f


# ---- any key -------------------------------------------------------------------------------------


@given(SHAPES, st.data())
@settings(max_examples=80, deadline=None)
def test_reading_is_numpys(shape: tuple[int, ...], data: st.DataObject) -> None:
    key = data.draw(keys(shape))
    assert_like_numpy(lambda a: a[key], numbered(shape))


@given(SHAPES, st.data())
@settings(max_examples=80, deadline=None)
def test_writing_is_numpys(shape: tuple[int, ...], data: st.DataObject) -> None:
    key = data.draw(keys(shape))
    try:
        n = numbered(shape)[key].shape
    except IndexError:
        n = ()
    given = [n, n[1:], n[-1:], (), (1, *n), tuple(1 for _ in n), (2,)]
    assert_like_numpy(written(key), numbered(shape), numbered(data.draw(st.sampled_from(given))))


@given(hnp.array_shapes(max_dims=3, max_side=4), st.data())
@settings(max_examples=25, deadline=None)
def test_traced_indices_are_numpys(shape: tuple[int, ...], data: st.DataObject) -> None:
    """Each array of integers in the key is an argument of the program."""
    key = data.draw(keys(shape, traced=True))
    parts = key if isinstance(key, tuple) else (key,)
    arrays = [p for p in parts if type(p) is np.ndarray and p.ndim]
    try:
        n = numbered(shape)[key].shape
    except IndexError:
        return  # a program without values cannot know

    def rebuilt(indices: Any) -> Any:
        rest = iter(indices)
        return tuple(next(rest) if type(p) is np.ndarray and p.ndim else p for p in parts)

    assert_like_numpy(lambda a, *i: a[rebuilt(i)], numbered(shape), *arrays)

    def f(a: Any, v: Any, *i: Any) -> Any:
        b = a.copy()
        b[rebuilt(i)] = v
        return b

    assert_like_numpy(f, numbered(shape), -numbered(n), *arrays)
    assert_like_numpy(f, numbered(shape), np.float64(7), *arrays)


@given(hnp.array_shapes(max_dims=3, max_side=4), st.data())
@settings(max_examples=25, deadline=None)
def test_flat_is_read_and_written_as_numpys(shape: tuple[int, ...], data: st.DataObject) -> None:
    x = numbered(shape)
    bound = st.none() | st.integers(-9, 9)
    places = st.lists(st.integers(-x.size, x.size - 1), min_size=1)
    slices = st.builds(slice, bound, bound, st.sampled_from([None, 2, -1]))
    key: Any = data.draw(st.integers(-x.size - 1, x.size) | slices | places)
    assert_like_numpy(lambda a: a.T.flat[key], x)

    def f(a: Any) -> Any:
        b = a.copy()
        b.flat[[0, -1]] = [5, 6]
        return b

    assert_like_numpy(f, x)


# ---- errors --------------------------------------------------------------------------------------

WRONG: dict[str, tuple[Any, str]] = {
    "beyond": (lambda x: x[7], "index 7 is out of bounds for axis 0 with size 4"),
    "beyond in an array": (
        lambda x: x[:, [0, -4]], "index -4 is out of bounds for axis 1 with size 3"
    ),
    "too many": (
        lambda x: x[0, 0, 0, 0],
        "too many indices for array: array is 3-dimensional, but 4 were indexed",
    ),
    "two ellipses": (lambda x: x[..., ...], "an index can only have a single ellipsis"),
    "mask": (
        lambda x: x[[True, False]],
        "boolean index did not match indexed array along axis 0; size of axis is 4 but size of "
        "corresponding boolean axis is 2",
    ),
    "float": (lambda x: x[1.5], "only integers, slices"),
    "floats": (
        lambda x: x[np.array([1.0])], "arrays used as indices must be of integer (or boolean) type"
    ),
    "apart": (
        lambda x: x[[0, 1], [0, 1, 2]],
        "shape mismatch: indexing arrays could not be broadcast together with shapes (2,) (3,)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_key_that_does_not_fit_is_told_in_numpys_words_with_the_line(name: str) -> None:
    f, told = WRONG[name]
    with pytest.raises(IndexError) as ours:
        run_traced(f, X)
    assert isinstance(ours.value, IndexOutOfRange)
    assert told in str(ours.value)
    assert "test_indexing.py" in str(ours.value)
    with pytest.raises(IndexError) as theirs:
        f(X)
    assert told in str(theirs.value)


@pytest.mark.parametrize(
    ("key", "shape"), [(slice(0, 2), (4,)), ([0, 1], (3, 3, 5)), (np.array([0]), (2, 3, 5))]
)
def test_a_value_that_does_not_fit_is_told_in_numpys_words(key: Any, shape: Any) -> None:
    with pytest.raises(ValueError, match="could not"):
        written(key)(X, np.zeros(shape))
    with pytest.raises(ShapeError, match=r"could not (be )?broadcast"):
        run_traced(written(key), X, np.zeros(shape))


def test_imaginary_parts_are_dropped_with_numpys_warning() -> None:
    z = np.array([1 + 2j, 3j])
    for f in (written(slice(0, 2)), lambda x, v: written(slice(0, 2))(x, v)):
        with pytest.warns(np.exceptions.ComplexWarning):
            found = run_traced(f, np.zeros(3), z)
        np.testing.assert_array_equal(found, [1, 0, 0])
    with pytest.raises(TypeError, match="complex"):
        run_traced(lambda x: written(0)(x, 1j), np.zeros(3))


# ---- derivatives and equal places ----------------------------------------------------------------

READS: dict[str, Any] = {
    "mixture": lambda x: x[[0, 2, 2], :, ::-2],
    "apart": lambda x: x[[0, 1], :, [1, 1]],
    "mask": lambda x: x[np.arange(4) % 2 == 0, 1:],
    "mask of values": lambda x: x[x > 0],
    "truth": lambda x: x[True, 1],
    "flat": lambda x: x.flat[3:9],
    "grid": lambda x: x[np.ix_([0, 2], [1], [0, 0, 4])],
    "take wraps": lambda x: np.take(x, [-9, 2, 30], axis=2, mode="wrap"),
    "take_along_axis": lambda x: np.take_along_axis(x, np.argsort(x, 1), 1),
}


@pytest.mark.parametrize("name", READS)
def test_reading_has_the_derivative_of_finite_differences(name: str) -> None:
    f = READS[name]
    g = gl.grad(lambda x: np.sum(f(x) ** 2))(X)
    h = np.zeros_like(X)
    for i in np.ndindex(X.shape):
        step = np.zeros_like(X)
        step[i] = 1e-6
        h[i] = (np.sum(f(X + step) ** 2) - np.sum(f(X - step) ** 2)) / 2e-6
    np.testing.assert_allclose(g, h, atol=1e-6)


def test_of_equal_traced_places_the_last_update_wins_and_has_the_derivative() -> None:
    i = np.array([2, 0, 2, 1, 0])

    def f(x: Any, v: Any, i: Any) -> Any:
        b = x.copy()
        b[i] = v
        return b

    x, v = np.arange(4.0), np.arange(5.0) + 10
    assert_like_numpy(f, x, v, i)
    assert_gradient(lambda x, v, i: np.sum(f(x, v, i) ** 2), x, v, i)
    assert_gradient(lambda x, s, i: np.sum(f(x, s[0], i) ** 2), x, v[:1], i)
    rows = np.arange(8.0).reshape(4, 2)
    assert_gradient(lambda x, s, i: np.sum(f(x, s, i) ** 2), rows, v[:2], i)
    batch = np.stack([i, i[::-1], i])
    mapped = gl.vmap(f, in_axes=(None, None, 0))(x, v, batch)
    np.testing.assert_array_equal(mapped, [f(x, v, row) for row in batch])


@pytest.mark.parametrize("backend", ["jax", "tensorflow", "torch"])
def test_of_equal_places_the_last_update_wins_on_every_backend(backend: str) -> None:
    pytest.importorskip(backend)
    i, v = np.array([2, 0, 2, 1, 0]), np.arange(10.0).reshape(5, 2)

    def f(x: Any, v: Any, i: Any) -> Any:
        b = x.copy()
        b[i] = v
        b[:, i[:2] % 2] = b[:, :1] * 3
        return b

    x = -np.arange(8.0).reshape(4, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_array_equal(gl.compile(f, backend=backend)(x, v, i), f(x, v, i))
