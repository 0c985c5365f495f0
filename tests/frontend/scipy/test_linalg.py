"""scipy.linalg on traced arrays is scipy's: values, types, gradients, every framework."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.traced import assert_like_numpy, run_traced

sl = pytest.importorskip("scipy.linalg")

RNG = np.random.default_rng(17)
A, V, X, T = (RNG.normal(size=s) for s in ((4, 4), (4,), (3, 5), (5, 3)))
Z = A + 1j * RNG.normal(size=(4, 4))
S, H = A @ A.T + np.eye(4), Z @ Z.conj().T + np.eye(4)
B = RNG.normal(size=(4, 2))
Case = tuple[Callable[..., Any], tuple[Any, ...]]


def _solved(**options: Any) -> Callable[..., Any]:
    return lambda a, b: sl.solve(a, b, **options)


def _triangular(**options: Any) -> Callable[..., Any]:
    return lambda a, b: sl.solve_triangular(a, b, **options)


SYSTEMS: dict[str, Case] = {
    "solve": (lambda a, b: sl.solve(a, b), (A, V)),
    "solve columns of complex": (lambda a, b: sl.solve(a, b), (Z, B)),
    "solve transposed": (_solved(transposed=True), (A, V)),
    **{
        f"solve {kind} {lower}": (_solved(assume_a=kind, lower=lower), (H + 3 * np.diag(V), B))
        for kind in ("sym", "her", "gen", "diagonal", "tridiagonal", "upper triangular")
        for lower in (True, False)
    },
    "solve pos": (_solved(assume_a="pos"), (S + np.triu(A, 1) * 0, V)),
    "solve pos lower": (_solved(assume_a="pos", lower=True), (H, V)),
    "solve of no structure": (_solved(assume_a="x"), (A, V)),
    "solve not square": (lambda a, b: sl.solve(a, b), (X, V)),
    **{
        f"solve_triangular {trans} {lower} {unit}": (
            _triangular(trans=trans, lower=lower, unit_diagonal=unit),
            (Z, B),
        )
        for trans in (0, "T", 2)
        for lower in (True, False)
        for unit in (True, False)
    },
    "solve_triangular vector": (lambda a, b: sl.solve_triangular(a, b), (A, V)),
    "cholesky": (lambda a: sl.cholesky(a), (H,)),
    "cholesky lower": (lambda a: sl.cholesky(a, lower=True), (H,)),
    "cho_factor": (lambda a: sl.cho_factor(a)[0], (H,)),
    "cho_factor lower": (lambda a: sl.cho_factor(a, lower=True)[0], (S,)),
    "cho_solve": (lambda a, b: sl.cho_solve(sl.cho_factor(a), b), (H, V)),
    "cho_solve lower": (lambda a, b: sl.cho_solve(sl.cho_factor(a, True), b), (H, B)),
    "inv": (lambda a: sl.inv(a), (Z,)),
    "det": (lambda a: sl.det(a), (Z,)),
    "pinv": (lambda a: sl.pinv(a), (X,)),
    "pinv with rank": (lambda a: sl.pinv(a, atol=0.1, rtol=0.2, return_rank=True), (T,)),
    "lstsq": (lambda a, b: sl.lstsq(a, b), (T, RNG.normal(size=5))),
    "lstsq of columns": (lambda a, b: sl.lstsq(a, b), (T, RNG.normal(size=(5, 2)))),
    "lstsq of rank 1": (lambda a, b: sl.lstsq(a, b), (np.ones((4, 2)), V)),
    "lstsq of wide": (lambda a, b: sl.lstsq(a, b), (X, V[:3])),
    "solve_toeplitz": (lambda c, b: sl.solve_toeplitz(c, b), (V + 5 * np.eye(4)[0], V)),
    "solve_toeplitz of two": (lambda c, r, b: sl.solve_toeplitz((c, r), b), (V + 3, V, B)),
    "solve_sylvester": (lambda a, b, q: sl.solve_sylvester(a, b, q), (A, X[:, :3], T[:4])),
    "solve_sylvester of complex": (
        lambda a, b, q: sl.solve_sylvester(a, b, q),
        (Z, Z[:2, :2], B + 0j),
    ),
    "solve_continuous_lyapunov": (lambda a, q: sl.solve_continuous_lyapunov(a, q), (Z, A)),
    "lu": (lambda a: sl.lu(a), (A,)),
    "lu of tall complex": (lambda a: sl.lu(a), (Z[:, :3],)),
    "lu of wide": (lambda a: sl.lu(a, permute_l=True), (X,)),
    "lu by indices": (lambda a: sl.lu(a, p_indices=True), (A,)),
    "lu of singular": (lambda a: sl.lu(a), (np.zeros((3, 3)),)),
    "lu_factor": (lambda a: sl.lu_factor(a), (A,)),
    **{
        f"lu_solve {t}": (lambda a, b, t=t: sl.lu_solve(sl.lu_factor(a), b, trans=t), (Z, B))
        for t in (0, 1, 2)
    },
}
FACTORS: dict[str, Case] = {
    "qr": (lambda a: sl.qr(a), (T,)),
    "qr r": (lambda a: sl.qr(a, mode="r"), (T,)),
    "qr economic": (lambda a: sl.qr(a, mode="economic"), (T,)),
    "qr of no mode": (lambda a: sl.qr(a, mode="x"), (T,)),
    "svd": (lambda a: sl.svd(a), (T,)),
    "svd reduced": (lambda a: sl.svd(a, full_matrices=False), (X,)),
    "svdvals": (lambda a: sl.svdvals(a), (X,)),
    "eigh": (lambda a: [np.abs(x) for x in sl.eigh(a)], (S,)),
    "eigh of some": (lambda a: sl.eigh(a, subset_by_index=[1, 2], eigvals_only=True), (S,)),
    "eigh of two": (lambda a, b: sl.eigh(a, b, eigvals_only=True), (A + A.T, S)),
    "eigh of two complex": (lambda a, b: np.abs(sl.eigh(a, b, lower=False)[1]), (Z, H)),
    "eigvalsh": (lambda a: sl.eigvalsh(a, lower=False), (Z,)),
    "eig": (lambda a: sl.eig(a), (A,)),
    "eig of real values": (lambda a: sl.eig(a), (np.diag(V) + 0.01 * A,)),
    "eigvals": (lambda a: sl.eigvals(a), (A,)),
    "polar": (lambda a: sl.polar(a), (T,)),
    "polar left": (lambda a: sl.polar(a, side="left"), (X,)),
    "norm": (lambda a: [sl.norm(a), sl.norm(a, 1), sl.norm(a, "fro", keepdims=True)], (A,)),
}
MADE: dict[str, Case] = {
    "block_diag": (lambda a, b, v: sl.block_diag(a, v, b, 2), (X, B, V)),
    "toeplitz": (lambda c: sl.toeplitz(c), (Z[0],)),
    "toeplitz of two": (lambda c, r: sl.toeplitz(c, r), (V, X[0])),
    "hankel": (lambda c: sl.hankel(c), (V,)),
    "hankel of two": (lambda c, r: sl.hankel(c, r), (V, X[0])),
    "circulant": (lambda c: sl.circulant(c), (V,)),
    "companion": (lambda c: sl.companion(c), (V,)),
    "khatri_rao": (lambda a, b: sl.khatri_rao(a, b), (A, Z)),
    "expm": (lambda a: sl.expm(a), (A,)),
    "expm of large": (lambda a: sl.expm(a), (-S * 40,)),
    "expm of complex stacks": (lambda a: sl.expm(a), (np.stack([Z, 9 * Z]),)),
    "expm_frechet": (lambda a, e: sl.expm_frechet(a, e), (A, A.T)),
    "cosm": (lambda a: sl.cosm(a), (A,)),
    "sinm of complex": (lambda a: sl.sinm(a), (Z,)),
    "coshm": (lambda a: sl.coshm(a), (A,)),
    "sinhm": (lambda a: sl.sinhm(a), (A,)),
    "sqrtm": (lambda a: sl.sqrtm(a), (S,)),
    "sqrtm of complex": (lambda a: sl.sqrtm(a), (H,)),
    "sqrtm of negative values": (lambda a: sl.sqrtm(a), (np.diag([1.0, -2.0]),)),
}
CASES = {**SYSTEMS, **FACTORS, **MADE}


@pytest.mark.parametrize("name", CASES)
def test_scipy_linalg_is_scipys(name: str) -> None:
    f, arrays = CASES[name]
    assert_like_numpy(f, *arrays, values=True, rtol=1e-8)


FACTOR_GRADIENTS = ("svdvals", "eigvalsh", "eigh of two", "polar", "qr economic", "norm")
SMOOTH = (
    "solve", "solve transposed", "solve gen True", "solve pos", "solve_triangular 0 True False",
    "cho_solve lower", "inv", "det", "pinv", "lstsq", "solve_toeplitz", "solve_sylvester", "lu",
    "lu_solve 1", "toeplitz", "circulant", "expm", "expm of large", "cosm", "sqrtm", "block_diag",
    *FACTOR_GRADIENTS,
)  # fmt: skip


def _sum(result: Any) -> Any:
    """A scalar that depends on every float among results."""
    parts = result if isinstance(result, list | tuple) else [result]
    kept = [
        x for x in parts if isinstance(x, float) or getattr(x, "dtype", np.dtype(int)).kind in "fc"
    ]
    return sum(np.sum(np.sin(np.real(x))) + np.sum(np.imag(x) ** 2) for x in kept)


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_are_differences(name: str) -> None:
    f, arrays = CASES[name]
    real = [np.real(a).copy() for a in arrays]

    def g(*xs: Any) -> Any:
        return _sum(f(*xs))

    steps = [RNG.normal(size=a.shape) for a in real]
    if name in ("solve pos", "cho_solve lower", "sqrtm", "eigvalsh", "eigh of two"):
        real[0] = real[0] + real[0].T + 4 * np.eye(4)
        steps = [s + s.T if s.shape == (4, 4) else s for s in steps]
    expected = (
        g(*(a + 1e-6 * s for a, s in zip(real, steps, strict=True)))
        - g(*(a - 1e-6 * s for a, s in zip(real, steps, strict=True)))
    ) / 2e-6
    gradients = gl.grad(g, argnums=tuple(range(len(real))))(*real)
    found = sum(np.sum(d * s) for d, s in zip(gradients, steps, strict=True))
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-8)


def test_the_root_of_equal_eigenvalues_has_its_derivative_and_without_vectors_it_is_nan() -> None:
    np.testing.assert_allclose(
        gl.grad(lambda a: np.sum(np.real(sl.sqrtm(a)) * A[:3, :3]))(4 * np.eye(3)), A[:3, :3] / 4
    )
    assert np.isnan(run_traced(lambda a: sl.sqrtm(a), np.array([[4.0, 1], [0, 4]]))).all()


def test_second_derivatives_of_the_exponential_are_differences() -> None:
    def f(a: Any) -> Any:
        return np.sum(sl.expm(a) * B[:, :1])

    step = 1e-5 * RNG.normal(size=(4, 4))
    change = gl.grad(f)(A + step) - gl.grad(f)(A - step)
    given = np.tensordot(gl.hessian(f)(A), 2 * step, 2)
    np.testing.assert_allclose(given, change, rtol=1e-5, atol=1e-9)


REFUSED: dict[str, Callable[..., Any]] = {
    "qr": lambda a: sl.qr(a, pivoting=True),
    "eigh": lambda a: sl.eigh(a, subset_by_value=[0, 1]),
    "eig": lambda a: sl.eig(a, left=True),
    "schur": lambda a: sl.schur(a),
    "matrix_balance": lambda a: sl.matrix_balance(a),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_offered_is_refused_by_name(name: str) -> None:
    with pytest.raises(gl.NotSupported, match=rf"^scipy\.linalg\.{name}: "):
        run_traced(REFUSED[name], A)


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_every_framework_agrees(backend: str) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")

    def f(a: Any, s: Any, b: Any) -> Any:
        return (
            sl.expm(a), sl.lu_solve(sl.lu_factor(a), b), sl.cho_solve(sl.cho_factor(s), b),
            np.real(sl.sqrtm(s)), sl.solve_triangular(a, b, trans=1), sl.toeplitz(b[:, 0]),
        )  # fmt: skip

    given = gl.compile(f, backend=backend)(A, S, B)
    for x, y in zip(given, f(A, S, B), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-10)
