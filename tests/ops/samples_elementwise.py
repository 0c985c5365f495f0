"""Samples of the elementwise ops: a smooth range, edges of the domain, every kind of dtype."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.op import Op
from gradloom.ir.ops import special
from tests.ops.sample import Sample, edge, smooth

EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-300, np.inf, -np.inf, np.nan)
"""Each, and each pair, is an operand in f64; infinite and NaN results are compared too."""

# Where the real function is smooth and well conditioned; everywhere else: (-1.9, 1.7).
_RANGES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("sqrt", "log", "log2", "log10", "reciprocal", "cbrt", "hypot"), (0.3, 2.9)),
    **dict.fromkeys(("asin", "acos", "atanh", "erfinv"), (-0.85, 0.9)),
    **dict.fromkeys(("divide", "atan2", "remainder", "fmod", "floor_divide"), (0.3, 2.9)),
    "log1p": (-0.7, 2.0),
    "acosh": (1.2, 3.0),
    "power": (0.3, 2.5),
}
_KINDS: dict[str, str] = {
    **dict.fromkeys(("floor", "ceil", "trunc", "round", "cbrt", "erf", "erfinv"), "f"),
    **dict.fromkeys(("atan2", "hypot", "logaddexp", "copysign", "nextafter"), "f"),
    **dict.fromkeys(("negative", "conj", "sign", "square", "add", "subtract", "multiply"), "ifc"),
    **dict.fromkeys(("floor_divide", "remainder", "fmod"), "uif"),
    **dict.fromkeys(("maximum", "minimum"), "buif"),
    **dict.fromkeys(("logical_not", "logical_and", "logical_or", "logical_xor"), "b"),
    **dict.fromkeys(("bitwise_invert", "bitwise_and", "bitwise_or", "bitwise_xor"), "bui"),
    **dict.fromkeys(("left_shift", "right_shift"), "ui"),
    "abs": "bifc",
    "reciprocal": "ifc",
    "power": "ifc",
}
_COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
_STEPS = {
    "floor",
    "ceil",
    "trunc",
    "round",
    "nextafter",
    "floor_divide",
    "isnan",
    "isinf",
    "isfinite",
    "undetermined",
    "stop_gradient",
}
_OTHERS = {"where", "astype", "bitcast", "complex", "real", "imag"}
_SPECIAL = {op.name for op in vars(special).values() if isinstance(op, Op)}
"""They have samples of their own."""


def _reals(name: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    low, high = _RANGES.get(name, (-1.9, 1.7))
    return np.random.default_rng(seed).uniform(low, high, shape)


def _complexes(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Off every branch cut: real and imaginary part both positive and below 1."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.2, 0.9, shape) + 1j * rng.uniform(0.2, 0.9, shape)


def _integers(name: str, dtype: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    low = 1 if np.dtype(dtype).kind == "u" or name in ("power", "left_shift", "right_shift") else -6
    drawn = np.random.default_rng(seed).integers(low, 6, shape)
    return np.where(drawn == 0, 3, drawn).astype(dtype)


def _float_samples(name: str, arity: int) -> list[Sample]:
    def draw(*shape: int) -> list[np.ndarray]:
        return [_reals(name, shape, seed) for seed in range(arity)]

    make = edge if name in _STEPS or name in _COMPARISONS else smooth
    pairs = np.array(list(product(EDGES, repeat=arity))).T
    return [
        make(*draw(3)),
        make(*draw()),
        make(*(np.flip(x) for x in draw(2, 3))),
        edge(*draw(0)),
        edge(*draw(2, 0)),
        edge(*draw(1, 1)),
        edge(*(x.astype("f4") for x in draw(2, 3))),
        edge(*(x.astype("f2") for x in draw(4))),
        edge(*pairs),
    ]


def _kind_samples(name: str, kind: str, arity: int) -> list[Sample]:
    seeds = range(arity)
    if kind == "f":
        return _float_samples(name, arity)
    if kind == "c":
        make = edge if name in (*_COMPARISONS, *_STEPS) else smooth
        drawn = [_complexes((2, 2), seed) for seed in seeds]
        return [make(*drawn), edge(*(x.astype("c8") for x in drawn)), edge(*(x[:0] for x in drawn))]
    if kind == "b":
        bits = np.array(list(product((False, True), repeat=arity))).T
        return [edge(*bits), edge(*(x[0] for x in bits)), edge(*(x[:0] for x in bits))]
    dtypes = ("u1", "u4") if kind == "u" else ("i1", "i4", "i8")
    return [
        edge(*(_integers(name, d, shape, s) for s in seeds)) for d in dtypes for shape in ((5,), ())
    ]


def _plain() -> dict[str, list[Sample]]:
    found = {}
    for op in o.builtin_ops().values():
        if op.elementwise and op.name not in _OTHERS | _SPECIAL:
            kinds = "buifc" if op.name in _COMPARISONS else _KINDS.get(op.name, "fc")
            found[op.name] = [s for kind in kinds for s in _kind_samples(op.name, kind, op.arity)]
    return found


_C = _complexes((2, 3), 5)
_X, _Y = _reals("", (2, 3), 6), _reals("", (2, 3), 7)
_MASK = np.array([[True, False, True], [False, False, True]])


def _casts() -> list[Sample]:
    """Between every two kinds, with values that both can hold."""
    numbers = np.array([[0, 1, 2], [3, 0, 7]])
    names = ("bool", "u1", "i4", "i8", "f2", "f4", "f8", "c8", "c16")
    made: list[Sample] = [
        edge(numbers.astype(a), dtype=np.dtype(b)) for a, b in product(names, repeat=2)
    ]
    made += [edge(np.array([1.7, -1.7, -0.0]), dtype=np.dtype(d)) for d in ("i8", "f4", "bool")]
    made += [smooth(_X, dtype=np.dtype("c16")), smooth(_C, dtype=np.dtype("f8"))]
    return [*made, edge(_X[:0], dtype=np.dtype("f4")), edge(_X[0, 0], dtype=np.dtype("i8"))]


def _bits() -> list[Sample]:
    """Floats as integers of their width, and back."""
    made = []
    for width in (2, 4, 8):
        real, whole = _X.astype(f"f{width}"), np.dtype(f"i{width}")
        made += [edge(real, dtype=whole), edge(real.view(whole), dtype=real.dtype)]
        made += [edge(real, dtype=np.dtype(f"u{width}")), edge(real[0, 0], dtype=whole)]
    return [*made, edge(_X[:0], dtype=np.dtype("i8")), edge(_X.T, dtype=np.dtype("u8"))]


def _parts(name: str) -> list[Sample]:
    whole: list[Any] = [_C, _C[0, 0], _C[:, ::-1]]
    return [*map(smooth, whole), edge(_C.astype("c8")), edge(_C[:0])]


SAMPLES: dict[str, list[Sample]] = {
    **_plain(),
    "where": [
        smooth(_MASK, _X, _Y),
        smooth(_MASK, _C, _C[::-1]),
        edge(_MASK[0, 0], np.int32(1), np.int32(2)),
        edge(_MASK[:0], _X[:0], _Y[:0]),
        edge(_MASK, np.full((2, 3), np.nan), _Y),
        edge(_MASK, ~_MASK, _MASK),
    ],
    "astype": _casts(),
    "bitcast": _bits(),
    "complex": [
        smooth(_X, _Y),
        smooth(_X[0, 0], _Y[0, 0]),
        edge(_X.astype("f4"), _Y.astype("f4")),
        edge(_X[:0], _Y[:0]),
        edge(np.array([np.inf, -0.0, np.nan]), np.array([np.nan, -0.0, -np.inf])),
    ],
    "real": _parts("real"),
    "imag": _parts("imag"),
}
