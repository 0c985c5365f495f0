"""Products of traced arrays are numpy's: values, dtypes, shapes, scalars and errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from gradloom.ir.errors import ShapeError
from tests.frontend.derivatives import assert_gradient
from tests.frontend.traced import assert_like_numpy, run_symbolic, run_traced

DTYPES = ("f8", "f4", "c16", "i4", "i1", "?")
SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 4)),
    ((2, 3), (5, 3, 4)),
    ((3,), (5, 3, 2)),
    ((5, 2, 3), (3,)),
    ((2, 3), (4, 3)),
    ((), (3,)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 3)),
    ((2, 3), (2, 3)),
]
PRODUCTS: dict[str, Callable[..., Any]] = {
    "matmul": np.matmul,
    "operator": lambda x, y: x @ y,
    "dot": np.dot,
    "inner": np.inner,
    "outer": np.outer,
    "vdot": np.vdot,
    "kron": np.kron,
    "vecdot": np.vecdot,
    "matvec": np.matvec,
    "vecmat": np.vecmat,
    "tensordot": lambda x, y: np.tensordot(x, y, 1),
    "tensordot 0": lambda x, y: np.tensordot(x, y, 0),
    "tensordot pairs": lambda x, y: np.tensordot(x, y, ([-1], [0])),
    "linalg.outer": np.linalg.outer,
    "linalg.matmul": np.linalg.matmul,
    "linalg.vecdot": np.linalg.vecdot,
    "linalg.tensordot": lambda x, y: np.linalg.tensordot(x, y, axes=1),
    "axes": lambda x, y: np.matmul(x, y, axes=[(-1, -2), (-1, -2), (-2, -1)]),
}


def _array(shape: tuple[int, ...], dtype: str, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng([seed, len(shape), *shape])
    x = rng.normal(size=shape) * 3
    return np.asarray(x + 1j * rng.normal(size=shape) if dtype == "c16" else x).astype(dtype)


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_products_are_numpys_for_every_rank(name: str, dtype: str) -> None:
    for first, second in SHAPES:
        x, y = _array(first, dtype), _array(second, dtype, 1)
        assert_like_numpy(PRODUCTS[name], x, y, rtol=1e-5 if dtype == "f4" else 1e-12)


@given(
    st.lists(st.integers(1, 3), max_size=2),
    st.integers(1, 4),
    st.integers(0, 4),
    st.integers(1, 4),
    st.sampled_from(["f8", "f4", "i2"]),
    st.sampled_from(["f8", "c16", "?"]),
)
@settings(max_examples=40, deadline=None)
def test_matmul_broadcasts_stacks_and_promotes(
    lead: list[int], i: int, k: int, j: int, left: str, right: str
) -> None:
    x, y = _array((*lead, i, k), left), _array((*[1] * len(lead), k, j), right)
    assert_like_numpy(np.matmul, x, y, rtol=1e-5)


def test_a_python_scalar_counts_as_float64_in_dot() -> None:
    x = np.ones(3, "f4")
    assert_like_numpy(lambda x: np.dot(x, 2.0), x)
    assert_like_numpy(lambda x: np.kron(2.0, x), x)
    assert_like_numpy(lambda x: np.outer(x, [1, 2]), x)


def test_dot_writes_into_out() -> None:
    def f(x: Any) -> Any:
        out = np.zeros((3, 3))
        np.dot(x, x, out=out)
        return out

    assert_like_numpy(f, _array((3, 3), "f8"))


def test_unequal_inner_sizes_are_named() -> None:
    with pytest.raises(
        ShapeError, match=r"inner sizes differ: 3 \(axis 1 of x: f64\[8,3\]\) and 5 \(axis 0 of y"
    ):
        run_traced(lambda x, w: x @ w, np.ones((8, 3)), np.ones((5, 4)))
    with pytest.raises(ShapeError, match=r"did you mean y\.T\?"):
        run_traced(lambda x, w: x @ w, np.ones((8, 3)), np.ones((5, 3)))


def test_named_batch_times_matrix_is_one_product() -> None:
    x, w = _array((4, 2, 3), "f8"), _array((3, 5), "f8")
    result = run_symbolic(lambda x, w: x @ w, ["f64[batch,2,3]", "f64[3,5]"], x, w)
    np.testing.assert_allclose(result, x @ w)


CROSS = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((4, 3), (4, 3)),
    ((5, 4, 3), (4, 3)),
    ((4,), (3,)),
    ((), (3,)),
]


@pytest.mark.parametrize(("first", "second"), CROSS)
def test_cross_is_numpys(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    x, y = _array(first, "f8"), _array(second, "f8", 1)
    assert_like_numpy(np.cross, x, y)
    assert_like_numpy(np.linalg.cross, x, y)


def test_cross_moves_axes() -> None:
    x, y = _array((3, 4), "f8"), _array((4, 3), "f8")
    assert_like_numpy(lambda x, y: np.cross(x, y, axisa=0, axisc=0), x, y)
    assert_like_numpy(lambda x: np.cross(x, x[::-1], axis=0), x)


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional")
@pytest.mark.parametrize(
    ("first", "second"), [((2,), (2,)), ((2,), (3,)), ((4, 3), (4, 2)), ((4, 2), (2,))]
)
def test_cross_of_plane_vectors_is_numpys(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    assert_like_numpy(np.cross, _array(first, "f8"), _array(second, "f8", 1))


@pytest.mark.parametrize("name", ["matmul", "dot", "inner", "outer", "kron", "vecdot", "tensordot"])
def test_products_have_the_derivative_of_finite_differences(name: str) -> None:
    x, y = _array((2, 3), "f8"), _array((3, 3), "f8", 1)
    if name == "vecdot":
        y = y[:2]
    assert_gradient(lambda x, y: np.sum(np.sin(PRODUCTS[name](x, y))), x, y)
    assert_gradient(lambda x, y: np.sum(np.sin(np.cross(x, y[:2]))), x, y)
