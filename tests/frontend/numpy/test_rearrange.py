from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.ir.errors import ValueNeeded
from tests.frontend.numpy.arrays import ALL, arrays, axes
from tests.frontend.traced import assert_like_numpy, run_symbolic, run_traced


@settings(max_examples=40, deadline=None)
@given(st.data(), arrays(ALL))
def test_flip_and_roll_move_elements_as_numpy(data: Any, x: np.ndarray) -> None:
    axis = data.draw(axes(x.ndim))
    assert_like_numpy(lambda x: np.flip(x, axis), x)
    shift = data.draw(st.integers(-6, 6))
    assert_like_numpy(lambda x: np.roll(x, shift, axis), x)


@settings(max_examples=40, deadline=None)
@given(st.data(), arrays(("float64", "int8")), st.lists(st.integers(0, 3), max_size=4))
def test_tile_and_repeat_copy_elements_as_numpy(data: Any, x: np.ndarray, reps: list[int]) -> None:
    assert_like_numpy(lambda x: np.tile(x, reps), x)
    axis = data.draw(st.one_of(st.none(), st.integers(-3, 2)))
    counts = data.draw(
        st.one_of(st.integers(0, 3), st.lists(st.integers(0, 3), min_size=1, max_size=4))
    )
    assert_like_numpy(lambda x: np.repeat(x, counts, axis), x)


@settings(max_examples=60, deadline=None)
@given(st.data(), arrays(("float64", "int64"), 1, 2))
def test_insert_and_delete_take_every_form_of_place(data: Any, x: np.ndarray) -> None:
    axis = data.draw(st.one_of(st.none(), st.integers(-2, 1)))
    one = st.integers(-3, 3)
    obj = data.draw(st.one_of(one, st.lists(one, max_size=3), st.just(slice(0, 2))))
    assert_like_numpy(lambda x: np.delete(x, obj, axis), x)
    assert_like_numpy(lambda x: np.insert(x, obj, 7, axis), x)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.fliplr(x),
        lambda x: np.flipud(x),
        lambda x: np.fliplr(x[0]),
        lambda x: [np.rot90(x, k) for k in range(-1, 5)],
        lambda x: np.rot90(x[None], 1, (2, 1)),
        lambda x: np.roll(x, (1, 2), (0, 1)),
        lambda x: np.roll(x, 1, (0, 1)),
        lambda x: np.roll(x, (1, 2), 1),
        lambda x: np.append(x, 3.0),
        lambda x: np.append(x, x, 0),
        lambda x: np.append(x, [[1], [2]], axis=1),
        lambda x: np.insert(x, 1, [5, 6, 7], axis=0),
        lambda x: np.insert(x, 1, [5, 6], axis=1),
        lambda x: np.insert(x, [1, 2], [[5], [6]], axis=1),
        lambda x: np.insert(x, [0, 2], [5, 6]),
        lambda x: np.insert(x, [1], [[5], [6]], axis=1),
        lambda x: np.insert(x, 9, 1.0),
        lambda x: np.delete(x, np.array([True, False, True]), axis=1),
        lambda x: np.delete(x, [0, -1]),
        lambda x: np.repeat(x, [1, 2, 0], axis=1),
        lambda x: np.repeat(x, [1, 2], axis=1),
        lambda x: np.repeat(x, -1),
        lambda x: x.repeat(2),
        lambda x: np.tile(x, (2, 1, 2)),
    ],
)
def test_rearrangements_are_numpys(f: Any) -> None:
    assert_like_numpy(f, np.arange(6.0).reshape(2, 3))


def test_roll_by_a_traced_number_needs_no_value() -> None:
    x = np.arange(12.0).reshape(4, 3)
    for n in (-5, 0, 2, 9):
        ours = run_traced(lambda x, n: np.roll(x, n, axis=0), x, np.int64(n))
        np.testing.assert_array_equal(ours, np.roll(x, n, axis=0))


def test_a_repeat_whose_counts_are_unknown_says_so() -> None:
    with pytest.raises(ValueNeeded, match="decide the shape"):
        run_traced(lambda x, n: np.repeat(x, n), np.arange(3.0), np.array([1, 0, 2]))
    assert_like_numpy(
        lambda x, n: np.repeat(x, n), np.arange(3.0), np.array([1, 0, 2]), values=True
    )


def test_trim_zeros_looks_at_values_that_are_at_hand() -> None:
    x = np.array([0.0, 0.0, 1.0, 0.0, 2.0, 0.0])
    for trim in ("fb", "f", "b"):
        assert_like_numpy(lambda x, trim=trim: np.trim_zeros(x, trim), x, values=True)


WIDTHS = [2, (1,), (1, 3), ((1, 2), (0, 3)), ((7, 8), (4, 9)), {1: (1, 0)}]
MODES: list[tuple[str, dict[str, Any]]] = [
    ("constant", {}),
    ("constant", {"constant_values": ((1, 2), (3, 4))}),
    ("constant", {"constant_values": 5}),
    ("edge", {}),
    ("reflect", {}),
    ("symmetric", {}),
    ("wrap", {}),
    ("linear_ramp", {}),
    ("linear_ramp", {"end_values": ((1, 2), (3, -4))}),
    ("maximum", {}),
    ("minimum", {"stat_length": 1}),
    ("mean", {}),
    ("mean", {"stat_length": ((2, 3), (1, 2))}),
    ("median", {}),
]


@pytest.mark.parametrize("widths", WIDTHS, ids=str)
@pytest.mark.parametrize(("mode", "options"), MODES)
def test_pad_extends_as_numpy_in_every_mode(
    mode: Any, options: dict[str, Any], widths: Any
) -> None:
    for dtype in (float, int, np.float32):
        x = (np.arange(12).reshape(3, 4) ** 2 % 11).astype(dtype)
        assert_like_numpy(lambda x: np.pad(x, widths, mode, **options), x)


@pytest.mark.parametrize("mode", ["reflect", "symmetric"])
def test_pad_reflects_oddly(mode: Any) -> None:
    x = np.arange(12.0).reshape(3, 4) ** 2
    for widths in (((2, 1), (3, 2)), ((7, 0), (0, 9))):
        f = lambda x: np.pad(x, widths, mode, reflect_type="odd")  # noqa: E731, B023
        assert_like_numpy(f, x)
        assert_like_numpy(f, x % 3 == 1)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.pad(x, -1),
        lambda x: np.pad(x, 1.5),
        lambda x: np.pad(x, 1, "nonsense"),
        lambda x: np.pad(x, 1, "edge", constant_values=3),
        lambda x: np.pad(x[:0], 1, "edge"),
        lambda x: np.pad(x[:0], 1),
        lambda x: np.pad(x[:1], 3, "reflect"),
    ],
)
def test_mistakes_in_pad_are_numpys(f: Any) -> None:
    assert_like_numpy(f, np.arange(6.0).reshape(2, 3))


def test_pad_takes_traced_values() -> None:
    assert_like_numpy(lambda x, v: np.pad(x, 1, constant_values=v), np.arange(3.0), np.float64(4.5))
    assert_like_numpy(
        lambda x, v: np.pad(x, 1, constant_values=(v, 2 * v)), np.arange(3.0), np.float64(4.5)
    )


# ---- diagonals, triangles, grids ---------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.data(), arrays(("float64", "bool", "int8"), 1, 3), st.integers(-4, 4))
def test_diagonals_and_triangles_are_numpys(data: Any, x: np.ndarray, k: int) -> None:
    for f in (np.tril, np.triu, np.diag, np.diagonal, np.trace, np.diagflat):
        assert_like_numpy(lambda x, f=f: f(x, k), x)
    a, b = data.draw(st.integers(-3, 2)), data.draw(st.integers(-3, 2))
    assert_like_numpy(lambda x: np.diagonal(x, k, a, b), x)
    assert_like_numpy(lambda x: x.trace(k, a, b), x)


@pytest.mark.parametrize("shape", [(3, 3), (5, 2), (2, 5), (3, 3, 3), (4,)])
@pytest.mark.parametrize("value", [7.0, [1.0, 2.0]])
def test_fill_diagonal_writes_in_place(shape: tuple[int, ...], value: Any) -> None:
    for wrap in (False, True):

        def f(x: Any, wrap: bool = wrap) -> Any:
            y = x.copy()
            np.fill_diagonal(y, value, wrap=wrap)
            return y

        assert_like_numpy(f, np.zeros(shape))


@pytest.mark.parametrize("indexing", ["xy", "ij"])
@pytest.mark.parametrize("sparse", [True, False])
def test_meshgrid_spreads_vectors_as_numpy(indexing: Any, sparse: bool) -> None:
    x, y, z = np.arange(3.0), np.arange(2), np.arange(4.0) ** 2
    for some in ((x,), (x, y), (x, y, z)):
        assert_like_numpy(
            lambda *v: tuple(np.meshgrid(*v, indexing=indexing, sparse=sparse)), *some
        )
    assert_like_numpy(lambda x: np.meshgrid(x, indexing="no"), x)


def test_indices_of_triangles_come_from_the_shape() -> None:
    x = np.arange(12.0).reshape(3, 4)
    assert_like_numpy(lambda x: x[np.tril_indices_from(x)], x)
    assert_like_numpy(lambda x: x[np.triu_indices_from(x, 1)], x)
    assert_like_numpy(lambda x: x[:, :3][np.diag_indices_from(x[:, :3])], x)
    assert_like_numpy(lambda x: x[np.ix_([0, 2], [1, 3])], x)


def test_matrices_over_named_dimensions() -> None:
    x, m = np.arange(4.0), np.arange(16.0).reshape(4, 4)
    np.testing.assert_array_equal(run_symbolic(np.diag, ["f64[n]"], x), np.diag(x))
    for f in (np.trace, np.tril, np.diagonal, lambda m: np.roll(m, 1)):
        np.testing.assert_array_equal(run_symbolic(f, ["f64[n,n]"], m), f(m))


# ---- creation ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.zeros_like(x),
        lambda x: np.ones_like(x, dtype=int),
        lambda x: np.full_like(x, 3),
        lambda x: np.full_like(x, x[0, 0], dtype=np.float32),
        lambda x: np.full_like(x, [1, 2, 3]),
        lambda x: np.zeros_like(x, shape=(4, 2)),
        lambda x: np.linspace(x[0, 1], 5, 4),
        lambda x: np.linspace(x[0], x[1], 5, axis=1),
        lambda x: np.linspace(0, x[1, 1], 5, endpoint=False, retstep=True),
        lambda x: np.linspace(x[1], 9, 4, dtype=int),
        lambda x: np.linspace(x[0], x[1], 1),
        lambda x: np.linspace(x[0], x[1], 0),
        lambda x: np.linspace(x[0], x[1], -1),
        lambda x: np.logspace(x[0, 1], 3, 4),
        lambda x: np.logspace(x[0, 1], 3, 4, base=2.0, dtype=np.float32),
        lambda x: np.geomspace(x[0, 1], 1000, 4),
        lambda x: np.geomspace(-x[1] - 1, -8 * np.ones(3), 4, axis=-1),
        lambda x: np.vander(x[1]),
        lambda x: np.vander(x[1], 5, increasing=True),
        lambda x: np.vander(x[1].astype(np.int8), 0),
        lambda x: np.vander(x),
        lambda x: np.zeros((2, 2), like=x) + x[0, 0],
        lambda x: np.array([x[0], x[1]], like=x),
    ],
)
def test_creation_is_numpys(f: Any) -> None:
    assert_like_numpy(f, np.arange(6.0).reshape(2, 3))
    assert_like_numpy(f, np.arange(6, dtype=np.float32).reshape(2, 3), rtol=1e-5)


def test_arrays_made_like_others_are_writable() -> None:
    def f(x: Any) -> Any:
        made = []
        for y in (np.zeros_like(x), np.ones_like(x), np.full_like(x, 2), np.copy(x)):
            y[0] = x[1] * 2
            made.append(y)
        return made

    assert_like_numpy(f, np.arange(6.0).reshape(2, 3))
