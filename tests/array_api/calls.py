"""One call or more of every function of the standard, on numpy arrays that any library takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Program = Callable[..., Any]


@dataclass(frozen=True)
class Call:
    """`program(xp, *inputs)`; `data`: its result's shape depends on numbers, or is a Python value."""

    program: Program
    inputs: tuple[np.ndarray, ...]
    data: bool = False


def _floats(*shape: int, seed: int = 0, dtype: str = "float64") -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.2, 0.9, shape).astype(dtype)


def _complexes(*shape: int, dtype: str = "complex128") -> np.ndarray:
    made = _floats(*shape, seed=1) + 1j * _floats(*shape, seed=2)
    return made.astype(dtype)


def _ints(*shape: int, seed: int = 0, dtype: str = "int64") -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 9, shape).astype(dtype)


def _bools(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2, shape).astype(bool)


F, F2, G = _floats(2, 3), _floats(2, 3, seed=5), _floats(4)
F32, C, C64 = _floats(2, 3, dtype="float32"), _complexes(2, 3), _complexes(2, 3, dtype="complex64")
I, I2, I8, U = _ints(2, 3), _ints(2, 3, seed=4), _ints(2, 3, dtype="int8"), _ints(2, 3, dtype="uint16")
U2 = _ints(2, 3, seed=3, dtype="uint16")
B, B2 = _bools(2, 3), _bools(2, 3, seed=1)
M = _floats(2, 3, 3) + 3 * np.eye(3)
M32 = M.astype("float32")
SYMMETRIC = M + np.swapaxes(M, -1, -2)
TALL = _floats(4, 3)
SIGNED = np.array([-2.5, -0.5, -0.0, 0.0, 0.5, 1.5, 2.5, np.inf, -np.inf, np.nan])
TIES = np.array([3, 1, 2, 3, 1, 1, 2, 0])

_REAL = [F, F32]
_FLOATS = [*_REAL, C, C64]
_INTS = [I, I8, U]
_DTYPES = {
    "floating": _FLOATS, "real": _REAL, "numeric": [*_FLOATS, *_INTS], "complex": [C, C64],
    "real numeric": [*_REAL, *_INTS], "bits": [*_INTS, B], "bool": [B], "all": [*_FLOATS, *_INTS, B],
}  # fmt: skip

UNARY = {
    "floating": "acos asin asinh atan atanh cos cosh exp expm1 log log10 log1p log2 reciprocal sin "
    "sinh sqrt tan tanh",
    "numeric": "abs conj isfinite isinf isnan negative positive real round sign square",
    "real": "signbit", "real numeric": "ceil floor trunc", "complex": "imag",
    "bits": "bitwise_invert", "bool": "logical_not",
}  # fmt: skip
BINARY = {
    "floating": "divide", "all": "equal not_equal",
    "numeric": "add multiply pow subtract",
    "real": "atan2 copysign hypot logaddexp nextafter",
    "real numeric": "floor_divide greater greater_equal less less_equal maximum minimum remainder",
    "bits": "bitwise_and bitwise_or bitwise_xor",
    "bool": "logical_and logical_or logical_xor",
}  # fmt: skip


def _method(name: str, *args: Any, **kwargs: Any) -> Program:
    return lambda xp, *xs: getattr(xp, name)(*xs, *args, **kwargs)


def _part(area: str, name: str, **kwargs: Any) -> Program:
    return lambda xp, *xs: getattr(getattr(xp, area), name)(*xs, **kwargs)


CALLS: dict[str, Call] = {}

for _kind, _names in UNARY.items():
    for _name in _names.split():
        for _x in _DTYPES[_kind]:
            CALLS[f"{_name}-{_x.dtype}"] = Call(_method(_name), (_x,))
for _kind, _names in BINARY.items():
    for _name in _names.split():
        for _x in _DTYPES[_kind]:
            _y = _x[::-1].copy()
            CALLS[f"{_name}-{_x.dtype}"] = Call(_method(_name), (_x, _y))
            CALLS[f"{_name}-{_x.dtype}-broadcast"] = Call(_method(_name), (_x, _y[:, :1].copy()))
for _name in "add subtract multiply less maximum remainder".split():
    CALLS[f"{_name}-number"] = Call(lambda xp, x, n=_name: getattr(xp, n)(x, 2), (F32,))
    CALLS[f"{_name}-number-first"] = Call(lambda xp, x, n=_name: getattr(xp, n)(0.5, x), (F32,))
for _name in "bitwise_left_shift bitwise_right_shift".split():
    for _x in _INTS:
        CALLS[f"{_name}-{_x.dtype}"] = Call(_method(_name), (_x, (_x % 3).astype(_x.dtype)))
for _name in "abs ceil floor trunc round sign isfinite isinf isnan signbit square".split():
    CALLS[f"{_name}-special"] = Call(_method(_name), (SIGNED,))
for _name in "max min argmax argmin".split():
    for _x in _DTYPES["real numeric"]:
        CALLS[f"{_name}-{_x.dtype}"] = Call(_method(_name), (_x,))
        CALLS[f"{_name}-{_x.dtype}-axis"] = Call(_method(_name, axis=1, keepdims=True), (_x,))
for _name in "sum prod".split():
    for _x in _DTYPES["numeric"]:
        CALLS[f"{_name}-{_x.dtype}"] = Call(_method(_name), (_x,))
        CALLS[f"{_name}-{_x.dtype}-axis"] = Call(_method(_name, axis=(0, -1)), (_x,))
        CALLS[f"{_name}-{_x.dtype}-keep"] = Call(_method(_name, axis=-1, keepdims=True), (_x,))
        _running = f"cumulative_{_name}"
        CALLS[f"{_running}-{_x.dtype}"] = Call(_method(_running, axis=1), (_x,))
        CALLS[f"{_running}-{_x.dtype}-initial"] = Call(
            _method(_running, axis=-2, include_initial=True), (_x,)
        )
    CALLS[f"{_name}-dtype"] = Call(lambda xp, x, n=_name: getattr(xp, n)(x, dtype=xp.float32), (F,))
for _name in "all any".split():
    for _x in _DTYPES["all"]:
        CALLS[f"{_name}-{_x.dtype}"] = Call(_method(_name), (_x,))
        CALLS[f"{_name}-{_x.dtype}-axis"] = Call(_method(_name, axis=0, keepdims=True), (_x,))
for _x in _FLOATS:
    CALLS[f"mean-{_x.dtype}"] = Call(_method("mean", axis=1), (_x,))
for _name in "std var".split():
    for _x in _REAL:
        CALLS[f"{_name}-{_x.dtype}"] = Call(_method(_name), (_x,))
        CALLS[f"{_name}-{_x.dtype}-axis"] = Call(
            _method(_name, axis=(0, 1), correction=1.5, keepdims=True), (_x,)
        )
for _x in _DTYPES["all"]:
    CALLS |= {
        f"count_nonzero-{_x.dtype}": Call(_method("count_nonzero"), (_x,)),
        f"count_nonzero-{_x.dtype}-axis": Call(_method("count_nonzero", axis=0, keepdims=True), (_x,)),
        f"flip-{_x.dtype}": Call(_method("flip", axis=(0, -1)), (_x,)),
        f"concat-{_x.dtype}": Call(lambda xp, x: xp.concat([x, x], axis=1), (_x,)),
        f"where-{_x.dtype}": Call(lambda xp, c, x, y: xp.where(c, x, y), (B2, _x, _x[::-1].copy())),
        f"getitem-{_x.dtype}": Call(lambda xp, x: x[..., ::-2], (_x,)),
        f"zeros_like-{_x.dtype}": Call(lambda xp, x: xp.zeros_like(x), (_x,)),
        f"astype-{_x.dtype}": Call(lambda xp, x: xp.astype(x, xp.complex64), (_x,)),
    }  # fmt: skip
for _x in _DTYPES["real numeric"]:
    CALLS |= {
        f"sort-{_x.dtype}": Call(_method("sort", axis=0), (_x,)),
        f"sort-{_x.dtype}-descending": Call(_method("sort", descending=True), (_x,)),
        f"clip-{_x.dtype}": Call(lambda xp, x: xp.clip(x, 1, 3), (_x,)),
        f"astype-{_x.dtype}-back": Call(lambda xp, x: xp.astype(x, xp.int16), (_x,)),
    }

CALLS |= {
    # searching, sorting, sets
    "argsort": Call(_method("argsort"), (TIES,)),
    "argsort-descending": Call(_method("argsort", descending=True), (TIES,)),
    "acosh": Call(_method("acosh"), (F + 1,)),
    "searchsorted": Call(_method("searchsorted"), (np.sort(G), F)),
    "searchsorted-right": Call(_method("searchsorted", side="right"), (np.sort(TIES), TIES)),
    "searchsorted-sorter": Call(lambda xp, x, y: xp.searchsorted(x, y, sorter=xp.argsort(x)), (G, F)),
    "nonzero": Call(_method("nonzero"), (TIES * np.array([[0], [1]]),), data=True),
    "unique_all": Call(_method("unique_all"), (TIES.reshape(2, 4),), data=True),
    "unique_counts": Call(_method("unique_counts"), (TIES,), data=True),
    "unique_inverse": Call(_method("unique_inverse"), (TIES.reshape(4, 2),), data=True),
    "unique_values": Call(_method("unique_values"), (SIGNED,), data=True),
    "where-number": Call(lambda xp, c, x: xp.where(c, x, 0), (B, F32)),
    "where-number-first": Call(lambda xp, c, x: xp.where(c, 1.5, x), (B, F32)),
    # manipulation
    "broadcast_arrays": Call(_method("broadcast_arrays"), (F, F[:, :1])),
    "broadcast_to": Call(lambda xp, x: xp.broadcast_to(x, (4, 2, 3)), (F,)),
    "concat-flat": Call(lambda xp, x, y: xp.concat((x, y), axis=None), (F, G)),
    "concat-promotes": Call(lambda xp, x, y: xp.concat([x, y]), (I8, U.astype("uint8"))),
    "expand_dims": Call(lambda xp, x: xp.expand_dims(x, axis=-1), (F,)),
    "moveaxis": Call(lambda xp, x: xp.moveaxis(x, (0, 1), (-1, 0)), (M,)),
    "permute_dims": Call(lambda xp, x: xp.permute_dims(x, (2, 0, 1)), (M,)),
    "repeat": Call(lambda xp, x: xp.repeat(x, 3), (F,)),
    "repeat-axis": Call(lambda xp, x: xp.repeat(x, 2, axis=-1), (F,)),
    "repeat-counts": Call(lambda xp, x, n: xp.repeat(x, n, axis=1), (F, np.array([2, 0, 1])), data=True),
    "reshape": Call(lambda xp, x: xp.reshape(x, (3, -1)), (F,)),
    "reshape-copy": Call(lambda xp, x: xp.reshape(x, (6,), copy=True), (F,)),
    "roll": Call(lambda xp, x: xp.roll(x, 2), (F,)),
    "roll-axes": Call(lambda xp, x: xp.roll(x, (1, -2), axis=(0, 1)), (F,)),
    "squeeze": Call(lambda xp, x: xp.squeeze(x, (0, 2)), (F.reshape(1, 6, 1),)),
    "stack": Call(lambda xp, x, y: xp.stack([x, y], axis=-1), (F, F2)),
    "tile": Call(lambda xp, x: xp.tile(x, (2, 1, 2)), (F,)),
    "unstack": Call(_method("unstack", axis=1), (F,)),
    "tril": Call(_method("tril", k=-1), (M,)),
    "triu": Call(_method("triu", k=1), (M,)),
    "meshgrid": Call(_method("meshgrid"), (G, F[0])),
    "meshgrid-ij": Call(_method("meshgrid", indexing="ij"), (G, F[0], F[1])),
    "diff": Call(_method("diff", n=2), (F,)),
    "diff-ends": Call(lambda xp, x, y: xp.diff(x, prepend=y, append=y), (F, F2)),
    "take": Call(lambda xp, x, i: xp.take(x, i, axis=1), (F, np.array([2, 0, -1]))),
    "take-vector": Call(_method("take"), (G, np.array([3, 3, 0]))),
    "take_along_axis": Call(lambda xp, x: xp.take_along_axis(x, xp.argsort(x)), (F,)),
    "clip-arrays": Call(lambda xp, x, a, b: xp.clip(x, a, b), (F, F2 - 0.2, F2)),
    "clip-none": Call(lambda xp, x: xp.clip(x), (F,)),
    "full_like": Call(lambda xp, x: xp.full_like(x, 3), (F32,)),
    "ones_like": Call(lambda xp, x: xp.ones_like(x, dtype=xp.int8), (F,)),
    "empty_like": Call(lambda xp, x: xp.empty_like(x).shape, (F,), data=True),
    # the array object
    "operators": Call(lambda xp, x, y: -x + y * 2 - x / y + x**2 - 1 // y + x % y, (F, F2)),
    "reflected": Call(lambda xp, x: (1 - x) / (2 / x) * (2**x) + (1 % x) + (1 // x), (F,)),
    "bits": Call(lambda xp, x, y: (x & y) | (~x ^ y) << 1 >> (x & 1), (I, I2)),
    "compare": Call(lambda xp, x, y: ((x < y) ^ (x >= y)) & (x != y), (F, F2)),
    "matmul-operator": Call(lambda xp, x, y: x @ y.mT, (F, F2)),
    "T": Call(lambda xp, x: x.T, (F,)),
    "getitem-mixed": Call(lambda xp, x: x[1, None, ..., 1:], (M,)),
    "getitem-arrays": Call(lambda xp, x, i: x[i, 1], (F, np.array([1, 0, 1]))),
    "getitem-mask": Call(lambda xp, x, m: x[m], (F, B), data=True),
    "getitem-mask-rows": Call(lambda xp, x, m: x[m, ...], (M, np.array([False, True])), data=True),
    "getitem-switch": Call(lambda xp, x: x[x[0, 0] > 0], (F,), data=True),
    # linalg
    "matmul": Call(_method("matmul"), (M, F[0])),
    "matmul-ints": Call(_method("matmul"), (I, I2.T.copy())),
    "matrix_transpose": Call(_method("matrix_transpose"), (M,)),
    "tensordot": Call(_method("tensordot", axes=1), (M, TALL.T.copy())),
    "tensordot-axes": Call(_method("tensordot", axes=((0, 1), (0, 1))), (M, F)),
    "vecdot": Call(_method("vecdot"), (C, C[::-1].copy())),
    "vecdot-axis": Call(_method("vecdot", axis=-2), (F, F2)),
    "cholesky": Call(_part("linalg", "cholesky"), (M @ np.swapaxes(M, -1, -2),)),
    "cholesky-upper": Call(_part("linalg", "cholesky", upper=True), (M @ np.swapaxes(M, -1, -2),)),
    "cross": Call(_part("linalg", "cross"), (F, F2)),
    "cross-axis": Call(_part("linalg", "cross", axis=-2), (M, M[:1])),
    "det": Call(_part("linalg", "det"), (M,)),
    "det-32": Call(_part("linalg", "det"), (M32,)),
    "diagonal": Call(_part("linalg", "diagonal", offset=-1), (M,)),
    "eigh": Call(lambda xp, x: xp.linalg.eigh(x).eigenvalues, (SYMMETRIC,)),
    "eigh-vectors": Call(lambda xp, x: xp.abs(xp.linalg.eigh(x)[1]), (SYMMETRIC,)),
    "eigvalsh": Call(_part("linalg", "eigvalsh"), (SYMMETRIC,)),
    "inv": Call(_part("linalg", "inv"), (M,)),
    "matrix_power": Call(lambda xp, x: xp.linalg.matrix_power(x, 3), (M,)),
    "matrix_power-negative": Call(lambda xp, x: xp.linalg.matrix_power(x, -2), (M,)),
    "matrix_power-zero": Call(lambda xp, x: xp.linalg.matrix_power(x, 0), (M32,)),
    "matrix_rank": Call(_part("linalg", "matrix_rank"), (M,)),
    "matrix_rank-rtol": Call(_part("linalg", "matrix_rank", rtol=0.5), (M,)),
    "outer": Call(_part("linalg", "outer"), (G, F[0])),
    "pinv": Call(_part("linalg", "pinv"), (TALL,)),
    "pinv-rtol": Call(_part("linalg", "pinv", rtol=0.5), (TALL,)),
    "qr": Call(lambda xp, x: xp.abs(xp.linalg.qr(x).R), (TALL,)),
    "qr-complete": Call(lambda xp, x: xp.linalg.qr(x, mode="complete").Q.shape, (TALL,), data=True),
    "slogdet": Call(_part("linalg", "slogdet"), (M,)),
    "solve": Call(_part("linalg", "solve"), (M, F.T.copy())),
    "solve-vector": Call(_part("linalg", "solve"), (M, F[0])),
    "svd": Call(lambda xp, x: xp.linalg.svd(x, full_matrices=False).S, (TALL,)),
    "svd-full": Call(lambda xp, x: xp.abs(xp.linalg.svd(x).U).shape, (TALL,), data=True),
    "svdvals": Call(_part("linalg", "svdvals"), (TALL,)),
    "trace": Call(_part("linalg", "trace", offset=1), (M,)),
    "trace-ints": Call(_part("linalg", "trace"), (I8,)),
    "vector_norm": Call(_part("linalg", "vector_norm"), (F,)),
    "vector_norm-complex": Call(_part("linalg", "vector_norm", axis=1, keepdims=True), (C64,)),
}  # fmt: skip
for _ord in (0, 1, 2, 3.5, -1, float("inf"), -float("inf")):
    CALLS[f"vector_norm-{_ord}"] = Call(_part("linalg", "vector_norm", ord=_ord, axis=-1), (F,))
for _ord in ("fro", "nuc", 1, 2, -1, -2, float("inf"), -float("inf")):
    CALLS[f"matrix_norm-{_ord}"] = Call(_part("linalg", "matrix_norm", ord=_ord), (M32,))
CALLS["matrix_norm-keepdims"] = Call(_part("linalg", "matrix_norm", keepdims=True), (C,))
for _name in "fft ifft hfft irfft fftn ifftn irfftn".split():
    for _x in (C, C64):
        CALLS[f"{_name}-{_x.dtype}"] = Call(_part("fft", _name), (_x,))
        CALLS[f"{_name}-{_x.dtype}-ortho"] = Call(_part("fft", _name, norm="ortho"), (_x,))
for _name in "rfft ihfft rfftn".split():
    for _x in (F, F32):
        CALLS[f"{_name}-{_x.dtype}"] = Call(_part("fft", _name), (_x,))
        CALLS[f"{_name}-{_x.dtype}-forward"] = Call(_part("fft", _name, norm="forward"), (_x,))
CALLS |= {
    "fft-n": Call(_part("fft", "fft", n=5, axis=0), (C,)),
    "fftn-s": Call(_part("fft", "fftn", s=(2, 2), axes=(1, 0)), (C,)),
    "rfft-n": Call(_part("fft", "rfft", n=2), (F,)),
    "fftshift": Call(_part("fft", "fftshift"), (C,)),
    "ifftshift": Call(_part("fft", "ifftshift", axes=1), (C,)),
}
