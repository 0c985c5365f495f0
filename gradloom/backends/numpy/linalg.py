"""Products, linear algebra and Fourier transforms on numpy."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op


def _matmul(site: Site) -> str:
    """Low precision multiplies to f32."""
    product = f"{site.args[0]} @ {site.args[1]}"
    return f"({product}).astype({site.dtype_text()})" if site.dtype.kind == "V" else product


def triangular_solve(
    a: np.ndarray, b: np.ndarray, lower: bool, transpose_a: bool, unit_diagonal: bool
) -> np.ndarray:
    """x with a x = b (or a^T x = b), reading one triangle of a."""
    a = np.tril(a) if lower else np.triu(a)
    if unit_diagonal:
        a = np.where(np.eye(a.shape[-1], dtype=bool), a.dtype.type(1), a)
    a = np.swapaxes(a, -1, -2) if transpose_a else a
    if lower == transpose_a:
        return np.linalg.solve(a, b)
    # Back to front, a lower triangle is an upper one, of which LU makes exactly the substitution.
    return np.linalg.solve(a[..., ::-1, ::-1], b[..., ::-1, :])[..., ::-1, :]


def _triangular_solve(site: Site) -> str:
    a = site.attrs
    return site.call(
        triangular_solve, *site.args, *map(site.write, (a.lower, a.transpose_a, a.unit_diagonal))
    )


def eig(a: np.ndarray) -> tuple[Any, Any]:
    """(eigenvalues, vectors), complex also where numpy would drop imaginary parts of 0."""
    values, vectors = np.linalg.eig(a)
    dtype = np.result_type(a.dtype, np.complex64)
    return values.astype(dtype), vectors.astype(dtype)


ROWS: Final[dict[Op, Row]] = {
    o.matmul: _matmul,
    o.cholesky: "np.linalg.cholesky({0})",
    o.solve: "np.linalg.solve({0}, {1})",
    o.triangular_solve: _triangular_solve,
    o.inv: "np.linalg.inv({0})",
    o.det: "np.linalg.det({0})",
    o.slogdet: "np.linalg.slogdet({0})",
    o.qr: "np.linalg.qr({0})",
    o.eigh: "np.linalg.eigh({0})",
    o.svd: "np.linalg.svd({0}, full_matrices=False)",
    o.qr_complete: 'np.linalg.qr({0}, mode="complete")',
    o.svd_full: "np.linalg.svd({0}, full_matrices=True)",
    o.eig: lambda site: site.call(eig, *site.args),
    o.fft: "np.fft.fft({0})",
    o.ifft: "np.fft.ifft({0})",
    o.rfft: "np.fft.rfft({0})",
    o.irfft: lambda site: f"np.fft.irfft({site.args[0]}, {site.dim(site.attrs.n)})",
}
