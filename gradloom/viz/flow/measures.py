"""What is measured of a cotangent, as ops: so it is computed where the gradients are, and six
numbers leave that place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Operand
from gradloom.ir.ops.rules import broadcast, full
from gradloom.ir.types import TensorType

MEASURES: Final = ("norm", "largest", "zeros", "dead", "nans", "infinities")
"""What `measured` gives of a cotangent, in this order."""
_F32: Final = np.dtype(np.float32)
_F64: Final = np.dtype(np.float64)


def measured(cotangent: Operand, has_examples: bool) -> list[Operand]:
    """The cotangent's length (the root of the sum of its squares), its largest magnitude, the share
    of its numbers that are zero, the share of its units that get nothing from any example, and how
    many NaNs and infinities it holds; each an f64.

    A unit is a place along all axes but that of the examples, a number where there is no such axis.
    """
    size = _magnitudes(cotangent)
    by_unit = o.max(size, axes=(0,)) if has_examples else size
    return [
        length(size),
        _wide(o.max(by_unit, axes=_all(by_unit))),
        _share(size),
        _share(by_unit),
        _count(o.isnan(size)),
        _count(o.isinf(size)),
    ]


def length(size: Operand) -> Operand:
    """The root of the sum of squares: of numbers scaled by the largest, so that neither 1e-30 nor
    1e30 leaves the range of f32 when squared (Blue: "A Portable Fortran Program to Find the
    Euclidean Norm of a Vector", 1978).
    """
    size = _magnitudes(size)
    top = o.max(size, axes=_all(size))
    usable = o.logical_and(o.isfinite(top), o.greater(top, full(top.type, 0)))
    scale = o.where(usable, top, full(top.type, 1))
    scaled = o.divide(size, broadcast(scale, size.type.shape))
    squares = o.sum(o.square(scaled), axes=_all(size))
    result: Operand = o.multiply(_wide(o.sqrt(squares)), _wide(scale))
    return result


def stacked(numbers: Sequence[Operand]) -> Operand:
    """The scalars as a vector; of none an empty one."""
    if not numbers:
        return full(TensorType(_F64, (0,)), 0)
    lines = [_as_line(x) for x in numbers]
    result: Operand = lines[0] if len(lines) == 1 else o.concatenate(*lines, axis=0)
    return result


def _as_line(x: Operand) -> Operand:
    return broadcast(x, (1,))


def _magnitudes(x: Operand) -> Operand:
    """The magnitudes, in f32 where the numbers are of fewer bits."""
    size: Operand = o.abs(x)
    return o.astype(size, dtype=_F32) if size.type.dtype.itemsize < 4 else size


def _wide(x: Operand) -> Operand:
    return x if x.type.dtype == _F64 else o.astype(x, dtype=_F64)


def _all(x: Operand) -> tuple[int, ...]:
    return tuple(range(x.type.ndim))


def _count(marks: Operand) -> Operand:
    result: Operand = o.sum(o.astype(marks, dtype=_F64), axes=_all(marks))
    return result


def _share(size: Operand) -> Operand:
    """The share of zeros."""
    count = _count(o.equal(size, full(size.type, 0)))
    total = float(np.prod([int(d) for d in size.type.shape if isinstance(d, int)]))
    result: Operand = o.divide(count, full(count.type, total))
    return result
