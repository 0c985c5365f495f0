"""numpy functions of shapes, places, matrices and frequencies, with random arguments.

As in derivative_cases.py: a case gives `(f, *arrays)`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tests.frontend.numpy.derivative_cases import Case
from tests.frontend.numpy.drawn import Drawn


def _moved(f: Any) -> Case:
    """A function that moves the elements of a 2 by 3 array, squared so as to tell them apart."""
    return lambda d: (lambda x: f(x) ** 2, d.array((2, 3), kind=d.pick("f", "c")))


PADS: Final = (
    "constant", "edge", "reflect", "symmetric", "wrap", "linear_ramp", "maximum", "minimum", "mean",
    "median",
)  # fmt: skip


def _pad(mode: Any) -> Case:
    return lambda d: (lambda x: np.pad(x, ((1, 2), (0, 2)), mode) ** 2, d.array((2, 3)))


SHAPES: Final[dict[str, Case]] = {
    "reshape": _moved(lambda x: np.reshape(x, (3, 2))),
    "reshape F": _moved(lambda x: np.reshape(x, (3, 2), order="F")),
    "ravel": _moved(np.ravel),
    "transpose": _moved(np.transpose),
    "T": _moved(lambda x: x.T),
    "swapaxes": _moved(lambda x: np.swapaxes(x, 0, 1)),
    "moveaxis": _moved(lambda x: np.moveaxis(x, 0, -1)),
    "rollaxis": _moved(lambda x: np.rollaxis(x, 1)),
    "expand_dims": _moved(lambda x: np.expand_dims(x, (0, 2))),
    "squeeze": _moved(lambda x: np.squeeze(x[None, :, :, None])),
    "atleast_3d": _moved(np.atleast_3d),
    "broadcast_to": _moved(lambda x: np.broadcast_to(x, (2, 2, 3))),
    "broadcast_arrays": _moved(lambda x: np.broadcast_arrays(x, x[:, None])[0]),
    "flip": _moved(np.flip),
    "rot90": _moved(lambda x: np.rot90(x, 3)),
    "roll": _moved(lambda x: np.roll(x, (1, 2), (0, 1))),
    "tile": _moved(lambda x: np.tile(x, (2, 1, 2))),
    "repeat": _moved(lambda x: np.repeat(x, [1, 0, 2], axis=1)),
    "resize": _moved(lambda x: np.resize(x, (3, 3))),
    "concatenate": _moved(lambda x: np.concatenate([x, 2 * x], axis=-1)),
    "stack": _moved(lambda x: np.stack([x, x**2], axis=1)),
    "vstack": _moved(lambda x: np.vstack([x, x[0]])),
    "hstack": _moved(lambda x: np.hstack([x, x])),
    "dstack": _moved(lambda x: np.dstack([x, x * 3])),
    "column_stack": _moved(lambda x: np.column_stack([x, x[:, 0]])),
    "block": _moved(lambda x: np.block([[x, x], [x * 2, x]])),
    "array of rows": _moved(lambda x: np.array([x[1], x[0], x[0] * 2])),
    "array_split": _moved(lambda x: np.array_split(x, 2, axis=1)[0]),
    "split": _moved(lambda x: np.split(x, [1, 2], axis=1)[1]),
    "unstack": _moved(lambda x: np.unstack(x)[1]),
    "append": _moved(lambda x: np.append(x, x[0])),
    "insert": _moved(lambda x: np.insert(x, [1, 1], x[:, :2], axis=1)),
    "delete": _moved(lambda x: np.delete(x, 1, axis=1)),
    "tril": _moved(lambda x: np.tril(x, 1)),
    "triu": _moved(lambda x: np.triu(x)),
    "diag": _moved(lambda x: np.diag(x[0], -1)),
    "diag of": _moved(lambda x: np.diag(x)),
    "diagonal": _moved(lambda x: np.diagonal(x, 1)),
    "diagflat": _moved(lambda x: np.diagflat(x, 1)),
    "trace": _moved(lambda x: np.trace(x, 1)),
    "meshgrid": _moved(lambda x: np.meshgrid(x[0], x[1])[0]),
    "linspace": _moved(lambda x: np.linspace(x[0], x[1], 4)),
    "vander": _moved(lambda x: np.vander(x[0], 3)),
    "full_like": _moved(lambda x: np.full_like(x, x[0, 0])),
    "slice": _moved(lambda x: x[::-1, 0:3:2]),
    "integer": _moved(lambda x: x[1, -1]),
    "integers twice": _moved(lambda x: x[[0, 1, 0], [2, 2, 2]]),
    "mask": _moved(lambda x: x[np.array([[True, False, True], [False, True, True]])]),
    "newaxis": _moved(lambda x: x[:, None, ..., 0]),
    "take": _moved(lambda x: np.take(x, [[0, 0], [5, -1]])),
    "take_along_axis": _moved(lambda x: np.take_along_axis(x, np.array([[0, 0], [2, 1]]), 1)),
    "choose": _moved(lambda x: np.choose([0, 1, 0], [x[0], x[1]])),
    "compress": _moved(lambda x: np.compress([True, False, True], x, axis=1)),
    "extract": _moved(lambda x: np.extract([True, False, True], x)),
    "select": _moved(lambda x: np.select([np.real(x) > 0, np.real(x) < -1], [x**2, x], 3)),
    "piecewise": _moved(lambda x: np.piecewise(x, [x.real > 0], [lambda v: v**2, lambda v: v])),
    "written": _moved(lambda x: _written(x)),
    "added at": _moved(lambda x: _added_at(x)),
    "apply_along_axis": _moved(lambda x: np.apply_along_axis(lambda r: r[::-1] ** 2, 1, x)),
    "sliding_window_view": _moved(
        lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=1).sum(-1)
    ),
    "fill_diagonal": _moved(lambda x: _filled(x)),
    "histogram weights": lambda d: (
        lambda w: np.histogram([0.1, 0.5, 0.9], bins=2, weights=w)[0], d.array((3,)),
    ),
    "bincount weights": lambda d: (lambda w: np.bincount([0, 2, 0], weights=w), d.array((3,))),
    **{f"pad {mode}": _pad(mode) for mode in PADS},
    "pad odd": _moved(lambda x: np.pad(x, 1, "reflect", reflect_type="odd")),
    "pad odd symmetric": _moved(lambda x: np.pad(x, 1, "symmetric", reflect_type="odd")),
    "polyval": lambda d: (np.polyval, d.array((3,)), d.array((2, 2))),
    "polymul": lambda d: (np.polymul, d.array((3,)), d.array((2,))),
    "polyadd": lambda d: (np.polyadd, d.array((3,)), d.array((2,))),
    "polyder": lambda d: (lambda p: np.polyder(p, 1), d.array((4,))),
    "polyint": lambda d: (lambda p: np.polyint(p, 2), d.array((3,))),
    "polyfit": lambda d: (lambda x, y: np.polyfit(x, y, 2), np.cumsum(d.array((5,), 0.3, 0.6)),
                          d.array((5,))),
    "poly": lambda d: (np.poly, d.array((3,))),
}  # fmt: skip


def _written(x: Any) -> Any:
    y = x.copy()
    y[:, 1] = y[:, 0] * 2
    y[0] += y[1]
    y[[0, 1], [2, 2]] = 5.0
    return y


def _added_at(x: Any) -> Any:
    y = np.zeros_like(x)
    np.add.at(y, ([0, 0, 1], [1, 1, 2]), x[:, 0][[0, 1, 1]])
    return y + x


def _filled(x: Any) -> Any:
    y = x.copy()
    np.fill_diagonal(y, 3.0)
    return y


def _pair(f: Any, first: tuple[int, ...], second: tuple[int, ...], kinds: str = "fc") -> Case:
    def case(d: Drawn) -> tuple[Any, ...]:
        kind = d.pick(*kinds)
        return f, d.array(first, kind=kind), d.array(second, kind=kind)

    return case


def _square(f: Any, kinds: str = "fc") -> Case:
    return lambda d: (f, d.matrix(3, 3, kinds))


def _positive(f: Any, kinds: str = "fc") -> Case:
    def whole(x: Any) -> Any:
        return f(x @ np.conj(np.swapaxes(x, -1, -2)) + np.eye(3))

    return lambda d: (whole, d.matrix(3, 3, kinds))


def _norm(d: Drawn) -> tuple[Any, ...]:
    ord: Any = d.pick(None, 1, 2, 3, np.inf, -np.inf, -1, 2.5, 0.5)
    return lambda x: np.linalg.norm(x, ord, axis=-1), d.array((2, 3), 0.3, 2, d.pick("f", "c"))


def _matrix_norm(d: Drawn) -> tuple[Any, ...]:
    ord: Any = d.pick("fro", "nuc", 1, 2, np.inf, -np.inf, -1, -2)
    return lambda x: np.linalg.norm(x, ord, axis=(0, 1)), d.array((2, 3), kind=d.pick("f", "c"))


def _tall(f: Any, kinds: str = "f") -> Case:
    def case(d: Drawn) -> tuple[Any, ...]:
        x = d.array((3, 2), -0.4, 0.4, d.pick(*kinds))
        return f, x + np.array([[2.0, 0], [0, 3], [0.5, 0]])

    return case


MATRICES: Final[dict[str, Case]] = {
    "dot": _pair(np.dot, (2, 3), (3, 2)),
    "dot of vectors": _pair(np.dot, (3,), (3,)),
    "matmul": _pair(np.matmul, (2, 2, 3), (3, 2)),
    "matmul vector": _pair(np.matmul, (2, 3), (3,)),
    "inner": _pair(np.inner, (2, 3), (2, 3)),
    "outer": _pair(np.outer, (2,), (3,)),
    "vdot": _pair(np.vdot, (3,), (3,)),
    "vecdot": _pair(np.vecdot, (2, 3), (3,)),
    "matvec": _pair(np.matvec, (2, 2, 3), (3,)),
    "vecmat": _pair(np.vecmat, (3,), (2, 3, 2)),
    "kron": _pair(np.kron, (2, 2), (1, 3)),
    "tensordot": _pair(lambda x, y: np.tensordot(x, y, ([0], [1])), (2, 3), (3, 2)),
    "einsum": _pair(lambda x, y: np.einsum("ij,jk->ki", x, y), (2, 3), (3, 2)),
    "einsum trace": _pair(lambda x, y: np.einsum("ii,ij->j", x, y), (2, 2), (2, 3)),
    "cross": _pair(np.cross, (2, 3), (3,), "f"),
    "multi_dot": _pair(lambda x, y: np.linalg.multi_dot([x, y, x]), (2, 3), (3, 2)),
    "det": _square(np.linalg.det),
    "slogdet": _square(lambda x: np.linalg.slogdet(x)[1]),
    "inv": _square(np.linalg.inv),
    "matrix_power": _square(lambda x: np.linalg.matrix_power(x, 3)),
    "matrix_power -2": _square(lambda x: np.linalg.matrix_power(x, -2)),
    "solve": lambda d: (np.linalg.solve, d.matrix(3, 3, "f", False), d.array((3, 2))),
    "solve vector": lambda d: (
        np.linalg.solve, d.matrix(3, 3, "c", False), d.array((3,), kind="c"),
    ),
    "cholesky": _positive(np.linalg.cholesky),
    "eigvalsh": _positive(np.linalg.eigvalsh),
    "eigh rebuilt": _positive(lambda x: _rebuilt(*np.linalg.eigh(x))),
    "svdvals": _tall(np.linalg.svdvals, "fc"),
    "svd rebuilt": _tall(lambda x: _from_svd(*np.linalg.svd(x, full_matrices=False))),
    "qr": _tall(lambda x: np.abs(np.linalg.qr(x)[1]) ** 2),
    "pinv": _tall(np.linalg.pinv),
    "lstsq": lambda d: (
        lambda x, y: np.linalg.lstsq(x, y, rcond=None)[0],
        d.matrix(3, 2, "f", False), d.array((3,)),
    ),
    "cond": _tall(np.linalg.cond),
    "norm": _norm,
    "matrix norm": _matrix_norm,
    "vector_norm": lambda d: (
        lambda x: np.linalg.vector_norm(x, axis=(0, 1), ord=3), d.array((2, 3))),
    "tensorinv": lambda d: (
        lambda x: np.linalg.tensorinv(x.reshape(2, 2, 4), 2), d.matrix(4, 4, "f", False)),
    "tensorsolve": lambda d: (
        lambda x, y: np.linalg.tensorsolve(x.reshape(2, 2, 4), y),
        d.matrix(4, 4, "f", False), d.array((2, 2)),
    ),
}  # fmt: skip


def _rebuilt(w: Any, v: Any) -> Any:
    return np.einsum("...ij,...j,...kj->...ik", v, w**2, np.conj(v))


def _from_svd(u: Any, s: Any, vh: Any) -> Any:
    return (u * s**2) @ vh


def _fourier(name: str, kinds: str, several: bool = False) -> Case:
    function = getattr(np.fft, name)

    def case(d: Drawn) -> tuple[Any, ...]:
        norm = d.pick("backward", "ortho", "forward")
        if several:
            s = d.pick(None, (3, 2), (4, 4))
            options: dict[str, Any] = {} if s is None else {"s": s, "axes": (-2, -1)}
        else:
            options = {"n": d.pick(None, 2, 3, 4, 5), "axis": d.pick(-1, 0, 1)}
        return lambda x: function(x, norm=norm, **options), d.array((3, 4), kind=d.pick(*kinds))

    return case


FOURIER: Final[dict[str, Case]] = {
    **{name: _fourier(name, "fc") for name in ("fft", "ifft", "irfft", "hfft")},
    **{name: _fourier(name, "f") for name in ("rfft", "ihfft")},
    **{name: _fourier(name, "fc", True) for name in ("fft2", "ifft2", "fftn", "ifftn", "irfftn")},
    **{name: _fourier(name, "f", True) for name in ("rfft2", "rfftn")},
    "fftshift": lambda d: (lambda x: np.fft.fftshift(x) ** 2, d.array((3, 4))),
    "ifftshift": lambda d: (lambda x: np.fft.ifftshift(x, axes=1) ** 2, d.array((3, 4))),
}
