from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.ops.matrices import adjoint, identity
from tests.ir.ops.checks import (
    check,
    check_batch,
    check_decomposition,
    check_types,
    graph_on,
    normal,
    run,
)

DTYPES = ["float64", "complex128"]


def positive(x: Any) -> Any:
    """A hermitian positive definite matrix that depends on every element of `x`."""
    return o.matmul(x, adjoint(x)) + identity(x.type)


def well(seed: int, *shape: int, dtype: str = "float64") -> Any:
    """An array of matrices that are far from singular."""
    return normal(seed, *shape, dtype=dtype) + 3 * np.eye(shape[-1], dtype=dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_cholesky_has_right_derivatives_along_hermitian_directions(dtype: str) -> None:
    check(lambda x: o.cholesky(positive(x)), normal(1, 2, 3, 3, dtype=dtype))


def test_the_gradient_of_cholesky_is_symmetric() -> None:
    from gradloom.ir.interpret import interpret
    from gradloom.passes import transpose

    a = np.array([[4.0, 1.0], [1.0, 3.0]])
    graph = transpose.vjp(graph_on(lambda x: o.cholesky(x), [a]), [True])
    ct = interpret(graph, [a, normal(3, 2, 2)])[1]
    np.testing.assert_allclose(ct, ct.T)


def test_cholesky_reads_the_lower_triangle_only() -> None:
    a = np.array([[4.0, 99.0], [1.0, 3.0]])
    (low,) = run(o.cholesky, a)
    np.testing.assert_allclose(low @ low.T, [[4.0, 1.0], [1.0, 3.0]])


@pytest.mark.parametrize("dtype", DTYPES)
def test_solve_has_right_derivatives(dtype: str) -> None:
    check(o.solve, well(1, 2, 3, 3, dtype=dtype), normal(2, 2, 3, 2, dtype=dtype))


@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("transpose_a", [True, False])
@pytest.mark.parametrize("unit_diagonal", [True, False])
def test_triangular_solve_is_right(lower: bool, transpose_a: bool, unit_diagonal: bool) -> None:
    def f(a: Any, b: Any) -> Any:
        return o.triangular_solve(
            a, b, lower=lower, transpose_a=transpose_a, unit_diagonal=unit_diagonal
        )

    a, b = well(1, 3, 3), normal(2, 3, 2)
    read = np.tril(a) if lower else np.triu(a)
    if unit_diagonal:
        np.fill_diagonal(read, 1)
    (x,) = run(f, a, b)
    np.testing.assert_allclose((read.T if transpose_a else read) @ x, b, atol=1e-14)
    check(f, a, b)
    check_batch(f, a, b)
    check_batch(f, well(1, 2, 3, 3), normal(2, 2, 3, 2))
    check_decomposition("triangular_solve", f, a, b)


def test_a_long_triangular_system_is_solved_by_substitution() -> None:
    """Rows with large entries off the diagonal would be swapped by a solver that pivots."""
    n = 60
    a = np.tril(np.ones((n, n))) * 10 - 9 * np.eye(n)
    b = (a @ np.arange(1.0, n + 1))[:, None]
    with np.errstate(over="ignore"):
        (x,) = run(lambda a, b: o.triangular_solve(a, b, lower=True), a[:12, :12], b[:12])
    np.testing.assert_array_equal(x[:, 0], np.arange(1.0, 13))


@pytest.mark.parametrize("dtype", DTYPES)
def test_inv_det_and_slogdet_have_right_derivatives(dtype: str) -> None:
    a = well(4, 2, 3, 3, dtype=dtype)
    check(o.inv, a)
    check(o.det, a)
    check(o.slogdet, a)


def test_det_of_a_larger_matrix_has_right_derivatives() -> None:
    check(o.det, normal(5, 5, 5) * 0.7)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_det_of_a_small_singular_matrix_has_derivatives(n: int) -> None:
    a = normal(6, n, n)
    a[-1] = a[0] * 2 if n > 1 else 0
    check(o.det, a)
    check(o.det, np.zeros((n, n)))


def test_det_of_no_rows_is_one_and_has_derivative_zero() -> None:
    check(o.det, np.zeros((2, 0, 0)))


@pytest.mark.parametrize("op", [o.inv, o.det, o.slogdet, o.cholesky])
@pytest.mark.parametrize("dtype", ["float32", "complex64", *DTYPES])
def test_types_and_batches_are_numpys(op: Any, dtype: str) -> None:
    for shape in ((3, 3), (2, 3, 3), (2, 0, 0), (0, 2, 2)):
        x = normal(7, *shape, dtype=dtype)
        a = x @ np.conj(np.swapaxes(x, -1, -2)) + np.eye(shape[-1], dtype=dtype)
        check_types(op, a)
    check_batch(op, np.eye(3) * 2 + 0.25)


def test_solve_batched_over_either_operand_is_a_loop() -> None:
    check_batch(o.solve, well(1, 3, 3), normal(2, 3, 2))
    check_batch(o.solve, well(1, 2, 3, 3), normal(2, 2, 3, 2))


def test_many_right_hand_sides_of_one_matrix_are_one_solve() -> None:
    from gradloom.passes import batch

    graph = graph_on(o.solve, [well(1, 3, 3), normal(2, 3, 2)])
    (solved,) = (n for n in batch.vmap(graph, [False, True], 8) if n.op is o.solve)
    assert solved.operands[0].type.shape == (3, 3)


def test_inv_and_det_equal_their_decompositions() -> None:
    for dtype in DTYPES:
        check_decomposition("inv", lambda a: o.inv(a), well(1, 2, 3, 3, dtype=dtype))
        check_decomposition("det", lambda a: o.det(a), well(1, 2, 3, 3, dtype=dtype))
    check_decomposition("det", lambda a: o.det(a), np.zeros((2, 2)))


def test_mistakes_are_named() -> None:
    with pytest.raises(ShapeError, match=r"cholesky: a square matrix is due: 2 rows and 3 columns"):
        graph_on(o.cholesky, [np.ones((2, 3))])
    with pytest.raises(ShapeError, match=r"inv: a matrix or a stack"):
        graph_on(o.inv, [np.ones(3)])
    with pytest.raises(ShapeError, match=r"solve: 3 unknowns .* and 2 rows"):
        graph_on(o.solve, [np.ones((3, 3)), np.ones((2, 1))])
    with pytest.raises(DtypeError, match=r"det is not defined for f16"):
        graph_on(o.det, [np.ones((3, 3), np.float16)])
    with pytest.raises(DtypeError, match=r"solve: dtypes differ"):
        graph_on(o.solve, [np.ones((3, 3)), np.ones((3, 3), np.float32)])


def test_flops_are_those_of_the_textbook() -> None:
    graph = graph_on(o.solve, [np.ones((2, 10, 10)), np.ones((2, 10, 3))])
    (node,) = graph.nodes
    assert node.op.cost(node, {}) == round(2 * (2 * 1000 / 3 + 2 * 100 * 3))
    (node,) = graph_on(o.cholesky, [np.ones((30, 30))]).nodes
    assert node.op.cost(node, {}) == 9000
