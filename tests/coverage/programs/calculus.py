"""Sample programs of products, rounding, calculus, polynomials, creation and functions mapped."""

from __future__ import annotations

from typing import Final

PROGRAMS: Final[dict[str, tuple[str, ...]]] = {
    # products
    "dot": (
        "np.dot(x, m)",
        "np.dot(v, w)",
        "np.dot(x, v)",
        "np.dot(f, x)",
        "np.dot(r, m)",
        "np.dot(a, a, out=np.zeros((3, 3)))",
        "np.dot([v, w], m)",
        "np.dot(z, c)",
    ),
    "vdot": ("np.vdot(x, y)", "np.vdot(c, v)", "np.vdot(c, c)"),
    "inner": ("np.inner(x, y)", "np.inner(v, w)", "np.inner(r, v)", "np.inner(f, v)"),
    "outer": ("np.outer(v, u)", "np.outer(x, u)", "np.outer(v, u, out=np.zeros((4, 3)))"),
    "cross": (
        "np.cross(u, a)",
        "np.cross(a, s)",
        "np.cross(a, s, axisa=0, axisb=0, axisc=0)",
        "np.cross(a, u, axis=0)",
    ),
    "kron": ("np.kron(a, x)", "np.kron(v, u)", "np.kron(r, x)", "np.kron(f, x)"),
    "tensordot": (
        "np.tensordot(r, x)",
        "np.tensordot(r, m, axes=1)",
        "np.tensordot(r, x, axes=([1, 2], [0, 1]))",
        "np.tensordot(v, u, 0)",
    ),
    "einsum": (
        "np.einsum('ij,jk->ik', x, m)",
        "np.einsum('ij,kj', x, y)",
        "np.einsum('ii', a)",
        "np.einsum('ii->i', a)",
        "np.einsum('bij,jk->bik', r, m)",
        "np.einsum('...j,j->...', r, v)",
        "np.einsum(x, [0, 1], m, [1, 2], [0, 2])",
        "np.einsum('ij,jk,kl->il', x, m, x, optimize=True)",
        "np.einsum('i,j->ij', u, c)",
        "np.einsum('ij->', x)",
        "np.einsum('ij,jk->ik', x, m, out=np.zeros((3, 3)))",
        "np.einsum('ij,jk', i, j.T, dtype=np.float64)",
        "np.einsum('ij,jk,kl', x, m, x, optimize=['einsum_path', (1, 2), (0, 1)])",
    ),
    "trace": (
        "np.trace(a)",
        "np.trace(x, 1)",
        "np.trace(r, axis1=0, axis2=2)",
        "np.trace(a, dtype=np.float32)",
        "np.trace(r, out=np.zeros(4))",
    ),
    # rounding and limits
    "around": ("np.around(x)", "np.around(x, 1)", "np.around(x * 30, decimals=-1)"),
    "round": (
        "np.round(x)",
        "np.round(x, 1)",
        "np.round(i, -1)",
        "np.round(z, 1)",
        "np.round(x, out=np.zeros((3, 4)))",
        "np.round(f, 1)",
    ),
    "fix": ("np.fix(x)", "np.fix(x, out=np.zeros((3, 4)))"),
    "clip": (
        "np.clip(x, -0.5, 0.7)",
        "np.clip(x, None, 0.7)",
        "np.clip(x, v - 3, w + 3)",
        "np.clip(i, 0, 3)",
        "np.clip(x, min=0.1)",
        "np.clip(x, -0.5, 0.7, out=np.zeros((3, 4)))",
        "np.clip(x, -0.5, 0.7, where=b, out=np.zeros((3, 4)))",
        "np.clip(f, 0.1, 0.2)",
    ),
    "sinc": ("np.sinc(x)", "np.sinc(f)"),
    "i0": ("np.i0(x)", "np.i0(f)"),
    # calculus
    "diff": (
        "np.diff(x)",
        "np.diff(x, axis=0)",
        "np.diff(g, n=2)",
        "np.diff(g, prepend=0.0, append=v)",
        "np.diff(b, axis=1)",
        "np.diff(i, n=2)",
    ),
    "ediff1d": ("np.ediff1d(x)", "np.ediff1d(g, to_begin=[1.0, 2.0], to_end=3.0)"),
    "gradient": (
        "np.gradient(g)",
        "np.gradient(x)",
        "np.gradient(x, 0.5, axis=1)",
        "np.gradient(l, t)",
        "np.gradient(g, edge_order=2)",
        "np.gradient(x, 2.0, [0.0, 1.0, 3.0, 4.0])",
    ),
    "trapezoid": (
        "np.trapezoid(x)",
        "np.trapezoid(l, t)",
        "np.trapezoid(x, dx=0.5, axis=0)",
        "np.trapezoid(x, v, axis=-1)",
    ),
    "interp": (
        "np.interp(x, t, l)",
        "np.interp(f, t, l)",
        "np.interp(x * 2, t, l, left=-5.0, right=7.0)",
        "np.interp(x * 2, t, l, period=2.5)",
        "np.interp(x, t, l + 1j * t)",
    ),
    "vander": ("np.vander(u)", "np.vander(u, 4, increasing=True)", "np.vander(i[0], 3)"),
    # polynomials
    "poly": ("np.poly(u)", "np.poly(s)", "np.poly([1.0, 2.0])"),
    "polyadd": ("np.polyadd(u, v)", "np.polyadd(v, 2.0)"),
    "polysub": ("np.polysub(u, v)", "np.polysub(1.0, u)"),
    "polymul": ("np.polymul(u, v)", "np.polymul(v, [1.0, 2.0])"),
    "polydiv": ("np.polydiv(v, u)", "np.polydiv(g, [1.0, 2.0])"),
    "polyder": ("np.polyder(v)", "np.polyder(g, 2)"),
    "polyint": ("np.polyint(v)", "np.polyint(v, 2, k=[1.0, 2.0])"),
    "polyval": (
        "np.polyval(v, x)",
        "np.polyval(u, f)",
        "np.polyval([1, 2, 3], x)",
        "np.polyval(v, c)",
    ),
    "polyfit": (
        "np.polyfit(t, l, 2)",
        "np.polyfit(t, l, 1, w=t * t + 1)",
        "np.polyfit(t, np.stack([l, t * l], 1), 2)",
        "np.polyfit(t, l, 2, cov=True)",
        "np.polyfit(t + np.arange(5), l, 2, full=True)",
    ),
    "roots": ("np.sort_complex(np.roots(v + 5))", "np.sort_complex(np.roots([1.0, -3.0, 2.0]))"),
    # creation from arrays
    "zeros_like": (
        "np.zeros_like(x)",
        "np.zeros_like(x, dtype=int)",
        "np.zeros_like(x, shape=(2, 2))",
    ),
    "ones_like": (
        "np.ones_like(x)",
        "np.ones_like(i, dtype=np.float32)",
        "np.ones_like(x, shape=5)",
    ),
    "full_like": (
        "np.full_like(x, 3)",
        "np.full_like(i, 2.7)",
        "np.full_like(x, v)",
        "np.full_like(i, f, dtype=float)",
    ),
    "empty_like": (
        "y = np.empty_like(x); y[:] = x; return y",
        "np.shape(np.empty_like(x, dtype=int))",
    ),
    "linspace": (
        "np.linspace(f, 2.0, 5)",
        "np.linspace(0, 1, 4)",
        "np.linspace(u, u + 1, 4, axis=1)",
        "np.linspace(f, 3, 5, endpoint=False, retstep=True)",
        "np.linspace(0, f * 9, 4, dtype=int)",
    ),
    "logspace": (
        "np.logspace(f, 2.0, 5)",
        "np.logspace(0, 1, 4, base=2.0)",
        "np.logspace(u, 2, 3, endpoint=False)",
    ),
    "geomspace": (
        "np.geomspace(f, 2.0, 5)",
        "np.geomspace(1, 1000, 4)",
        "np.geomspace(q[0], 9.0, 3, axis=1)",
    ),
    "meshgrid": (
        "np.meshgrid(v, u)",
        "np.meshgrid(v, u, indexing='ij')",
        "np.meshgrid(v, u, sparse=True)",
        "np.meshgrid(n, v, u, copy=False)",
    ),
    # functions mapped
    "apply_along_axis": (
        "np.apply_along_axis(np.sum, 1, x)",
        "np.apply_along_axis(lambda s: s / s.sum(), 0, q)",
        "np.apply_along_axis(lambda s, e: s[:2] * e, 1, x, 3.0)",
    ),
    "apply_over_axes": (
        "np.apply_over_axes(np.sum, r, [0, 2])",
        "np.apply_over_axes(np.max, x, 1)",
    ),
}
