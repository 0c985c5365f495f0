"""np.linalg.eig and what depends on values: numpy's own results where values are at hand."""

from __future__ import annotations

from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import gradloom as gl
from tests.frontend.derivatives import assert_gradient, gradients
from tests.frontend.traced import assert_like_numpy, run_traced

RNG = np.random.default_rng(8)
L: Any = np.linalg
A = RNG.normal(size=(4, 4))
TURN = np.array([[0.0, 1.0], [-1.0, 0.0]])
REAL = np.diag([3.0, 1.0, 2.0, 5.0]) + 0.1 * A


@pytest.mark.parametrize("f", [L.eig, L.eigvals])
@given(
    hnp.arrays(
        st.sampled_from(["f8", "f4", "i8", "c16"]),
        st.sampled_from([(1, 1), (3, 3), (2, 2, 2), (0, 0), (2, 0, 0), (2, 3), (3,)]),
        elements=st.integers(-4, 4),
    )
)
@settings(max_examples=40, deadline=None)
def test_with_values_at_hand_the_result_is_numpys_real_or_complex(f: Any, a: Any) -> None:
    assert_like_numpy(f, a, values=True, rtol=1e-4)


@pytest.mark.parametrize("a", [REAL, TURN, A, np.float32(REAL)])
def test_without_values_the_result_is_complex(a: np.ndarray) -> None:
    w, v = run_traced(L.eig, a)
    theirs = L.eig(a)
    assert w.dtype == v.dtype == np.result_type(a.dtype, np.complex64)
    np.testing.assert_allclose(w, theirs.eigenvalues, rtol=1e-6)
    np.testing.assert_allclose(v, theirs.eigenvectors, rtol=1e-6)
    assert type(gl.compile(L.eigvals)(REAL)[0]) is np.complex128


def test_the_result_class_is_numpys() -> None:
    def f(a: Any) -> Any:
        result = L.eig(a)
        assert type(result) is type(L.eig(np.eye(1)))
        return result.eigenvalues

    assert_like_numpy(f, REAL, values=True)


WEIGHTS = RNG.normal(size=(4, 4))


@pytest.mark.parametrize("a", [A, REAL, A @ A], ids=["complex pairs", "real", "product"])
def test_gradients_of_values_and_vectors_are_differences(a: np.ndarray) -> None:
    def f(a: Any) -> Any:
        w, v = L.eig(a)
        parts = np.real(v) * WEIGHTS + np.imag(v) * WEIGHTS.T
        return np.sum(np.abs(w) ** 3) + np.sum(np.real(w) * np.arange(4)) + np.sum(np.sin(parts))

    assert_gradient(f, a, rtol=1e-4)


def test_values_of_a_general_matrix_rebuild_its_functions() -> None:
    def rebuilt(a: Any) -> Any:
        w, v = L.eig(a)
        return np.real(np.sum((v * w**3) @ L.inv(v) * WEIGHTS))

    def direct(a: Any) -> Any:
        return np.sum(L.matrix_power(a, 3) * WEIGHTS)

    np.testing.assert_allclose(gl.grad(rebuilt)(A), gl.grad(direct)(A), rtol=1e-9)
    np.testing.assert_allclose(gl.hessian(rebuilt)(A), gl.hessian(direct)(A), rtol=1e-7, atol=1e-7)


def test_equal_eigenvalues_have_derivatives_and_their_vectors_nan() -> None:
    a = np.diag([2.0, 2.0, 1.0])
    np.testing.assert_allclose(gl.grad(lambda a: np.sum(np.exp(np.real(L.eigvals(a)))))(a),
                               np.diag(np.exp([2.0, 2.0, 1.0])))  # fmt: skip
    assert np.isnan(gl.grad(lambda a: np.sum(np.real(L.eig(a)[1]) * WEIGHTS[:3, :3]))(a)).any()


def test_mapped_over_a_stack_it_is_a_loop() -> None:
    stack = RNG.normal(size=(3, 4, 4))
    w = gl.vmap(L.eigvals)(stack)
    np.testing.assert_allclose(w, np.stack([L.eigvals(a).astype(complex) for a in stack]))


# ---- results whose shape depends on the rank -----------------------------------------------------


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 3), st.sampled_from([(), (2,)]))
@settings(max_examples=30, deadline=None)
def test_lstsq_of_any_rank_is_numpys_with_values_at_hand(
    m: int, n: int, rank: int, columns: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(m * 100 + n * 10 + rank)
    a = rng.normal(size=(m, rank)) @ rng.normal(size=(rank, n))
    for dtype in ("f8", "c16"):
        assert_like_numpy(
            lambda a, b: L.lstsq(a, b, rcond=1e-9),
            a.astype(dtype),
            rng.normal(size=(m, *columns)),
            values=True,
            rtol=1e-9,
        )


# ---- what square factors add ---------------------------------------------------------------------


def test_the_part_of_a_full_svd_that_is_determined_has_its_derivative() -> None:
    x, weights = RNG.normal(size=(4, 2)), RNG.normal(size=(4, 2))

    def full(x: Any) -> Any:
        u, s, vh = L.svd(x)
        return np.sum((u[:, :2] * s) @ vh * weights) + np.sum(u[:, :2] ** 2 * weights)

    def thin(x: Any) -> Any:
        u, _, _ = L.svd(x, full_matrices=False)
        return np.sum(x * weights) + np.sum(u**2 * weights)

    np.testing.assert_allclose(gl.grad(full)(x), gl.grad(thin)(x), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(gl.hessian(full)(x), gl.hessian(thin)(x), rtol=1e-8, atol=1e-9)
    assert_gradient(lambda x: np.sum(L.qr(x, "complete").R ** 3), x)
    assert_gradient(lambda x: np.sum(L.qr(x, "complete").Q[:, :2] * weights), x)
    assert_gradient(lambda x: np.sum(np.sin(L.qr(x, "raw")[0])), x)


def test_the_basis_of_what_is_left_has_no_derivative_and_says_nan() -> None:
    x = RNG.normal(size=(4, 2))
    for f in (lambda x: np.sum(L.svd(x)[0]), lambda x: np.sum(L.qr(x, "complete")[0])):
        assert np.isnan(gradients(f, x)[0]).all()


# ---- determinants of singular matrices -----------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 5, 7])
@pytest.mark.parametrize("dtype", ["f8", "c16"])
def test_gradients_of_det_of_a_singular_matrix_are_differences(n: int, dtype: str) -> None:
    rng = np.random.default_rng(n)
    a = rng.normal(size=(n, n))
    a[-1] = a[0] * 2

    def f(a: Any) -> Any:
        return np.real(L.det(a + 1j * WEIGHTS[0, 0] * a if dtype == "c16" else a)) + L.det(a) ** 2

    assert_gradient(f, a, rtol=1e-5)
    assert_gradient(f, np.zeros((n, n)))
    twice = gl.hessian(f)(a)
    step = 1e-6 * rng.normal(size=(n, n))
    change = (gl.grad(f)(a + step) - gl.grad(f)(a - step)) / 2
    np.testing.assert_allclose(np.tensordot(twice, step, 2), change, rtol=1e-4, atol=1e-11)
