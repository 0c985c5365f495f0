"""Products, linear algebra and Fourier transforms on JAX, which must not take both triangles for
one.

Products are asked for in full precision, which accelerators would lower.
"""

from __future__ import annotations

from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op


def _einsum(site: Site) -> str:
    a = site.attrs
    letters = site.write(f"{a.lhs},{a.rhs}->{a.out}")
    return f'jnp.einsum({letters}, {site.args[0]}, {site.args[1]}, precision="highest")'


def _triangular_solve(site: Site) -> str:
    a = site.attrs
    flags = [f"lower={bool(a.lower)}"]
    flags += ["transpose_a=True"] if a.transpose_a else []
    flags += ["unit_diagonal=True"] if a.unit_diagonal else []
    given = ", ".join([*site.args, "left_side=True", *flags])
    return f"lax.linalg.triangular_solve({given})"


ROWS: Final[dict[Op, Row]] = {
    o.matmul: 'jnp.matmul({0}, {1}, precision="highest")',
    o.einsum: _einsum,
    o.cholesky: "jnp.linalg.cholesky({0}, symmetrize_input=False)",
    o.solve: "jnp.linalg.solve({0}, {1})",
    o.triangular_solve: _triangular_solve,
    o.inv: "jnp.linalg.inv({0})",
    o.det: "jnp.linalg.det({0})",
    o.slogdet: "jnp.linalg.slogdet({0})",
    o.qr: "jnp.linalg.qr({0})",
    o.eigh: 'jnp.linalg.eigh({0}, UPLO="L", symmetrize_input=False)',
    o.svd: "jnp.linalg.svd({0}, full_matrices=False)",
    o.qr_complete: 'jnp.linalg.qr({0}, mode="complete")',
    o.svd_full: "jnp.linalg.svd({0}, full_matrices=True)",
    o.eig: "jnp.linalg.eig({0})",
    o.fft: "jnp.fft.fft({0})",
    o.ifft: "jnp.fft.ifft({0})",
    o.rfft: "jnp.fft.rfft({0})",
    o.irfft: lambda site: f"jnp.fft.irfft({site.args[0]}, {site.dim(site.attrs.n)})",
}
