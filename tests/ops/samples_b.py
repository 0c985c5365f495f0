"""Samples of contractions, linear algebra, Fourier transforms and convolution.

cholesky and eigh are not `smooth` here: their operand is hermitian, so a difference along one
element of one triangle means nothing. Nor is a complex svd, whose vectors have a free phase. Their
derivatives are tested in `tests/ir/ops`.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tests.ops.sample import Sample, edge, smooth

_RNG = np.random.default_rng(23)
_SINGLE = {"f8": "f4", "c16": "c8"}


def _real(*shape: int) -> Any:
    return _RNG.normal(size=shape)


def _complex(*shape: int) -> Any:
    return _real(*shape) + 1j * _real(*shape)


def _single(x: Any) -> Any:
    return x.astype(_SINGLE[x.dtype.str[1:]])


def _special(*shape: int) -> Any:
    x = _real(*shape)
    x.flat[:4] = np.inf, np.nan, -0.0, 0.0
    return x


def _whole(dtype: str, *shape: int) -> Any:
    return _RNG.integers(0, 4, shape).astype(dtype)


# ---- contractions --------------------------------------------------------------------------------

_MATMULS = [
    smooth(_real(2, 3), _real(3, 4)),
    smooth(_complex(2, 3), _complex(3, 2)),
    smooth(_real(2, 1, 3, 2), _real(2, 1, 2, 2)),
    smooth(_real(2, 0), _real(0, 3)),
    smooth(_real(1, 1), _real(1, 1)),
    edge(_real(4, 3)[::-1, ::2], _real(3, 2).T[:, ::-1][:, :2].T),
    edge(_real(0, 3), _real(3, 2)),
    edge(_real(0, 2, 3), _real(0, 3, 2)),
    edge(_single(_real(3, 3)), _single(_real(3, 2))),
    edge(_single(_complex(3, 3)), _single(_complex(3, 2))),
    edge(_special(3, 3), np.ones((3, 2))),
    *(edge(_whole(d, 2, 3), _whole(d, 3, 2)) for d in ("i1", "u1", "i2", "i4", "i8")),
]


def _einsum(lhs: str, rhs: str, out: str, of: Any = _real, make: Any = smooth) -> Sample:
    sizes = dict(zip("abcde", (2, 3, 4, 1, 0), strict=True))
    x, y = (of(*(sizes[c] for c in letters)) for letters in (lhs, rhs))
    sample: Sample = make(x, y, lhs=lhs, rhs=rhs, out=out)
    return sample


_EINSUMS = [
    *(_einsum(*e) for e in (("ab", "bc", "ac"), ("ba", "cb", "ca"), ("abc", "cba", ""))),
    *(_einsum(*e) for e in (("a", "b", "ba"), ("ab", "ab", "ab"), ("cab", "acb", "bc"))),
    *(_einsum(*e) for e in (("ab", "c", ""), ("abd", "bc", "cd"), ("", "ab", "ba"), ("", "", ""))),
    _einsum("ab", "cb", "ac", _complex),
    _einsum("ae", "eb", "ab"),
    _einsum("ae", "b", "eb", make=edge),
    _einsum("abc", "ab", "ca", lambda *s: _single(_real(*s)), edge),
    _einsum("abc", "ab", "ca", lambda *s: _whole("i4", *s), edge),
    _einsum("ab", "ac", "cb", lambda *s: _whole("u1", *s), edge),
]

# ---- linear algebra ------------------------------------------------------------------------------


def _well(n: int, *lead: int, of: Any = _real) -> Any:
    """Matrices far from singular."""
    return of(*lead, n, n) + 3 * np.eye(n)


def _positive(n: int, *lead: int, of: Any = _real) -> Any:
    x = of(*lead, n, n)
    return x @ np.conj(np.swapaxes(x, -1, -2)) + np.eye(n)


_SQUARE = [
    smooth(_well(3)),
    smooth(_well(3, of=_complex)),
    smooth(_well(2, 2)),
    smooth(_well(1)),
    smooth(_well(5)),
    edge(_single(_well(3))),
    edge(_single(_well(3, of=_complex))),
    edge(np.swapaxes(_well(4, 2), -1, -2)),
    edge(np.zeros((0, 3, 3))),
]
_NO_ROWS = edge(np.zeros((2, 0, 0)))
_SINGULAR = [smooth(np.outer([1.0, 2.0, 3.0], [1.0, 0.5, 2.0])), smooth(np.zeros((2, 2)))]
_POSITIVE = [
    edge(_positive(3)),
    edge(_positive(3, of=_complex)),
    edge(_positive(2, 2)),
    edge(_positive(1)),
    edge(np.tril(_positive(3))),
    edge(_single(_positive(3))),
    edge(_single(_positive(3, of=_complex))),
    _NO_ROWS,
]
_SYSTEMS = [
    smooth(_well(3), _real(3, 2)),
    smooth(_well(3, of=_complex), _complex(3, 2)),
    smooth(_well(2, 2, 1), _real(2, 1, 2, 3)),
    smooth(_well(1), _real(1, 1)),
    edge(_single(_well(3)), _single(_real(3, 2))),
    edge(_single(_well(3, of=_complex)), _single(_complex(3, 2))),
    edge(_well(3), _real(3, 0)),
    edge(np.zeros((0, 2, 2)), np.zeros((0, 2, 1))),
]


def _triangular() -> list[Sample]:
    a, b, names = _well(3), _real(3, 2), ("lower", "transpose_a", "unit_diagonal")
    ways = [dict(zip(names, w, strict=True)) for w in itertools.product((True, False), repeat=3)]
    made = [smooth(a, b, **way) for way in ways]
    made += [smooth(_well(3, of=_complex), _complex(3, 2), **way) for way in (ways[0], ways[5])]
    made += [smooth(_well(2, 2), _real(2, 2, 1), **ways[2])]
    return [*made, edge(_single(a), _single(b), **ways[1]), edge(a, _real(3, 0), **ways[0])]


_THIN = [
    *(smooth(_real(*s)) for s in ((3, 3), (4, 2), (2, 4), (2, 3, 2), (1, 1), (3, 1), (1, 3))),
    edge(_single(_real(4, 3))),
    edge(_single(_complex(3, 4))),
    edge(np.zeros((0, 3, 2))),
]

# ---- Fourier transforms --------------------------------------------------------------------------


def _signals(of: Any, half: bool = False) -> list[Sample]:
    def signal(n: int, *lead: int) -> Any:
        return of(*lead, n // 2 + 1 if half else n)

    made = [smooth(signal(n, 2), n=n) for n in (1, 2, 5, 6)]
    made += [smooth(signal(8), n=8), edge(signal(7, 3)[::-1, ::-1], n=7)]
    return [*made, edge(_single(signal(6, 2)), n=6), edge(signal(4, 0), n=4)]


# ---- convolution ---------------------------------------------------------------------------------


def _conv(x: Any, w: Any, make: Any = smooth, **given: Any) -> Sample:
    axes = x.ndim - 2
    plain = {"padding": ((0, 0),), "strides": (1,), "dilation": (1,), "input_dilation": (1,)}
    attrs = {name: value * axes for name, value in plain.items()} | {"groups": 1} | given
    sample: Sample = make(x, w, **attrs)
    return sample


_SQUARE_FACTORS = [
    *(smooth(_real(*s)) for s in ((3, 3), (1, 1), (2, 2, 2))),
    *(edge(_real(*s)) for s in ((4, 2), (2, 4), (2, 3, 2), (3, 1), (1, 3))),
    edge(_single(_complex(3, 4))),
    edge(np.zeros((0, 3, 2))),
]
_GENERAL = [
    *(smooth(f(*s)) for f in (_real, _complex) for s in ((3, 3), (1, 1), (2, 2, 2))),
    edge(_single(_real(3, 3))),
    edge(_single(_complex(3, 3))),
    _NO_ROWS,
]

_CONVS = [
    _conv(_real(2, 2, 5), _real(3, 2, 3)),
    _conv(_real(1, 2, 5, 4), _real(3, 2, 3, 2), padding=((1, 1), (2, 0)), strides=(2, 1)),
    _conv(_real(1, 4, 6), _real(6, 2, 2), groups=2, dilation=(2,)),
    _conv(_real(2, 3, 5), _real(3, 1, 3), groups=3, padding=((1, 1),)),
    _conv(_real(1, 1, 4), _real(2, 1, 3), padding=((2, 2),), input_dilation=(2,)),
    _conv(_real(1, 1, 7), _real(1, 1, 2), padding=((-1, -2),)),
    _conv(_real(1, 2, 3, 3, 3), _real(2, 2, 2, 2, 2)),
    _conv(_complex(1, 2, 4), _complex(2, 2, 3)),
    _conv(_single(_real(2, 2, 6, 6)), _single(_real(3, 2, 3, 3)), edge, padding=((1, 1),) * 2),
    _conv(_real(1, 2, 2), _real(1, 2, 3), edge),
    _conv(_real(0, 2, 4), _real(3, 2, 3), edge),
    _conv(_whole("i4", 1, 2, 5), _whole("i4", 2, 2, 3), edge),
    _conv(_real(2, 2, 8)[:, :, ::-2], _real(3, 2, 3)[::-1], edge),
]

SAMPLES: dict[str, list[Sample]] = {
    "matmul": _MATMULS,
    "einsum": _EINSUMS,
    "cholesky": _POSITIVE,
    "triangular_solve": _triangular(),
    "solve": _SYSTEMS,
    "inv": [*_SQUARE, _NO_ROWS],
    "det": [*_SQUARE, *_SINGULAR, _NO_ROWS],
    "slogdet": [*_SQUARE, edge(np.ones((2, 2))), _NO_ROWS],
    "adjugate": [
        *_SQUARE,
        smooth(_real(5, 4) @ _real(4, 5)),
        edge(np.diag([3.0, 2.0, 0.0, 0.0])),
        edge(np.zeros((2, 3, 3))),
        _NO_ROWS,
    ],
    "qr_complete": _SQUARE_FACTORS,
    "svd_full": _SQUARE_FACTORS,
    "eig": _GENERAL,
    "qr": [*_THIN, smooth(_complex(3, 2)), smooth(_complex(2, 3)), edge(np.zeros((3, 0)))],
    "svd": [*_THIN, edge(_complex(3, 2))],
    "eigh": _POSITIVE,
    "fft": _signals(_complex),
    "ifft": _signals(_complex),
    "rfft": _signals(_real),
    "irfft": _signals(_complex, half=True),
    "conv": _CONVS,
}
