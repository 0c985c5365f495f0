"""Products, linear algebra and Fourier transforms on TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.backends.tensorflow.elementwise import ours, through
from gradloom.ir import ops as o
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import tensorflow as tf

_NO_KERNEL: Final = "int8 int16 uint8 uint16 uint32 uint64"


def _triangular_solve(site: Site) -> str:
    a, x = site.attrs, site.args[0]
    if a.unit_diagonal:
        x = f"tf.linalg.set_diag({x}, tf.ones_like(tf.linalg.diag_part({x})))"
    x = f"tf.linalg.matrix_transpose({x})" if a.transpose_a else x
    return f"tf.linalg.triangular_solve({x}, {site.args[1]}, lower={a.lower != a.transpose_a})"


def svd(a: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """(u, s, v^H) in numpy's order."""
    s, u, v = tf.linalg.svd(a)
    return u, s, tf.linalg.adjoint(v)


def svd_full(a: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """(u, s, v^H) in numpy's order, u and v square."""
    s, u, v = tf.linalg.svd(a, full_matrices=True)
    return u, s, tf.linalg.adjoint(v)


def eig(a: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """(eigenvalues, vectors); the largest element of each vector is made real, as LAPACK does."""
    w, v = tf.linalg.eig(a)
    if v.shape.num_elements() == 0:
        return w, v
    highest = tf.one_hot(tf.argmax(tf.abs(v), axis=-2), v.shape[-2], dtype=v.dtype)
    largest = tf.reduce_sum(v * tf.linalg.matrix_transpose(highest), -2, True)
    turn = tf.math.conj(largest) / tf.cast(tf.abs(largest), v.dtype)
    return w, v * turn


def eigh(a: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """(eigenvalues, vectors), the first real."""
    w, v = tf.linalg.eigh(a)
    return tf.math.real(w), v


def slogdet(a: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """(sign, log |det a|), the second real."""
    sign, logabsdet = tf.linalg.slogdet(a)
    return sign, tf.math.real(logabsdet)


ROWS: Final[dict[Op, Row]] = {
    o.matmul: through("tf.matmul({0}, {1})", "int64", _NO_KERNEL),
    # the part above the diagonal is left as it was found where the factorisation fails
    o.cholesky: "tf.linalg.band_part(tf.linalg.cholesky({0}), -1, 0)",
    o.solve: "tf.linalg.solve({0}, {1})",
    o.triangular_solve: _triangular_solve,
    o.inv: "tf.linalg.inv({0})",
    o.det: "tf.linalg.det({0})",
    o.slogdet: ours(slogdet),
    o.qr: "tf.linalg.qr({0})",
    o.eigh: ours(eigh),
    o.svd: ours(svd),
    o.qr_complete: "tf.linalg.qr({0}, full_matrices=True)",
    o.svd_full: ours(svd_full),
    o.eig: ours(eig),
    o.fft: "tf.signal.fft({0})",
    o.ifft: "tf.signal.ifft({0})",
    o.rfft: "tf.signal.rfft({0})",
    o.irfft: lambda site: f"tf.signal.irfft({site.args[0]}, [{site.dim(site.attrs.n)}])",
}
