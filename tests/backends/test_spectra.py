"""Eigenvalues and square factors on every framework: what holds in any order and basis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom import backends

BACKENDS = ("numpy", "torch", "jax", "tensorflow")
RNG = np.random.default_rng(31)
REAL = RNG.normal(size=(2, 4, 4))
STACKS = {"real": REAL, "complex": REAL + 1j * RNG.normal(size=(2, 4, 4))}


@pytest.fixture(params=BACKENDS)
def backend(request: Any) -> str:
    name: str = request.param
    pytest.importorskip(backends.get(name).package)
    return name


@pytest.mark.parametrize("kind", STACKS)
def test_eig_gives_values_and_vectors_scaled_as_lapack_scales_them(kind: str, backend: str) -> None:
    a = STACKS[kind]
    w, v = gl.compile(lambda a: tuple(np.linalg.eig(a)), backend=backend)(a)
    assert (w.dtype, v.dtype) == (np.complex128, np.complex128)
    np.testing.assert_allclose(a @ v, v * w[:, None, :], atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(v, axis=-2), 1.0)
    highest = np.argmax(np.abs(v), axis=-2)[:, None, :]
    np.testing.assert_allclose(np.take_along_axis(v, highest, axis=-2).imag, 0, atol=1e-14)
    theirs = np.linalg.eigvals(a)
    np.testing.assert_allclose(np.sort_complex(w), np.sort_complex(theirs), atol=1e-12)


@pytest.mark.parametrize("kind", STACKS)
def test_the_gradient_of_eigenvalues_in_any_order_is_numpys(kind: str, backend: str) -> None:
    def f(a: Any) -> Any:
        w, v = np.linalg.eig(a)
        return np.sum(np.abs(w) ** 3) + np.sum(np.abs(np.diagonal(v, axis1=-2, axis2=-1) * 0))

    given = gl.compile(gl.grad(f), backend=backend)(STACKS[kind])
    np.testing.assert_allclose(given, gl.grad(f)(STACKS[kind]), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("shape", [(5, 2), (2, 5), (3, 3), (2, 4, 1)])
def test_full_svd_and_complete_qr_have_square_unitary_factors(
    shape: tuple[int, ...], backend: str
) -> None:
    a = RNG.normal(size=shape)
    u, s, vh = gl.compile(lambda a: tuple(np.linalg.svd(a)), backend=backend)(a)
    q, r = gl.compile(lambda a: tuple(np.linalg.qr(a, "complete")), backend=backend)(a)
    for x in (u, vh, q):
        eye = np.broadcast_to(np.eye(x.shape[-1]), x.shape)
        np.testing.assert_allclose(x @ np.swapaxes(x, -1, -2), eye, atol=1e-12)
    k = s.shape[-1]
    np.testing.assert_allclose((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], a, atol=1e-12)
    np.testing.assert_allclose(q @ r, a, atol=1e-12)


SINGULAR, INDEFINITE = np.ones((2, 2)), np.diag([1.0, -1.0])


@pytest.mark.parametrize(
    ("f", "a"),
    [
        (np.linalg.inv, SINGULAR),
        (lambda a: np.linalg.solve(a, np.ones(2)), SINGULAR),
        (np.linalg.cholesky, INDEFINITE),
    ],
    ids=["inv", "solve", "cholesky"],
)
def test_a_matrix_without_an_answer_raises_as_in_numpy(f: Any, a: np.ndarray, backend: str) -> None:
    program = gl.compile(f, backend=backend)
    with pytest.raises(np.linalg.LinAlgError):
        program(a)


def test_singular_matrices_have_a_determinant_and_a_condition(backend: str) -> None:
    def f(a: Any) -> Any:
        return np.linalg.det(a), np.linalg.slogdet(a)[1], np.linalg.cond(a, 1)

    given = gl.compile(f, backend=backend)(SINGULAR)
    np.testing.assert_array_equal(given, (0.0, -np.inf, np.inf))
    a = np.random.default_rng(5).normal(size=(5, 4)) @ np.random.default_rng(6).normal(size=(4, 5))
    given = gl.compile(gl.grad(np.linalg.det), backend=backend)(a)
    u, s, vh = np.linalg.svd(a)
    adjugate = np.linalg.det(u @ vh) * np.prod(s[:-1]) * np.outer(vh[-1], u[:, -1])
    np.testing.assert_allclose(given, adjugate.T, rtol=1e-9, atol=1e-11)
