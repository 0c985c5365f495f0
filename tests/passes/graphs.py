"""Graphs and comparisons for the tests of passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.ir import build
from gradloom.ir.graph import Graph
from gradloom.ir.interpret import interpret
from gradloom.ir.types import TensorType, parse_type

SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 2.5, -3.0, 1e-310, 1e300)


def graph(f: Callable[..., Any], *specs: str) -> Graph:
    """The graph of `f` on values of these types."""
    return build.graph_of(
        f, [parse_type(spec) for spec in specs], [f"x{i}" for i in range(len(specs))]
    )


def ops_of(g: Graph) -> list[str]:
    """The names of the ops, in order."""
    return [node.op.name for node in g]


def arrays_for(g: Graph, seed: int = 0, special: bool = True) -> list[np.ndarray]:
    """One array per parameter, among them nan, the infinities and -0.0 where the dtype has them."""
    rng = np.random.default_rng(seed)
    return [_array(rng, p.type, special) for p in g.parameters]


def _array(rng: np.random.Generator, type: TensorType, special: bool) -> np.ndarray:
    shape: Any = type.shape
    if type.dtype.kind in "iu":
        return rng.integers(-5 if type.dtype.kind == "i" else 0, 6, shape).astype(type.dtype)
    if type.dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    parts = []
    for _ in range(2 if type.dtype.kind == "c" else 1):
        part = np.asarray(rng.normal(size=shape))
        strange = rng.choice(SPECIAL, size=shape)
        parts.append(np.where(rng.random(shape) < 0.5, strange, part) if special else part)
    if type.dtype.kind == "f":
        with np.errstate(over="ignore"):
            return parts[0].astype(type.dtype)
    out = np.empty(shape, type.dtype)
    with np.errstate(over="ignore"):
        out.real, out.imag = parts
    return out


def same_bits(a: Any, b: Any) -> bool:
    """Equal dtype, shape and value, with nan equal to nan and 0.0 different from -0.0."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind == "c":
        return same_bits(a.real, b.real) and same_bits(a.imag, b.imag)
    if a.dtype.kind != "f":
        return bool(np.array_equal(a, b))
    nan = np.isnan(a)
    return bool(
        np.array_equal(a, b, equal_nan=True)
        and np.array_equal(np.signbit(a[~nan]), np.signbit(b[~nan]))
    )


def assert_same_meaning(
    before: Graph, after: Graph, arrays: Sequence[np.ndarray] | None = None
) -> None:
    """Both graphs give the same bits on these arrays (nan, inf and -0.0 among them by default)."""
    given = arrays_for(before) if arrays is None else arrays
    for a, b in zip(interpret(before, given), interpret(after, given), strict=True):
        assert same_bits(a, b), f"{a!r} and {b!r}\n{before}\n{after}"


def assert_close(expected: Sequence[Any], found: Sequence[Any]) -> None:
    """Equal dtypes and shapes, and numbers within 1e-10 (1e-4 where they have 32 bits or fewer)."""
    for a, b in zip(map(np.asarray, expected), map(np.asarray, found), strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        tolerance = 1e-4 if a.dtype.itemsize <= (8 if a.dtype.kind == "c" else 4) else 1e-10
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
