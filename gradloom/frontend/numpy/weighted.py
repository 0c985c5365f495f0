"""Quantiles of weighted elements: the inverse of their cumulative distribution."""

from __future__ import annotations

import numpy as np

from gradloom.frontend.numpy.axes import choose, fill, part, permuted, reshaped
from gradloom.frontend.numpy.lexical import take_along
from gradloom.frontend.numpy.lift import cast
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir import ops as o
from gradloom.ir.graph import Operand
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import size_of

_FLOAT = np.dtype(np.float64)
_INT = np.dtype(np.int64)


def weighted(
    name: str, x: Operand, weights: Operand, q: Tracer, skips: bool
) -> tuple[Operand, Operand]:
    """The elements of the last axis in order, and per q the first whose share reaches it.

    `skips`: NaN weighs nothing. The axes of q come first.
    """
    axis = x.type.ndim - 1
    if skips and x.type.dtype.kind == "f":
        weights = choose(name, o.isnan(x), fill(0, weights.type.dtype), weights)
    places = o.argsort(x, axis=axis)
    ordered, shares = (take_along(v, places, axis) for v in (x, weights))
    share = o.cumulative_sum(cast(shares, _FLOAT), axis=axis)
    size = share.type.shape[axis]
    whole = part(share, axis, size - 1, size)
    share = o.divide(share, broadcast(whole, share.type.shape))
    share = cast(share, q.dtype) if q.dtype.kind == "f" else share
    return ordered, _first_reaching(ordered, share, q, axis)


def _first_reaching(ordered: Operand, share: Operand, q: Tracer, axis: int) -> Operand:
    """The element at the first place whose share is at least q; of q = 0 the first that weighs."""
    lead, rest = q.shape, ordered.type.shape[:-1]
    count, size = size_of(lead), ordered.type.shape[axis]
    shape = (count, *rest, size)
    asked = reshaped(q.here(require_trace()), (count, *(1,) * len(rest), 1))
    level = broadcast(cast(asked, share.type.dtype), shape)
    shares = broadcast(reshaped(share, (1, *share.type.shape)), shape)
    short = o.logical_or(o.less(shares, level), o.equal(shares, fill(0, share.type.dtype, shape)))
    reached = o.sum(cast(short, _INT), axes=(len(shape) - 1,))
    last = fill(size - 1, _INT) if isinstance(size, int) else o.dim(size=size - 1)
    place = o.minimum(reached, broadcast(last, reached.type.shape))
    moved = permuted(place, (*range(1, len(rest) + 1), 0))
    taken = take_along(ordered, moved, axis)
    return reshaped(permuted(taken, (axis, *range(axis))), (*lead, *rest))
