"""Samples of reductions, movement of elements, indexing and sorting."""

from __future__ import annotations

import numpy as np

from gradloom.ir.constants import Constant
from tests.ops.sample import Sample, edge, smooth

F8, I8 = np.dtype("f8"), np.dtype("i8")
_RNG = np.random.default_rng(11)
_X = _RNG.permutation(24).reshape(2, 3, 4) / 8.0 - 1.4  # all different: no ties, no zeros
_C = _X + 1j * _X[::-1]
_N = _RNG.integers(-4, 5, (2, 3, 4))
_SPECIAL = np.array([[1.0, np.nan, 3.0], [-0.0, 0.0, -np.inf], [np.inf, 2.0, 2.0]])
_REVERSED = _X[::-1, :, ::-2]


def _reductions(kinds: str, empty: bool) -> list[Sample]:
    axes = [(), (0,), (1,), (0, 2), (0, 1, 2)]
    made = [smooth(_X, axes=a) for a in axes] if "f" in kinds else []
    if "c" in kinds:
        made += [smooth(_C, axes=a) for a in axes[1:4]]
    if "f" in kinds:
        made += [smooth(_REVERSED, axes=(0, 2)), smooth(np.float64(1.5), axes=())]
        made += [edge(_SPECIAL, axes=(1,)), edge(_X.astype("f4"), axes=(1,))]
        made += [edge(_X[:1, :, :1], axes=(0, 2)), edge(_X.astype("f2"), axes=(2,))]
    if "i" in kinds:
        made += [edge(_N.astype(d), axes=(0, 2)) for d in ("i1", "u1", "i4", "i8")]
    if "b" in kinds:
        made += [edge(_N > 0, axes=a) for a in axes] + [edge(np.True_, axes=())]
        made += [edge(_N[:, :0] > 0, axes=(0,))]
    dtype = "f8" if "f" in kinds else "bool"
    made += [edge(np.zeros((0, 3), dtype), axes=(1,)), edge(np.zeros((2, 0), dtype), axes=(0,))]
    if empty:
        made += [
            edge(np.zeros((0, 3), dtype), axes=(0,)),
            edge(np.zeros((2, 0), dtype), axes=(0, 1)),
        ]
    return made


_ZEROS = np.array([[2.0, 0.0, 3.0, 1.5], [0.0, -1.0, 0.0, 2.0], [1.0, 0.5, 2.0, -3.0]])
_PRODUCTS = [smooth(_ZEROS, axes=a) for a in ((0,), (1,), (0, 1))]


def _positions() -> list[Sample]:
    made = [edge(_X, axis=a) for a in range(3)]
    made += [edge(_SPECIAL, axis=1), edge(np.array([[2, 5, 5, 2], [1, 1, 1, 1]]), axis=1)]
    made += [edge(_N.astype(d), axis=2) for d in ("i1", "u1", "i4")]
    return [*made, edge(_N > 0, axis=1), edge(_REVERSED, axis=2), edge(_X[:0], axis=1)]


def _scans() -> list[Sample]:
    made = [smooth(_X[0], axis=a, reverse=r) for a in (0, 1) for r in (False, True)]
    made += [smooth(_ZEROS, axis=1), smooth(_ZEROS, axis=1, reverse=True), smooth(_C[0], axis=1)]
    made += [smooth(_X[0, :1], axis=0), edge(_REVERSED, axis=2, reverse=True)]
    made += [edge(_N.astype(d), axis=1) for d in ("i1", "u1", "i4", "i8")]
    made += [edge(np.zeros((2, 0)), axis=1, reverse=True), edge(np.zeros((0, 2)), axis=1)]
    return [*made, edge(_SPECIAL, axis=1), edge(_X.astype("f4"), axis=0)]


_RESHAPES = [
    *(
        smooth(_X, shape=s)
        for s in ((24,), (2, 12), (6, 4), (2, 3, 2, 2), (1, 2, 3, 1, 4), (4, 3, 2))
    ),
    smooth(_C, shape=(3, 8)),
    smooth(np.float64(2.0), shape=(1, 1)),
    smooth(_X[:1, :1, 0], shape=()),
    edge(_REVERSED, shape=(12,)),
    edge(_N[:0], shape=(4, 0, 7)),
    edge(np.zeros((0,), "f4"), shape=(3, 0)),
    edge(_N > 0, shape=(24,)),
]
_PERMS = [
    *(smooth(_X, perm=p) for p in ((0, 1, 2), (2, 0, 1), (1, 0, 2), (2, 1, 0))),
    smooth(_C, perm=(1, 2, 0)),
    smooth(np.float64(2.0), perm=()),
    edge(_REVERSED, perm=(2, 0, 1)),
    edge(_N[:0], perm=(2, 0, 1)),
]
_BROADCASTS = [
    smooth(_X[0], shape=(2, 3, 4)),
    smooth(_X[:, :1], shape=(2, 3, 4)),
    smooth(_X[0, :1], shape=(2, 5, 3, 4)),
    smooth(np.float64(2.0), shape=(3,)),
    smooth(np.float64(2.0), shape=()),
    smooth(_C[:1], shape=(2, 3, 4)),
    edge(_X[:1], shape=(0, 3, 4)),
    edge(_X[:1], shape=(1, 3, 4)),
    edge(_REVERSED[:, :, None], shape=(2, 3, 2, 2)),
    edge(_N[:0], shape=(2, 0, 3, 4)),
]
_JOINS = [
    smooth(_X, _X[:, ::-1], axis=0),
    smooth(_X, _X[:, :1], _X[:, 1:], axis=1),
    smooth(_X, axis=2),
    smooth(_C, _C[..., :2], axis=2),
    edge(_X, _X[:, :, :0], axis=2),
    edge(_N[:0], _N[:0], axis=0),
    edge(_N, _N[::-1], axis=0),
    edge(_REVERSED, _REVERSED[::-1], axis=2),
]


def _pad(
    low: tuple[int, ...], high: tuple[int, ...], interior: tuple[int, ...]
) -> dict[str, object]:
    return {"low": low, "high": high, "interior": interior}


_VALUE = {1: (np.float64(-2.0),)}
_PADS = [
    smooth(_X[0], np.float64(7.0), **_pad((1, 0), (0, 2), (0, 0)), batches=_VALUE),
    smooth(_X[0], np.float64(7.0), **_pad((-1, 2), (0, -3), (2, 1)), batches=_VALUE),
    smooth(_X[0], np.float64(7.0), **_pad((-2, -1), (-1, -2), (0, 0)), batches=_VALUE),
    smooth(_X[0], np.float64(7.0), **_pad((0, 0), (0, 0), (0, 0)), batches=_VALUE),
    smooth(_C[0], np.complex128(1 + 2j), **_pad((1, -1), (-1, 2), (1, 0))),
    smooth(np.float64(3.0), np.float64(7.0), **_pad((), (), ()), batches=_VALUE),
    edge(_X[0, :0], np.float64(7.0), **_pad((2, 0), (1, 1), (3, 0)), batches=_VALUE),
    edge(_X[0], np.float64(np.nan), **_pad((1, 0), (0, 1), (0, 2))),
    edge(np.full((2, 2), np.inf), np.float64(0.0), **_pad((1, 0), (0, 1), (0, 2)), batches=_VALUE),
    edge(_N[0], np.int64(-9), **_pad((5, -4), (-7, 0), (1, 0))),
    edge(_N[0] > 0, np.True_, **_pad((1, 1), (1, 1), (1, 0))),
]
_SLICES = [
    smooth(_X, start=(0, 1, 1), stop=(2, 3, 4), step=(1, 1, 2)),
    smooth(_X, start=(0, 0, 0), stop=(2, 3, 4), step=(1, 2, 3)),
    smooth(_X, start=(0, 0, 0), stop=(2, 3, 4), step=(1, 1, 1)),
    smooth(_X, start=(1, 2, 3), stop=(2, 3, 4), step=(5, 1, 1)),
    smooth(_C, start=(0, 1, 0), stop=(1, 3, 3), step=(1, 1, 2)),
    smooth(np.float64(2.0), start=(), stop=(), step=()),
    smooth(_X, start=(1, 0, 2), stop=(1, 3, 2), step=(1, 1, 2)),
    edge(_N[:0], start=(0, 1, 4), stop=(0, 3, 4), step=(1, 1, 2)),
    edge(_REVERSED, start=(0, 1, 0), stop=(2, 3, 2), step=(1, 2, 2)),
]
_FLIPS = [
    *(smooth(_X, axes=a) for a in ((), (1,), (0, 2), (0, 1, 2))),
    smooth(_C, axes=(2,)),
    smooth(np.float64(2.0), axes=()),
    edge(_REVERSED, axes=(0,)),
    edge(_N[:0], axes=(0, 1)),
]
_I, _J = np.array([[0, 2], [1, 1], [2, 0]]), np.array([[3, 0], [2, 2], [1, 1]])
_GATHERS = [
    smooth(_X, _I, axes=(1,)),
    smooth(_X, _I, _J, axes=(1, 2)),
    smooth(_X, _J, _I, axes=(2, 1)),
    smooth(_X, _I % 2, _I, _J, axes=(0, 1, 2)),
    smooth(_X, np.int64(2), axes=(1,), batches={1: (np.int64(0),)}),
    smooth(
        _X, np.int64(1), np.int64(3), axes=(0, 2), batches={1: (np.int64(0),), 2: (np.int64(1),)}
    ),
    smooth(_C, np.array([1, 0, 1]), axes=(0,)),
    edge(_X, np.zeros((0,), I8), axes=(1,)),
    edge(_N, np.array([2, 1, 0, 0], "u1"), axes=(1,)),
    edge(_X[:, :, :0], np.array([1, 0], "i4"), axes=(0,)),
    edge(_REVERSED, _I, axes=(1,)),
]
_TWICE = np.array([2, 0, 2, 1])  # meets at 2
_U = _RNG.permutation(32).reshape(4, 2, 4) / 7.0 - 2.03  # never equal to an element of _X
_ONCE = np.array([2, 0])


def _scatters() -> list[Sample]:
    made = []
    for mode in ("set", "add", "multiply", "max", "min"):
        where = _ONCE if mode == "set" else _TWICE
        n = len(where)
        made += [
            smooth(_X, _U[:n], where, axes=(1,), mode=mode),
            smooth(_X, _U[0, :, :n].T[:, :], where, where, axes=(1, 2), mode=mode),
            smooth(
                _X,
                _U[0],
                np.int64(1),
                axes=(1,),
                mode=mode,
                batches={2: (np.int64(2),)},
            ),
            edge(_X, _U[:0], np.zeros((0,), I8), axes=(1,), mode=mode),
            edge(
                _N, _N[0, 0, :2, None, None] + np.zeros((2, 2, 4), I8), _ONCE, axes=(1,), mode=mode
            ),
            edge(_REVERSED, _U[:n, :, :2], where, axes=(1,), mode=mode),
            edge(_X[:0], _U[:n, :0], where, axes=(1,), mode=mode),
        ]
    made += [
        smooth(_X, _U[:2, :, 0], _ONCE, _ONCE[::-1], axes=(2, 1), mode=m) for m in ("set", "add")
    ]
    made += [smooth(_C, _C[:, :2].swapaxes(0, 1), _ONCE, axes=(1,), mode=m) for m in ("set", "add")]
    made += [edge(_N > 0, _N[:, :2].swapaxes(0, 1) > 1, _ONCE, axes=(1,), mode="set")]
    return made


_STARTS = (np.int64(-3), np.int64(1), np.int64(9))
_MOVED = {1: (np.int64(1),), 2: (np.int64(0),), 3: (np.int64(1), np.int64(2))}
_UPDATED = {2: (np.int64(1),), 3: (np.int64(0),), 4: (np.int64(1), np.int64(2))}
_WINDOWS = [
    *(
        smooth(_X, *_STARTS, sizes=s, batches=_MOVED)
        for s in ((1, 2, 2), (2, 3, 4), (2, 1, 4), (1, 3, 4))
    ),
    smooth(_C, *_STARTS, sizes=(1, 2, 3), batches=_MOVED),
    smooth(np.float64(2.0), sizes=()),
    edge(_X, *_STARTS, sizes=(1, 0, 2), batches=_MOVED),
    edge(_REVERSED, *_STARTS, sizes=(1, 2, 1), batches=_MOVED),
    edge(_N[:0], *_STARTS, sizes=(0, 2, 2), batches=_MOVED),
]
_UPDATES = [
    smooth(_X, _U[:1, :, :2], *_STARTS, batches=_UPDATED),
    smooth(_X, _X[::-1], *_STARTS, batches=_UPDATED),
    smooth(_X, _U[:2, :1], *_STARTS, batches=_UPDATED),
    smooth(_C, _C[:1, :2, :3] * 2, *_STARTS, batches=_UPDATED),
    smooth(np.float64(2.0), np.float64(3.0), batches={1: (np.float64(4.0),)}),
    edge(_X, _U[:1, :0], *_STARTS, batches=_UPDATED),
    edge(_REVERSED, _U[:1, :, :1], *_STARTS, batches=_UPDATED),
    edge(_N, _N[1:, 1:, 1:], *_STARTS, batches=_UPDATED),
]


def _sorts(differentiable: bool) -> list[Sample]:
    make = smooth if differentiable else edge
    made = [make(_X, axis=a) for a in range(3)]
    made += [edge(_SPECIAL, axis=1), edge(_REVERSED, axis=2), edge(_X.astype("f4"), axis=1)]
    made += [edge(_N.astype(d), axis=2) for d in ("i1", "u1", "i4")] + [edge(_N > 0, axis=1)]
    return [*made, edge(_X[:0], axis=0), edge(_X[:1], axis=0), edge(_X[:, :0], axis=2)]


SAMPLES: dict[str, list[Sample]] = {
    "sum": _reductions("ifc", empty=True),
    "prod": _reductions("ifc", empty=True) + _PRODUCTS,
    "max": _reductions("ifb", empty=False),
    "min": _reductions("ifb", empty=False),
    "any": _reductions("b", empty=True),
    "all": _reductions("b", empty=True),
    "argmax": _positions(),
    "argmin": _positions(),
    "cumulative_sum": _scans(),
    "cumulative_prod": _scans(),
    "reshape": _RESHAPES,
    "permute_dims": _PERMS,
    "broadcast_to": _BROADCASTS,
    "concatenate": _JOINS,
    "pad": _PADS,
    "slice": _SLICES,
    "flip": _FLIPS,
    "constant": [
        edge(value=Constant(np.asarray(c))) for c in (_X, _SPECIAL, _N, _C, 2.0, _X[:0], _N > 0)
    ],
    "iota": [
        *(edge(dtype=np.dtype(d), shape=(2, 3), axis=1) for d in ("i8", "u1", "f4", "c16")),
        edge(dtype=I8, shape=(3,), axis=0),
        edge(dtype=F8, shape=(4, 0, 1), axis=0),
        edge(dtype=F8, shape=(4, 0, 1), axis=1),
    ],
    "dim": [edge(size=0), edge(size=7)],
    "nonzero": [edge([True, False, True], size=2), edge(np.zeros(4, bool), size=0)],
    "gather": _GATHERS,
    "scatter": _scatters(),
    "dynamic_slice": _WINDOWS,
    "dynamic_update_slice": _UPDATES,
    "sort": _sorts(True),
    "argsort": _sorts(False),
}
