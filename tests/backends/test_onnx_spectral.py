"""QR, eigenvalues and singular values in ONNX: factors are orthonormal and give the matrix back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx_ir")
pytest.importorskip("onnxruntime")

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.op import Op
from gradloom.ir.types import parse_type, type_of
from tests.backends.onnx_running import by_onnxruntime

pytestmark = pytest.mark.framework
SHAPES = [(1, 1), (3, 3), (2, 4, 3), (3, 5), (2, 2, 6, 4), (12, 12), (4, 1), (1, 4)]


def _run(op: Op, *arrays: Any, types: Any = None) -> list[Any]:
    graph = build.graph_of(lambda *x: list(op(*x)), types or [type_of(a) for a in arrays])
    return by_onnxruntime(graph, arrays)


def _matrices(shape: tuple[int, ...], dtype: str) -> list[np.ndarray]:
    """A random matrix, one of rank one, zeros, and columns of very different sizes."""
    x = np.random.default_rng(sum(shape)).normal(size=shape)
    scales = 10.0 ** -np.arange(0, 2 * shape[-1], 2)
    return [a.astype(dtype) for a in (x, x[..., :1] * np.ones(shape), x * 0, x * scales)]


def _orthonormal(q: np.ndarray) -> bool:
    eps = float(np.finfo(q.dtype).eps)
    return bool(np.abs(np.swapaxes(q, -1, -2) @ q - np.eye(q.shape[-1])).max() < 40 * eps)


def _near(a: np.ndarray, b: np.ndarray) -> bool:
    size = float(np.abs(b).max(initial=1e-30)) * max(b.shape)
    return bool(np.abs(a - b).max(initial=0) <= 20 * np.finfo(b.dtype).eps * size)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("shape", SHAPES)
def test_qr_gives_the_matrix_back_with_the_signs_of_lapack(shape: Any, dtype: str) -> None:
    for x in _matrices(shape, dtype):
        q, r = _run(o.qr, x)
        assert _near(q @ r, x)
        assert _orthonormal(q)
        assert np.array_equal(r, np.triu(r))
    x = _matrices(shape, dtype)[0]
    assert all(map(_near, _run(o.qr, x), np.linalg.qr(x)))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("shape", SHAPES)
def test_singular_values_are_numpys_and_vectors_orthonormal(shape: Any, dtype: str) -> None:
    for x in _matrices(shape, dtype):
        u, s, vh = _run(o.svd, x)
        assert _near(s, np.linalg.svd(x, compute_uv=False))
        assert _near((u * s[..., None, :]) @ vh, x)
        assert _orthonormal(u)
        assert _orthonormal(np.swapaxes(vh, -1, -2))


@pytest.mark.parametrize("shape", SHAPES)
def test_all_vectors_are_given_where_all_are_asked_for(shape: Any) -> None:
    for x in _matrices(shape, "f8"):
        q, r = _run(o.qr_complete, x)
        assert _near(q @ r, x)
        assert _orthonormal(q)
        u, s, vh = _run(o.svd_full, x)
        assert _orthonormal(u)
        assert _orthonormal(vh)
        k = s.shape[-1]
        assert _near((u[..., :k] * s[..., None, :]) @ vh[..., :k, :], x)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("shape", [s for s in SHAPES if s[-1] == s[-2]])
def test_eigenvalues_are_numpys_and_only_the_lower_triangle_is_read(shape: Any, dtype: str) -> None:
    for a in _matrices(shape, dtype):
        x = a + np.swapaxes(a, -1, -2)
        w, v = _run(o.eigh, x + np.triu(np.full_like(x, 9), 1))
        assert _near(w, np.linalg.eigvalsh(x))
        assert _near((v * w[..., None, :]) @ np.swapaxes(v, -1, -2), x)
        assert _orthonormal(v)


def test_small_singular_values_keep_their_digits() -> None:
    x = np.diag([1.0, 1e-9, 1e-14]) @ np.array([[1.0, 0, 0], [0.5, 1, 0], [0.1, 0.2, 1]])
    _, s, _ = _run(o.svd, x)
    np.testing.assert_allclose(np.prod(s), 1e-23, rtol=1e-10)


def test_matrices_without_elements_have_empty_factors() -> None:
    for shape in ((4, 0), (0, 3)):
        for op in (o.qr, o.svd, o.qr_complete, o.svd_full):
            due = [r.shape for r in op.numpy(np.zeros(shape))]
            assert [r.shape for r in _run(op, np.zeros(shape))] == due


def test_stacks_and_matrices_of_named_sizes_are_factorised() -> None:
    x = np.random.default_rng(1).normal(size=(5, 4, 4))
    due = {o.qr: np.linalg.qr(x)[1], o.svd: np.linalg.svd(x)[1], o.eigh: np.linalg.eigh(x)[0]}
    for op, expected in due.items():
        made = _run(op, x, types=[parse_type("f64[batch,n,n]")])
        assert _near(made[0 if op is o.eigh else 1], expected)
