from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.interpret import interpret
from gradloom.ir.types import parse_type
from gradloom.passes import transpose
from tests.ir.ops.checks import (
    check,
    check_batch,
    check_decomposition,
    check_types,
    graph_on,
    normal,
)

LENGTHS = [1, 2, 3, 4, 5, 8, 9]
OPS = ["fft", "ifft", "rfft", "irfft"]


def signal(name: str, n: int, *lead: int, single: bool = False) -> np.ndarray[Any, Any]:
    length = n // 2 + 1 if name == "irfft" else n
    dtype = "float" if name == "rfft" else "complex"
    bits = {("float", True): 32, ("float", False): 64, ("complex", True): 64}.get(
        (dtype, single), 128
    )
    return normal(n, *lead, length, dtype=f"{dtype}{bits}")


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("name", OPS)
def test_derivatives_types_and_batches_are_right(name: str, n: int) -> None:
    def f(x: Any) -> Any:
        return o.by_name(name)(x, n=n)

    check(f, signal(name, n, 2))
    check_batch(f, signal(name, n, 2))
    check_types(f, signal(name, n, 0))
    check_types(f, signal(name, n, single=True))


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("name", OPS)
def test_the_transpose_is_the_transposed_matrix(name: str, n: int) -> None:
    """Over the reals: real and imaginary parts are rows and columns of their own, ct pairs by Re(ct
    y).
    """
    x = signal(name, n)
    graph = graph_on(lambda x: o.by_name(name)(x, n=n), [x])
    turned = transpose.vjp(graph, [True])
    matrix = _matrix(lambda v: interpret(graph, [v])[0], x)
    y = interpret(graph, [x])[0]
    other = _matrix(lambda v: np.conj(interpret(turned, [x, np.conj(v)])[1]), y)
    np.testing.assert_allclose(other, matrix.T, atol=1e-12)


def _parts(x: Any) -> Any:
    return np.concatenate([x.real, x.imag]) if np.iscomplexobj(x) else x


def _matrix(f: Any, like: Any) -> Any:
    columns = []
    for unit in (1, 1j) if np.iscomplexobj(like) else (1,):
        columns += [_parts(f((unit * row).astype(like.dtype))) for row in np.eye(like.size)]
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("name", ["rfft", "irfft"])
def test_transforms_of_real_signals_equal_their_decompositions(name: str, n: int) -> None:
    check_decomposition(name, lambda x: o.by_name(name)(x, n=n), signal(name, n, 2))


def test_named_lengths_work_where_no_half_is_due() -> None:
    n = parse_type("c64[n]")
    graph = build.graph_of(lambda x: o.fft(x, n=n.shape[0]), [n])
    x = normal(1, 6, dtype="complex64")
    np.testing.assert_allclose(interpret(graph, [x])[0], np.fft.fft(x), rtol=1e-6)


def test_mistakes_are_named() -> None:
    with pytest.raises(
        ShapeError, match=r"irfft: n=5 takes 3 points, not 5 \(axis 0 of c128\[5\]\)"
    ):
        graph_on(lambda x: o.irfft(x, n=5), [normal(1, 5, dtype="complex128")])
    with pytest.raises(DtypeError, match=r"fft is not defined for f64"):
        graph_on(lambda x: o.fft(x, n=5), [normal(1, 5)])
    with pytest.raises(ShapeError, match="one point at least"):
        graph_on(lambda x: o.rfft(x, n=0), [np.zeros(0)])


def test_flops_are_five_n_log_n() -> None:
    (node,) = graph_on(lambda x: o.fft(x, n=8), [normal(1, 3, 8, dtype="complex128")]).nodes
    assert node.op.cost(node, {}) == 3 * 5 * 8 * 3
