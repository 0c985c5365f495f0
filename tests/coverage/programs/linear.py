"""Sample programs of numpy.linalg, numpy.fft and numpy.emath."""

from __future__ import annotations

from typing import Final

LINALG: Final[dict[str, tuple[str, ...]]] = {
    "cholesky": (
        "np.linalg.cholesky(s + s.conj().T)",
        "np.linalg.cholesky(s + s.conj().T, upper=True)",
        "np.linalg.cholesky(k @ k.swapaxes(1, 2) + 9 * np.eye(3))",
    ),
    "cond": (
        "np.linalg.cond(a)",
        "np.linalg.cond(k, p=1)",
        "np.linalg.cond(a, 'fro')",
        "np.linalg.cond(a, -2)",
        "np.linalg.cond(a, np.inf)",
    ),
    "cross": ("np.linalg.cross(a, s)", "np.linalg.cross(a, s, axis=0)", "np.linalg.cross(u, a)"),
    "det": ("np.linalg.det(a)", "np.linalg.det(k)", "np.linalg.det(o)"),
    "diagonal": ("np.linalg.diagonal(k)", "np.linalg.diagonal(a, offset=1)"),
    "eig": (
        "np.sort_complex(np.linalg.eig(a)[0])",
        "np.linalg.eig(s).eigenvalues",
        "np.abs(np.linalg.eig(a).eigenvectors[:, 0]).sum() * 0",
    ),
    "eigh": (
        "np.linalg.eigh(s + s.conj().T)[0]",
        "np.linalg.eigh(s + s.conj().T, UPLO='U').eigenvalues",
        "np.abs(np.linalg.eigh(s + s.conj().T).eigenvectors)",
        "np.linalg.eigh(k + k.swapaxes(1, 2))[0]",
    ),
    "eigvals": (
        "np.sort_complex(np.linalg.eigvals(a))",
        "np.sort(np.abs(np.linalg.eigvals(k)), axis=1)",
    ),
    "eigvalsh": (
        "np.linalg.eigvalsh(s + s.conj().T)",
        "np.linalg.eigvalsh(k + k.swapaxes(1, 2), 'U')",
    ),
    "inv": ("np.linalg.inv(a)", "np.linalg.inv(k)", "np.linalg.inv(o)"),
    "lstsq": (
        "np.linalg.lstsq(m, v)",
        "np.linalg.lstsq(m, x.T, rcond=None)[0]",
        "np.linalg.lstsq(m, v, rcond=1e-3)[1]",
    ),
    "matmul": ("np.linalg.matmul(a, a)", "np.linalg.matmul(k, u)"),
    "matrix_norm": (
        "np.linalg.matrix_norm(a)",
        "np.linalg.matrix_norm(k, keepdims=True)",
        "np.linalg.matrix_norm(k, ord='nuc')",
        "np.linalg.matrix_norm(x, ord=1)",
        "np.linalg.matrix_norm(x, ord=2)",
    ),
    "matrix_power": (
        "np.linalg.matrix_power(a, 3)",
        "np.linalg.matrix_power(k, -2)",
        "np.linalg.matrix_power(a, 0)",
    ),
    "matrix_rank": (
        "np.linalg.matrix_rank(a)",
        "np.linalg.matrix_rank(k)",
        "np.linalg.matrix_rank(s, hermitian=True)",
        "np.linalg.matrix_rank(m, tol=0.1)",
        "np.linalg.matrix_rank(v)",
    ),
    "matrix_transpose": ("np.linalg.matrix_transpose(x)", "np.linalg.matrix_transpose(r)"),
    "multi_dot": (
        "np.linalg.multi_dot([x, m, x])",
        "np.linalg.multi_dot([v, m, a, u])",
        "np.linalg.multi_dot([a, a], out=np.zeros((3, 3)))",
    ),
    "norm": (
        "np.linalg.norm(x)",
        "np.linalg.norm(v, 3)",
        "np.linalg.norm(x, axis=1)",
        "np.linalg.norm(x, 'fro', keepdims=True)",
        "np.linalg.norm(x, 'nuc')",
        "np.linalg.norm(x, np.inf)",
        "np.linalg.norm(x, -1)",
        "np.linalg.norm(v, -np.inf)",
        "np.linalg.norm(v, 0)",
        "np.linalg.norm(x, 2)",
        "np.linalg.norm(r, ord=1, axis=(0, 2))",
        "np.linalg.norm(z)",
        "np.linalg.norm(c, 1)",
    ),
    "outer": ("np.linalg.outer(v, u)",),
    "pinv": (
        "np.linalg.pinv(m)",
        "np.linalg.pinv(k)",
        "np.linalg.pinv(s + s.conj().T, hermitian=True)",
        "np.linalg.pinv(m, rcond=1e-3)",
        "np.linalg.pinv(m, rtol=1e-3)",
    ),
    "qr": (
        "np.linalg.qr(m)",
        "np.linalg.qr(a).R",
        "np.linalg.qr(m, mode='r')",
        "np.linalg.qr(m, mode='complete')[0][:, :3]",
        "np.linalg.qr(k)[0]",
        "np.linalg.qr(x)",
    ),
    "slogdet": ("np.linalg.slogdet(a)", "np.linalg.slogdet(k).logabsdet", "np.linalg.slogdet(o)"),
    "solve": (
        "np.linalg.solve(a, u)",
        "np.linalg.solve(k, x)",
        "np.linalg.solve(a, x)",
        "np.linalg.solve(o, u)",
    ),
    "svd": (
        "np.linalg.svd(m).S",
        "np.linalg.svd(m, full_matrices=False)[1]",
        "np.linalg.svd(k, compute_uv=False)",
        "np.linalg.svd(s + s.conj().T, hermitian=True)[1]",
        "np.abs(np.linalg.svd(a).U)",
        "np.abs(np.linalg.svd(m, full_matrices=False).Vh)",
    ),
    "svdvals": ("np.linalg.svdvals(m)", "np.linalg.svdvals(k)"),
    "tensordot": ("np.linalg.tensordot(r, x)", "np.linalg.tensordot(r, m, axes=1)"),
    "tensorinv": (
        "np.linalg.tensorinv(a.reshape(3, 3), ind=1)",
        "np.linalg.tensorinv(np.eye(6).reshape(2, 3, 6) + r.sum() * 0.01, ind=2)",
    ),
    "tensorsolve": (
        "np.linalg.tensorsolve(a, u)",
        "np.linalg.tensorsolve((np.eye(6) + f * 0.1).reshape(2, 3, 2, 3), r[:, :, 0])",
    ),
    "trace": (
        "np.linalg.trace(a)",
        "np.linalg.trace(k, offset=1)",
        "np.linalg.trace(a, dtype=np.float32)",
    ),
    "vecdot": (
        "np.linalg.vecdot(x, y)",
        "np.linalg.vecdot(x, y, axis=0)",
        "np.linalg.vecdot(z, c)",
    ),
    "vector_norm": (
        "np.linalg.vector_norm(x)",
        "np.linalg.vector_norm(x, axis=1, ord=3)",
        "np.linalg.vector_norm(r, axis=(0, 2), keepdims=True)",
        "np.linalg.vector_norm(v, ord=np.inf)",
        "np.linalg.vector_norm(v, ord=0)",
    ),
}


def _fft1(name: str, *arrays: str) -> tuple[str, ...]:
    return (
        *(f"np.fft.{name}({a})" for a in arrays),
        f"np.fft.{name}({arrays[0]}, 6)",
        f"np.fft.{name}({arrays[0]}, n=3, axis=0)",
        f"np.fft.{name}({arrays[0]}, norm='ortho')",
        f"np.fft.{name}({arrays[0]}, norm='forward')",
    )


def _fftn(name: str, *arrays: str) -> tuple[str, ...]:
    return (
        *(f"np.fft.{name}({a})" for a in arrays),
        f"np.fft.{name}({arrays[0]}, s=(4, 2), axes=(0, 1))",
        f"np.fft.{name}({arrays[0]}, axes=(1, 0), norm='ortho')",
    )


FFT: Final[dict[str, tuple[str, ...]]] = {
    **{n: _fft1(n, "z", "x", "c") for n in ("fft", "ifft")},
    **{n: _fft1(n, "x", "g") for n in ("rfft", "ihfft")},
    **{n: _fft1(n, "z", "c") for n in ("irfft", "hfft")},
    **{n: _fftn(n, "z", "x", "r") for n in ("fft2", "ifft2", "fftn", "ifftn")},
    **{n: _fftn(n, "x", "r") for n in ("rfft2", "rfftn")},
    **{n: _fftn(n, "z") for n in ("irfft2", "irfftn")},
    **{
        n: (f"np.fft.{n}(x)", f"np.fft.{n}(g)", f"np.fft.{n}(r, axes=(0, 2))", f"np.fft.{n}(x, 1)")
        for n in ("fftshift", "ifftshift")
    },
    "fftfreq": (
        "np.fft.fftfreq(5)",
        "np.fft.fftfreq(4, d=0.5)",
        "np.fft.fftfreq(5, f)",
        "np.fft.fftfreq(x.size) * f",
    ),
    "rfftfreq": ("np.fft.rfftfreq(5)", "np.fft.rfftfreq(4, d=0.5)", "np.fft.rfftfreq(5, f)"),
}

EMATH: Final[dict[str, tuple[str, ...]]] = {
    **{
        n: (f"np.emath.{n}(p)", f"np.emath.{n}(z)", f"np.emath.{n}(x)")
        for n in ("sqrt", "log", "log2", "log10", "arccos", "arcsin", "arctanh")
    },
    "logn": ("np.emath.logn(2, p)", "np.emath.logn(3.0, z)", "np.emath.logn(2, x)"),
    "power": (
        "np.emath.power(p, 2)",
        "np.emath.power(z, 2)",
        "np.emath.power(x, 0.5)",
        "np.emath.power(2.0, y)",
    ),
}
