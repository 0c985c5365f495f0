"""Products, linear algebra and Fourier transforms on torch."""

from __future__ import annotations

from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.backends.torch.unsigned import widened
from gradloom.ir import ops as o
from gradloom.ir.op import Op


def _triangular_solve(site: Site) -> str:
    a, x = site.attrs, site.args[0]
    x = f"{x}.mT" if a.transpose_a else x
    upper = a.lower == a.transpose_a
    unit = ", unitriangular=True" if a.unit_diagonal else ""
    return f"torch.linalg.solve_triangular({x}, {site.args[1]}, upper={upper}{unit})"


def _transform(name: str) -> Row:
    """A Fourier transform; torch stumbles where there are no signals."""

    def row(site: Site) -> str:
        if 0 in site.shape:
            made = f"dtype={site.dtype_text()}, device={site.device()}"
            return f"torch.zeros({site.write(site.shape)}, {made})"
        length = f", {site.dim(site.attrs.n)}" if name == "irfft" else ""
        return f"torch.fft.{name}({site.args[0]}{length})"

    return row


ROWS: Final[dict[Op, Row]] = {
    o.matmul: widened("{0} @ {1}"),
    o.cholesky: "torch.linalg.cholesky({0})",
    o.solve: "torch.linalg.solve({0}, {1})",
    o.triangular_solve: _triangular_solve,
    o.inv: "torch.linalg.inv({0})",
    o.det: "torch.linalg.det({0})",
    o.slogdet: "torch.linalg.slogdet({0})",
    o.qr: "torch.linalg.qr({0})",
    o.eigh: "torch.linalg.eigh({0})",
    o.svd: "torch.linalg.svd({0}, full_matrices=False)",
    o.qr_complete: 'torch.linalg.qr({0}, mode="complete")',
    o.svd_full: "torch.linalg.svd({0}, full_matrices=True)",
    o.eig: "torch.linalg.eig({0})",
    o.fft: _transform("fft"),
    o.ifft: _transform("ifft"),
    o.rfft: _transform("rfft"),
    o.irfft: _transform("irfft"),
}
