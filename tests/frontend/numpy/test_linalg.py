"""np.linalg on traced arrays is numpy's: systems, factorisations, norms, types and errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import gradloom as gl
from gradloom.ir.errors import ShapeError
from gradloom.ir.interpret import interpret
from gradloom.passes.transpose import value_and_grad
from tests.frontend.derivatives import assert_gradient, gradients
from tests.frontend.traced import assert_like_numpy, run_symbolic, run_traced, traced_graph

RNG = np.random.default_rng(4)
L: Any = np.linalg
A, B, C = RNG.normal(size=(4, 4)), RNG.normal(size=(2, 3, 3)), RNG.normal(size=(2, 3, 6))
X, T, V = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 3)), RNG.normal(size=4)
S, N = A @ A.T + np.eye(4), np.array([[2, 1], [1, 3]])
Z = A + 1j * RNG.normal(size=(4, 4))
H, PB = Z @ Z.conj().T + np.eye(4), B @ B.transpose(0, 2, 1) + np.eye(3)
Case = tuple[Callable[..., Any], tuple[Any, ...]]


def _rebuilt(factors: Any) -> Any:
    u, s, vh = factors
    return (u * s[..., None, :]) @ vh


SYSTEMS: dict[str, Case] = {
    "solve": (L.solve, (A, V)),
    "solve columns": (L.solve, (A, T)),
    "solve stacks": (L.solve, (B, RNG.normal(size=(2, 3, 2)))),
    "solve stacks for a vector": (L.solve, (B, V[:3])),
    "solve broadcasts": (L.solve, (B, RNG.normal(size=(3, 2)))),
    "solve integers": (L.solve, (N, np.array([1, 2]))),
    "solve floats": (L.solve, (A.astype("f4"), V.astype("f4"))),
    "solve complex": (L.solve, (Z, V)),
    "solve not square": (L.solve, (X, V)),
    "solve of unequal sizes": (L.solve, (A, V[:3])),
    "solve half precision": (L.solve, (A.astype("f2"), V)),
    "inv": (L.inv, (A,)),
    "inv of stacks": (L.inv, (B,)),
    "inv of integers": (L.inv, (N,)),
    "inv not square": (L.inv, (X,)),
    "det": (L.det, (A,)),
    "det of stacks": (L.det, (B,)),
    "slogdet": (L.slogdet, (A,)),
    "slogdet of complex": (L.slogdet, (Z,)),
    "cholesky": (L.cholesky, (S,)),
    "cholesky upper": (lambda s: L.cholesky(s, upper=True), (H,)),
    "cholesky of stacks": (L.cholesky, (PB,)),
    "cholesky reads one triangle": (lambda s, a: L.cholesky(np.tril(s) + np.triu(a, 1)), (S, A)),
    "tensorsolve": (L.tensorsolve, (C.reshape(2, 3, 6), RNG.normal(size=(2, 3)))),
    "tensorsolve axes": (
        lambda a, b: L.tensorsolve(a, b, axes=(0, 2)),
        (C.reshape(2, 6, 3), RNG.normal(size=6)),
    ),
    "tensorinv": (L.tensorinv, (C,)),
    "tensorinv one": (lambda a: L.tensorinv(a, ind=1), (C.reshape(6, 2, 3),)),
    "matrix_power": (lambda a: L.matrix_power(a, 5), (B,)),
    "matrix_power 0": (lambda a: L.matrix_power(a, 0), (B,)),
    "matrix_power -2": (lambda a: L.matrix_power(a, -2), (A,)),
    "matrix_power of integers": (lambda a: L.matrix_power(a, 7), (N,)),
    "matrix_power by a fraction": (lambda a: L.matrix_power(a, 1.5), (A,)),
    "multi_dot": (lambda *xs: L.multi_dot(xs), (X, T, X, A)),
    "multi_dot of vectors": (lambda *xs: L.multi_dot(xs), (V, T, X, V)),
    "multi_dot of two": (lambda *xs: L.multi_dot(xs), (V, T)),
    "multi_dot of one": (lambda x: L.multi_dot([x]), (V,)),
    "trace": (L.trace, (B,)),
    "diagonal": (lambda b: L.diagonal(b, offset=1), (B,)),
    "matrix_transpose": (L.matrix_transpose, (B,)),
}
FACTORS: dict[str, Case] = {
    "eigvalsh": (L.eigvalsh, (S,)),
    "eigvalsh of the upper triangle": (lambda a: L.eigvalsh(a, "U"), (Z,)),
    "eigvalsh of the lower triangle": (lambda a: L.eigvalsh(a, "L"), (Z,)),
    "eigvalsh of no triangle": (lambda a: L.eigvalsh(a, "X"), (Z,)),
    "eig of complex stacks": (L.eig, (B + 1j * C[:, :, :3],)),
    "eigh rebuilds": (lambda s: (lambda w, v: (v * w) @ v.T)(*L.eigh(s)), (S,)),
    "svdvals": (L.svdvals, (B,)),
    "svd without vectors": (lambda x: L.svd(x, compute_uv=False), (T,)),
    "svd hermitian without vectors": (
        lambda x: L.svd(x, compute_uv=False, hermitian=True),
        (A + A.T,),
    ),
    "svd rebuilds": (lambda x: _rebuilt(L.svd(x, full_matrices=False)), (X,)),
    "svd of square rebuilds": (lambda x: _rebuilt(L.svd(x)), (B,)),
    "svd full of tall": (L.svd, (T,)),
    "svd full of wide stacks": (L.svd, (C,)),
    "svd hermitian rebuilds": (lambda x: _rebuilt(L.svd(x, hermitian=True)), (A + A.T,)),
    "qr rebuilds": (lambda x: (lambda q: q.Q @ q.R)(L.qr(x)), (T,)),
    "qr r": (lambda x: L.qr(x, mode="r"), (T,)),
    "qr complete of wide": (lambda x: (lambda q: q.Q @ q.R)(L.qr(x, "complete")), (X,)),
    "qr complete of tall": (lambda x: L.qr(x, "complete"), (T,)),
    "qr complete of complex": (lambda x: L.qr(x, "complete"), (Z[:, :2],)),
    "qr raw": (lambda x: L.qr(x, "raw"), (T,)),
    "qr raw of wide": (lambda x: L.qr(x, "raw"), (X,)),
    "qr raw of complex stacks": (lambda x: L.qr(x, "raw"), (C[:, :, :4] * (1 + 2j),)),
    "qr raw of triangular": (lambda x: L.qr(np.triu(x), "raw"), (A,)),
    "qr of no mode": (lambda x: L.qr(x, "x"), (X,)),
    "pinv of wide": (L.pinv, (X,)),
    "pinv of tall": (L.pinv, (T,)),
    "pinv of stacks": (L.pinv, (B,)),
    "pinv rcond": (lambda x: L.pinv(x, rcond=0.5), (X,)),
    "pinv rtol": (lambda x: L.pinv(x, rtol=None), (X,)),
    "pinv of complex": (L.pinv, (Z[:, :3],)),
    "pinv of hermitian": (lambda x: L.pinv(x, hermitian=True), (Z,)),
    "pinv of many rcond": (lambda x, r: L.pinv(x, rcond=r), (B, np.array([0.1, 0.6]))),
    "pinv of no rows": (L.pinv, (np.zeros((2, 0, 3)),)),
    "pinv of rank 1": (L.pinv, (np.ones((3, 2)),)),
    "lstsq": (lambda a, b: L.lstsq(a, b), (T, V)),
    "lstsq of columns": (lambda a, b: L.lstsq(a, b, rcond=None), (T, A)),
    "lstsq of wide": (lambda a, b: L.lstsq(a, b), (X, V[:3])),
    "lstsq of machine precision": (lambda a, b: L.lstsq(a, b, rcond=-1), (T, V)),
    "lstsq of complex": (lambda a, b: L.lstsq(a, b), (Z[:, :2], V)),
    "lstsq of unequal sizes": (lambda a, b: L.lstsq(a, b), (X, V)),
    "lstsq of many rcond": (lambda a, b, r: L.lstsq(a, b, r), (T, V, np.float64(0.01))),
    "cond of singular": (lambda a: L.cond(a, 1), (np.ones((3, 3)),)),
    "cond of singular stacks": (lambda a: L.cond(a, "fro"), (B * np.array([0, 1])[:, None, None],)),
    "cond of nothing": (L.cond, (np.zeros((2, 0, 0)),)),
    "matrix_rank of no columns": (L.matrix_rank, (np.zeros((3, 0)),)),
    "matrix_rank": (L.matrix_rank, (X,)),
    "matrix_rank of rank 1": (L.matrix_rank, (np.ones((3, 3)),)),
    "matrix_rank of stacks": (L.matrix_rank, (B,)),
    "matrix_rank tol": (lambda x: L.matrix_rank(x, tol=1.0), (X,)),
    "matrix_rank rtol": (lambda x: L.matrix_rank(x, rtol=0.5), (B,)),
}
ORDERS = (None, 2, -2, 1, -1, np.inf, -np.inf, "fro", "nuc", 0, 3, 0.5, "bad")


@pytest.mark.parametrize("name", [*SYSTEMS, *FACTORS])
def test_linear_algebra_is_numpys(name: str) -> None:
    f, arrays = {**SYSTEMS, **FACTORS}[name]
    assert_like_numpy(f, *arrays, rtol=1e-4 if arrays[0].dtype == np.float32 else 1e-9)


@pytest.mark.parametrize("order", ORDERS)
def test_norms_of_vectors_are_numpys(order: Any) -> None:
    for v in (V, V.astype("f4"), Z[0], np.zeros(2), np.array([3, 4])):
        assert_like_numpy(lambda v: L.norm(v, order), v, rtol=1e-6)
        assert_like_numpy(lambda v: L.vector_norm(v, ord=order), v, rtol=1e-6)
    assert_like_numpy(lambda x: L.norm(x, order, axis=1, keepdims=True), X)
    assert_like_numpy(lambda x: L.vector_norm(x, ord=order, axis=(0, 2), keepdims=True), B)


@pytest.mark.parametrize("order", ORDERS)
def test_norms_of_matrices_are_numpys(order: Any) -> None:
    for x in (X, Z, N):
        assert_like_numpy(lambda x: L.norm(x, order), x)
        assert_like_numpy(lambda x: L.matrix_norm(x, ord=order), x)
    assert_like_numpy(lambda x: L.norm(x, order, axis=(2, 0), keepdims=True), B)
    assert_like_numpy(lambda x: L.norm(x, order, axis=(1, 1)), B)


@given(
    hnp.arrays(
        "f8", hnp.array_shapes(max_dims=3, max_side=3), elements=st.integers(-4, 4).map(float)
    ),
    st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_the_norm_of_all_elements_is_numpys(x: np.ndarray, keepdims: bool) -> None:
    assert_like_numpy(lambda x: L.norm(x, keepdims=keepdims), x)


@pytest.mark.parametrize("p", [None, 2, -2, 1, -1, np.inf, -np.inf, "fro", "nuc"])
def test_condition_numbers_are_numpys(p: Any) -> None:
    for x in (A, B, Z):
        assert_like_numpy(lambda x: L.cond(x, p), x, rtol=1e-9)


def test_results_have_numpys_types() -> None:
    def f(s: Any) -> Any:
        parts = (L.qr(s), L.eigh(s), L.svd(s), L.slogdet(s))
        assert [type(p).__name__ for p in parts] == [
            "QRResult",
            "EighResult",
            "SVDResult",
            "SlogdetResult",
        ]
        return parts[3].logabsdet

    assert_like_numpy(f, S, rtol=1e-12)


def test_solve_names_the_sizes_that_differ() -> None:
    with pytest.raises(ShapeError, match=r"4 unknowns \(f64\[4,4\]\) and 3 rows"):
        run_traced(L.solve, A, V[:3])


def test_named_stacks_are_solved() -> None:
    b = RNG.normal(size=(2, 3, 1))
    result = run_symbolic(L.solve, ["f64[n,3,3]", "f64[n,3,1]"], B, b)
    np.testing.assert_allclose(result, L.solve(B, b))


GRADIENTS: dict[str, Case] = {
    "norm": (L.norm, (V,)),
    "norm 3": (lambda v: L.norm(v, 3), (V,)),
    "nuclear": (lambda x: L.norm(x, "nuc"), (X,)),
    "spectral": (lambda x: L.norm(x, 2), (X,)),
    "pinv of wide": (lambda x: np.sum(L.pinv(x) * x.T**2), (X,)),
    "pinv of tall": (lambda x: np.sum(L.pinv(x) * np.cos(x.T)), (T,)),
    "pinv of equal singular values": (
        lambda x: np.sum(L.pinv(x) * np.arange(9.0).reshape(3, 3)),
        (np.eye(3),),
    ),
    "lstsq": (lambda a, b: np.sum(L.lstsq(a, b)[0] ** 2), (T, V)),
    "residuals": (lambda a, b: np.sum(L.lstsq(a, b)[1]), (T, V)),
    "solve": (lambda a, b: np.sum(L.solve(a, b) ** 2), (A, V)),
    "logdet": (lambda a: L.slogdet(a)[1], (S,)),
    "matrix_power": (lambda a: np.sum(L.matrix_power(a, 5)) / 100, (A,)),
    "cond": (lambda a: L.cond(a, 1) / 100, (A,)),
    "cholesky": (lambda a: np.sum(np.sin(L.cholesky(a @ a.T + np.eye(4)))), (A,)),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_linear_algebra_has_the_derivative_of_finite_differences(name: str) -> None:
    f, arrays = GRADIENTS[name]
    assert_gradient(f, *arrays)


def test_pinv_has_a_second_derivative() -> None:
    """The gradient of |grad f|^2 at the identity, all of whose singular values are equal."""
    weights = np.arange(4.0).reshape(2, 2)
    graph, _ = traced_graph(lambda x: np.sum(L.pinv(x) * weights), np.eye(2))
    first = value_and_grad(graph, [True])

    def squared(x: np.ndarray) -> float:
        return float(np.sum(interpret(first, [x])[1] ** 2))

    from gradloom.frontend.trace import Trace, tracing
    from gradloom.frontend.tracer import Tracer, wrap
    from gradloom.ir.build import inline

    trace = Trace("twice", None)
    with tracing(trace):
        x = Tracer(trace, trace.parameter(first.parameters[0].type))
        gradient: Any = wrap(inline(first, [x.here(trace)])[1])
        second = value_and_grad(trace.finish([np.sum(gradient**2).here(trace)]), [True])
    step, expected = 1e-5, np.zeros((2, 2))
    for place in np.ndindex(2, 2):
        high, low = np.eye(2), np.eye(2)
        high[place] += step
        low[place] -= step
        expected[place] = (squared(high) - squared(low)) / (2 * step)
    np.testing.assert_allclose(interpret(second, [np.eye(2)])[1], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("order", [None, 1, 3, 1.5, np.inf, "fro"])
def test_norms_have_a_finite_derivative_at_zero(order: Any) -> None:
    zeros = np.zeros((2, 2)) if order == "fro" else np.zeros(3)
    np.testing.assert_array_equal(gradients(lambda x: L.norm(x, order), zeros)[0], 0)


def test_pinv_compiles_with_its_own_derivative() -> None:
    np.testing.assert_allclose(gl.compile(lambda x: L.pinv(x) @ x)(T), np.eye(3), atol=1e-12)
