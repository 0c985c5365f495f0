from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradloom.ir import ops as o
from gradloom.ir.errors import ShapeError
from gradloom.ir.interpret import interpret
from gradloom.ir.ops.matrices import adjoint, as_columns, columns
from gradloom.ir.types import parse_type
from gradloom.passes import linearize, transpose
from tests.ir.ops.checks import check, check_batch, check_types, graph_on, normal, run

SHAPES = [(3, 3), (4, 2), (2, 4), (2, 3, 2), (0, 2, 2), (2, 0, 3), (3, 0)]


def hermitian(x: Any) -> Any:
    return x + adjoint(x)


def symmetric(seed: int, n: int) -> Any:
    x = normal(seed, n, n)
    return x + x.T


def pushed(f: Any, a: Any, t: Any) -> tuple[Any, ...]:
    """Results and tangents of `f` at `a` along `t`."""
    return interpret(linearize.jvp(graph_on(f, [a]), [True]), [a, t])


@pytest.mark.parametrize("op", [o.qr, o.svd])
@pytest.mark.parametrize("dtype", ["float32", "complex64", "float64", "complex128"])
def test_types_and_shapes_are_numpys(op: Any, dtype: str) -> None:
    for shape in SHAPES:
        check_types(op, normal(1, *shape, dtype=dtype))
    check_types(o.eigh, np.eye(3, dtype=dtype))
    check_types(o.eigh, np.zeros((2, 0, 0), dtype=dtype))


@pytest.mark.parametrize("shape", [(3, 3), (5, 3), (3, 5), (1, 1), (4, 1), (1, 4)])
def test_real_qr_and_svd_have_right_derivatives(shape: tuple[int, ...]) -> None:
    check(o.qr, normal(11, *shape))
    check(o.svd, normal(12, *shape))


@pytest.mark.parametrize("shape", [(2, 4, 3), (2, 3, 4)])
def test_stacks_of_them_have_too(shape: tuple[int, ...]) -> None:
    check(o.qr, normal(13, *shape), twice=False)
    check(o.svd, normal(14, *shape), twice=False)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
def test_complex_qr_has_right_derivatives(shape: tuple[int, ...]) -> None:
    check(o.qr, normal(15, *shape, dtype="complex128"))


def squared_sizes(x: Any) -> Any:
    """|x|^2: what a phase of x does not change."""
    return o.square(o.real(x)) + o.square(o.imag(x))


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
def test_what_depends_on_no_phase_of_a_complex_svd_has_right_derivatives(
    shape: tuple[int, ...],
) -> None:
    def f(a: Any) -> Any:
        u, s, vh = o.svd(a)
        scaled = u * as_columns(o.exp(s), u.type)
        return squared_sizes(u), s, squared_sizes(vh), o.matmul(scaled, vh)

    check(f, normal(16, *shape, dtype="complex128"))


def test_eigh_has_right_derivatives() -> None:
    check(lambda x: o.eigh(hermitian(x)), normal(17, 4, 4))
    check(lambda x: o.eigh(hermitian(x)), normal(18, 2, 3, 3))


def test_what_depends_on_no_phase_of_a_complex_eigh_has_right_derivatives() -> None:
    def f(x: Any) -> Any:
        w, v = o.eigh(hermitian(x))
        scaled = v * as_columns(o.exp(w), v.type)
        return w, squared_sizes(v), o.matmul(scaled, adjoint(v))

    check(f, normal(19, 3, 3, dtype="complex128"))


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("shape", [(3, 3), (5, 2), (2, 5)])
def test_tangents_of_svd_rebuild_the_tangent_of_the_matrix(dtype: str, shape: Any) -> None:
    a, t = normal(20, *shape, dtype=dtype), normal(21, *shape, dtype=dtype)
    u, s, vh, du, ds, dvh = pushed(o.svd, a, t)
    np.testing.assert_allclose(du * s @ vh + u * ds @ vh + u * s @ dvh, t, atol=1e-12)


def test_the_gradient_of_eigenvalues_is_symmetric() -> None:
    a = normal(22, 3, 3)
    graph = transpose.vjp(graph_on(lambda x: o.eigh(x)[0], [a + a.T]), [True])
    ct = interpret(graph, [a + a.T, normal(23, 3)])[1]
    np.testing.assert_allclose(ct, ct.T)


def cotangent(f: Any, a: Any, *cts: Any) -> Any:
    """The cotangent of `a` for these of the results of `f`."""
    graph = transpose.vjp(graph_on(f, [a]), [True])
    return interpret(graph, [a, *cts])[-1]


def test_equal_eigenvalues_have_right_derivatives_and_their_vectors_none() -> None:
    a, t = np.eye(3), normal(24, 3, 3)
    w, _, dw, dv = pushed(o.eigh, a, t + t.T)
    assert np.isnan(dv).all()
    np.testing.assert_allclose(np.sum(np.exp(w) * dw), np.e * 2 * np.trace(t))
    ct = cotangent(lambda x: o.eigh(x)[0], a, np.ones(3))
    np.testing.assert_allclose(ct, np.eye(3))


@pytest.mark.parametrize("turned", [False, True], ids=["exactly", "up to rounding"])
def test_the_vector_of_a_single_eigenvalue_has_its_derivative_beside_equal_ones(
    turned: bool,
) -> None:
    q = np.linalg.qr(normal(26, 4, 4))[0] if turned else np.eye(4)
    a = q @ np.diag([1.0, 2.0, 2.0, 2.0]) @ q.T

    def projector(x: Any) -> Any:
        first = columns(o.eigh(x)[1], 1)
        return o.matmul(first, adjoint(first))

    ct, t = normal(25, 4, 4), symmetric(27, 4)
    step = 1e-6
    (high,), (low,) = run(projector, a + step * t), run(projector, a - step * t)
    expected = np.sum((high - low) / (2 * step) * ct)
    np.testing.assert_allclose(np.sum(cotangent(projector, a, ct) * t), expected, rtol=1e-6)


@pytest.mark.parametrize("turned", [False, True], ids=["exactly", "up to rounding"])
def test_what_is_rebuilt_from_vectors_of_equal_values_is_nan_and_never_finite(turned: bool) -> None:
    q = np.linalg.qr(normal(28, 3, 3))[0] if turned else np.eye(3)
    a = q @ np.diag([1.0, 1.0, 2.0]) @ q.T

    def rebuilt(x: Any) -> Any:
        w, v = o.eigh(x)
        return o.matmul(v * as_columns(o.exp(w), v.type), adjoint(v))

    def polar(x: Any) -> Any:
        u, _, vh = o.svd(x)
        return o.matmul(u, vh)

    for f in (rebuilt, polar):
        assert np.isnan(cotangent(f, a, normal(29, 3, 3))).any()
        assert np.isnan(pushed(f, a, symmetric(30, 3))[1]).any()


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_singular_values_of_a_rank_deficient_matrix_have_derivatives_and_vectors_of_0_none(
    dtype: str,
) -> None:
    a = np.outer(np.arange(1.0, 4), np.arange(1.0, 3)).astype(dtype)
    t = normal(25, 3, 2, dtype=dtype)
    u, _, vh, du, ds, dvh = pushed(o.svd, a, t)
    np.testing.assert_allclose(ds[0], np.real(np.conj(u[:, 0]) @ t @ np.conj(vh[0])))
    assert np.isfinite(ds).all()
    assert np.isfinite(du[:, 0]).all()
    assert np.isnan(du[:, 1]).any()
    du, ds, dvh = pushed(o.svd, a * 0, t)[3:]
    assert np.isfinite(ds).all()
    assert np.isnan(du).all()
    assert np.isnan(dvh).all()


@pytest.mark.parametrize("op", [o.qr, o.svd])
def test_batched_over_an_axis_they_are_a_loop(op: Any) -> None:
    check_batch(op, normal(26, 4, 3))
    check_batch(op, normal(27, 2, 3, 4))
    check_batch(o.eigh, np.diag([1.0, 2.0, 5.0]) + 0.25)


def test_eigh_reads_the_lower_triangle_only() -> None:
    (w, _) = run(o.eigh, np.array([[2.0, 99.0], [1.0, 2.0]]))
    np.testing.assert_allclose(w, [1, 3])


def test_a_named_number_of_rows_is_refused_where_the_shape_depends_on_it() -> None:
    from gradloom.ir import build

    with pytest.raises(ShapeError, match="cannot be decided"):
        build.graph_of(o.qr, [parse_type("f64[n,3]")])
    graph = build.graph_of(o.svd, [parse_type("f64[batch,4,3]")])
    assert [str(r.type) for r in graph.results] == [
        "f64[batch,4,3]",
        "f64[batch,3]",
        "f64[batch,3,3]",
    ]


def test_flops_are_those_of_the_textbook() -> None:
    (node,) = graph_on(o.qr, [np.ones((20, 20))]).nodes
    assert node.op.cost(node, {}) == round(4 / 3 * 20**3 + 4 / 3 * 20**3)
    (node,) = graph_on(o.svd, [np.ones((10, 20))]).nodes
    assert node.op.cost(node, {}) == 14 * 20 * 100 + 8 * 1000
