"""Quotients by the gaps between eigenvalues or singular values, in derivatives of their vectors.

Vectors of equal values are any basis of one space, so they have no derivative within it. What would
be divided by a gap of 0 is `undetermined` there: 0 where it is 0, else NaN. In reverse mode that
reads: the derivative is exact where the result does not use how those vectors mix, and NaN where it
does; it is never finite and wrong. Values count as equal when rounding could have parted them: then
their vectors are as arbitrary as those of equal ones.
"""

from __future__ import annotations

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.graph import Operand, literal
from gradloom.ir.ops.matrices import cast, mask
from gradloom.ir.ops.rules import broadcast, broadcast_in_dim, zeros_like
from gradloom.ir.ops.source import number
from gradloom.ir.types import Shape


def noise(values: Operand, shape: Shape) -> Operand:
    """How far rounding may move values [..., n]: n eps of the largest; [..., *shape] of it."""
    size, last, count = o.abs(values), values.type.ndim - 1, values.type.shape[-1]
    whole = (*values.type.shape[:-1], *shape)
    if count == 0:
        return literal(0, size.type.with_shape(whole))
    most = o.max(size, axes=(last,))
    many = o.astype(number(count), dtype=most.type.dtype) if isinstance(count, Dim) else None
    scale = count if many is None else broadcast(many, most.type.shape)
    unit = most * scale * float(np.finfo(most.type.dtype).eps)
    return broadcast_in_dim(unit, whole, tuple(range(last)))


def over_gaps(x: Operand, mixing: Operand, gap: Operand, same: Operand) -> Operand:
    """`x` / `gap` off the diagonal, 0 on it.

    Where two values are the `same`, they leave undetermined what depends on `mixing`.
    """
    loose = o.logical_and(same, mask(x.type, o.not_equal))
    result: Operand = over(x, gap, same) + undetermined_where(loose, mixing)
    return result


def over(x: Operand, divisor: Operand, none: Operand) -> Operand:
    """`x` / `divisor`, and 0 where `none` holds."""
    safe = o.where(none, zeros_like(divisor) + 1, divisor)
    inverse = o.where(none, zeros_like(divisor), 1 / safe)
    result: Operand = x * cast(inverse, x.type.dtype)
    return result


def undetermined_where(condition: Operand, x: Operand) -> Operand:
    """0, and where the condition holds the tangent of what has no derivative."""
    result: Operand = o.where(condition, o.undetermined(x), zeros_like(x))
    return result
