from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.errors import TraceError
from tests.frontend.numpy.arrays import ALL, arrays
from tests.frontend.traced import assert_like_numpy, run_symbolic, run_traced


@st.composite
def divisions(draw: st.DrawFn, size: int) -> tuple[int, ...]:
    """A shape of `size` elements, perhaps with a -1 in it."""
    shape, rest = [], size
    while rest > 1:
        one = draw(st.sampled_from([d for d in range(1, rest + 1) if rest % d == 0]))
        shape.append(one)
        rest //= one
        if one == 1 and len(shape) > 3:
            shape.append(rest)
            break
    if shape and draw(st.booleans()):
        shape[draw(st.integers(0, len(shape) - 1))] = -1
    return tuple(shape) or (1,)


@settings(max_examples=40, deadline=None)
@given(st.data(), arrays(ALL), st.sampled_from("CF"))
def test_reshape_orders_elements_as_numpy(data: Any, x: np.ndarray, order: str) -> None:
    shape = data.draw(divisions(x.size))
    assert_like_numpy(lambda x: np.reshape(x, shape, order=order), x)
    assert_like_numpy(lambda x: x.T.reshape(*shape), x)


@settings(max_examples=40, deadline=None)
@given(st.data(), arrays(("float64", "bool"), max_dims=4))
def test_axes_move_as_in_numpy(data: Any, x: np.ndarray) -> None:
    perm = data.draw(st.permutations(range(x.ndim)))
    assert_like_numpy(lambda x: np.transpose(x, perm), x)
    assert_like_numpy(lambda x: x.transpose(*[p - x.ndim for p in perm]), x)
    a, b = (data.draw(st.integers(-5, 5)) for _ in range(2))
    for f in (np.swapaxes, np.moveaxis):
        assert_like_numpy(lambda x, f=f: f(x, a, b), x)
    assert_like_numpy(lambda x: np.rollaxis(x, a, b), x)
    assert_like_numpy(lambda x: np.moveaxis(x, (0, a), (b, 0)), x)
    assert_like_numpy(lambda x: np.expand_dims(x, (a, b)), x)


@settings(max_examples=40, deadline=None)
@given(st.data(), arrays(("float64",), max_dims=4))
def test_squeeze_takes_out_axes_of_size_one_only(data: Any, x: np.ndarray) -> None:
    axis = data.draw(st.one_of(st.none(), st.integers(-4, 3)))
    assert_like_numpy(lambda x: np.squeeze(x, axis), x)
    assert_like_numpy(lambda x: x.squeeze(), x)


@pytest.mark.parametrize(
    "f",
    [
        np.ravel,
        np.matrix_transpose,
        np.atleast_1d,
        np.atleast_2d,
        np.atleast_3d,
        lambda x: np.atleast_2d(x, 3.0),
        lambda x: x.ravel("F"),
        lambda x: x.flatten("F"),
        lambda x: x.mT,
        lambda x: x.T,
        lambda x: np.broadcast_to(x, (2, *x.shape)),
        lambda x: np.broadcast_arrays(x, np.ones((2, 1, 1, 1))),
        lambda x: np.resize(x, (3, 5)),
        lambda x: np.astype(x, np.float32),
        lambda x: x.astype(int),
        lambda x: np.copy(x),
        lambda x: x.reshape(7, -1),
        lambda x: x.reshape(-1, -1),
        lambda x: np.broadcast_to(x, (5,)),
        lambda x: x.astype(np.int8, casting="safe"),
        lambda x: x.flat[-1],
        lambda x: sum(x.flat),
        lambda x: np.stack(list(x.ravel())),
        lambda x: (np.ndim(x), np.shape(x), np.size(x), np.size(x, 0)),
        lambda x: (x.ndim, x.shape, x.size, x.nbytes, x.itemsize, x.dtype == float),
        lambda x: [np.result_type(x, 3), np.can_cast(x.dtype, int), np.common_type(x)],
        lambda x: [np.iscomplexobj(x), np.isrealobj(x)],
        lambda x: (np.real(x), np.imag(x), x.conj()),
    ],
)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 3)])
def test_shape_functions_are_numpys(f: Any, shape: tuple[int, ...]) -> None:
    assert_like_numpy(f, np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.reshape(x, (1,)),
        lambda x: np.reshape(x, ()),
        lambda x: x.T,
        np.ravel,
        np.transpose,
        np.squeeze,
        lambda x: np.expand_dims(x, 0),
        lambda x: x.real,
        lambda x: x.imag,
        lambda x: x.copy(),
        lambda x: np.copy(x),
        lambda x: x.astype(int),
    ],
)
def test_numpy_scalars_keep_or_lose_their_kind_as_in_numpy(f: Any) -> None:
    assert_like_numpy(f, np.float64(2.5))


JOINS = (np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(JOINS), arrays(("float32", "int64"), max_dims=3), st.booleans())
def test_joins_are_numpys(data: Any, f: Any, x: np.ndarray, odd: bool) -> None:
    y = data.draw(arrays(("int8", "float64"), max_dims=3)) if odd else x[::-1] if x.ndim else x
    assert_like_numpy(lambda x, y: f([x, y, x]), x, y)
    if f in (np.concatenate, np.stack):
        axis = data.draw(st.integers(-4, 3))
        assert_like_numpy(lambda x, y: f((x, y), axis=axis), x, y)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.concatenate([x, x.T], axis=None),
        lambda x: np.concatenate([x, [[1, 2, 3]]], dtype=np.float32),
        lambda x: np.concatenate([x, x], out=np.zeros((4, 3))),
        lambda x: np.concatenate([x, x], dtype=int),
        lambda x: np.concatenate(x),
        lambda x: np.concat([x, x[:1]]),
        lambda x: np.stack([x, x], axis=-1),
        lambda x: np.stack(x),
        lambda x: np.hstack([x[0], 3.0]),
        lambda x: np.block([[x, x], [np.zeros((2, 3)), x * 2]]),
        lambda x: np.block([x[0], 1.0]),
        lambda x: np.block([[x, x], [x]]),
        lambda x: np.split(x, 3, axis=1),
        lambda x: np.split(x, 2, axis=1),
        lambda x: np.split(x, [1, 2], axis=1),
        lambda x: np.array_split(x, 2, axis=1),
        lambda x: np.array_split(x, 5),
        lambda x: (np.vsplit(x, 2), np.hsplit(x, [1])),
        lambda x: np.dsplit(x, 2),
        lambda x: np.hsplit(x[0], 3),
        lambda x: np.unstack(x, axis=1),
        lambda x: np.column_stack([x[0], x[1]]),
    ],
)
def test_joins_and_parts_are_numpys(f: Any) -> None:
    assert_like_numpy(f, np.arange(6.0).reshape(2, 3))


def test_reshapes_and_splits_follow_named_dimensions() -> None:
    x = np.arange(24.0).reshape(4, 6)
    for f in (
        lambda x: x.reshape(-1, 2),
        lambda x: x.reshape(x.shape[0], 2, -1),
        lambda x: x.T.ravel(),
        lambda x: np.concatenate([x, x * 2]),
        lambda x: np.tile(x, (2, 1)),
        lambda x: np.repeat(x, 3, axis=0),
        lambda x: np.stack([x, x], 1),
        lambda x: np.pad(x, ((1, 2), (0, 1))),
        lambda x: np.flip(x, 0),
    ):
        np.testing.assert_array_equal(run_symbolic(f, ["f64[n,6]"], x), f(x))


# ---- memory that is shared ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "view",
    [
        lambda y: y.T,
        lambda y: y.reshape(3, 2),
        lambda y: y.reshape(-1)[1:4],
        lambda y: y.ravel(),
        lambda y: y.swapaxes(0, 1)[1],
        lambda y: np.expand_dims(y, 0),
        lambda y: y[1:].squeeze(),
        lambda y: y.T[::-1, 1:],
        lambda y: y[:, ::2].T,
        lambda y: np.moveaxis(y, 0, 1),
        lambda y: np.flip(y, 1)[0],
        lambda y: np.rot90(y),
        lambda y: np.split(y, 3, axis=1)[1],
        lambda y: np.atleast_3d(y)[..., 0],
        lambda y: y.view(),
        lambda y: y.real,
        lambda y: y.flatten(),
        lambda y: y.copy().T,
        lambda y: y.astype(float)[0],
        lambda y: np.tile(y, 1),
    ],
)
def test_writes_reach_exactly_the_arrays_that_share_memory_in_numpy(view: Any) -> None:
    def through_the_view(x: Any) -> Any:
        y = x.copy()
        v = view(y)
        v[...] = 7.0
        v *= 2
        return y, v

    def through_the_base(x: Any) -> Any:
        y = x.copy()
        v = view(y)
        y[0] = 5.0
        y += 1
        return y, v

    x = np.arange(6.0).reshape(2, 3)
    assert_like_numpy(through_the_view, x)
    assert_like_numpy(through_the_base, x)


def test_views_of_views_follow_writes_anywhere_in_the_chain() -> None:
    def f(x: Any) -> Any:
        y = x.copy()
        a = y.T
        b = a[1:]
        c = b[0]
        y[0, 1] = 10.0
        before = c + 0
        c[1] = 20.0
        return y, a, b, c, before

    assert_like_numpy(f, np.arange(6.0).reshape(2, 3))


def test_parts_of_complex_arrays_are_written_in_place() -> None:
    def f(z: Any) -> Any:
        y = z.copy()
        y.real = 3.0
        y.imag[1] = -1.0
        y.flat[0] = 9.0
        return y

    assert_like_numpy(f, np.array([1 + 2j, 3 + 4j, 5j]))


def test_flat_and_fill_write_all_elements() -> None:
    def f(x: Any) -> Any:
        y, z = x.copy(), np.zeros((2, 3))
        y.fill(2.0)
        z.flat = np.arange(3.0)
        z.T.flat[2] = 8.0
        return y, z

    assert_like_numpy(f, np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize(
    "view", [lambda x: np.broadcast_to(x, (2, 3)), lambda x: np.diagonal(x[None] + x[:, None])]
)
def test_broadcast_arrays_and_diagonals_are_read_only(view: Any) -> None:
    def f(x: Any) -> Any:
        v = view(x * 1)
        v[0] = 1.0
        return v

    assert_like_numpy(f, np.arange(3.0))


def test_a_reshape_that_may_be_a_copy_is_writable_when_its_base_is_not_used_again() -> None:
    def f(x: Any) -> Any:
        h = (x * 2).T.reshape(-1)
        h += 1
        h[2] = 0.0
        return h

    assert_like_numpy(f, np.arange(6.0).reshape(2, 3))


def test_reading_an_array_after_a_write_to_what_may_share_its_memory_is_refused() -> None:
    def f(x: Any) -> Any:
        h = x * 2
        flat = h.reshape(-1)
        flat[0] = 9.0
        return h

    def g(x: Any) -> Any:
        h = x * 2
        flat = h.reshape(-1)
        h[0] = 9.0
        return flat

    for broken in (f, g):
        with pytest.raises(TraceError, match="may or may not share memory"):
            run_traced(broken, np.arange(6.0).reshape(2, 3))


def test_arguments_are_changed_through_a_reshape() -> None:
    def f(x: Any) -> Any:
        flat = x.reshape(-1)
        flat[0] = 1.0
        return flat

    x = np.arange(6.0).reshape(2, 3)
    gl.compile(f)(x)
    assert x[0, 0] == 1.0


@pytest.mark.parametrize("order", ["K", "A"])
def test_an_order_in_memory_is_that_of_the_argument(order):
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    f = gl.compile(lambda x: x.ravel(order))
    for array in (x, np.ascontiguousarray(x)):
        np.testing.assert_array_equal(f(array), array.ravel(order))
