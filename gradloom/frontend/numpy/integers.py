"""Integers: gcd, lcm, the number of bits; bits packed into bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import integer
from gradloom.frontend.numpy.lift import Array, as_array, broadcast_operands
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import refuse, wrap
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError
from gradloom.ir.graph import Operand, Value
from gradloom.ir.ops.loops import While
from gradloom.ir.ops.rules import full, normal_axis, zeros_like
from gradloom.ir.types import Dim

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

_SIGNED, _UNSIGNED = np.dtype(np.int64), np.dtype(np.uint64)


# ---- divisors ------------------------------------------------------------------------------------


def gcd(x: Array, y: Array) -> Array:
    """The greatest common divisor, by Euclid's steps until all elements are done."""
    wide = _UNSIGNED if x.dtype == _UNSIGNED else _SIGNED
    pair = [a.astype(wide).here(require_trace()) for a in (x, y)]
    pair = [o.abs(a) for a in broadcast_operands("np.gcd", pair)]
    types = [a.type for a in pair]

    def unfinished(a: Value, b: Value) -> Operand:
        left = o.not_equal(b, zeros_like(b))
        result: Operand = o.any(left, axes=tuple(range(b.type.ndim)))
        return result

    def step(a: Value, b: Value) -> Sequence[Operand]:
        done = o.equal(b, zeros_like(b))
        rest = o.fmod(a, o.where(done, full(b.type, 1), b))
        # of the least int64, abs is itself: its sign comes off at the end of the next step
        return [o.where(done, a, b), o.where(done, b, o.abs(rest))]

    regions = (build.graph_of(unfinished, types), build.graph_of(step, types))
    found, _ = build.emit(o.while_, tuple(pair), While(0), regions)
    return wrap(o.abs(found)).astype(x.dtype)


def lcm(x: Array, y: Array) -> Array:
    """The least common multiple; 0 of 0."""
    wide = _UNSIGNED if x.dtype == _UNSIGNED else _SIGNED
    a, b = x.astype(wide), y.astype(wide)
    divisor = gcd(a, b)
    found = a // np.where(divisor == 0, wide.type(1), divisor) * b
    if wide == _SIGNED:  # by the operands' signs: what is too large for x's dtype wraps around
        found = np.where((a < 0) != (b < 0), -found, found)
    return found.astype(x.dtype)


# ---- bits ----------------------------------------------------------------------------------------

_MASKS: Final = (
    (1, 0x5555555555555555), (2, 0x3333333333333333), (4, 0x0F0F0F0F0F0F0F0F),
    (8, 0x00FF00FF00FF00FF), (16, 0x0000FFFF0000FFFF), (32, 0x00000000FFFFFFFF),
)  # fmt: skip


def bitwise_count(x: Array) -> Array:
    """How many bits of |x| are set: neighbours are added, then pairs, then fours."""
    bits = x if x.dtype.kind in "bu" else np.abs(x.astype(_SIGNED))
    bits = bits.astype(_UNSIGNED)
    for shift, mask in _MASKS:
        low = np.uint64(mask)
        bits = (bits & low) + ((bits >> np.uint64(shift)) & low)
    return bits


def _weights(bitorder: str, name: str) -> np.ndarray:
    if bitorder not in ("big", "little"):
        raise ValueError("'order' must be either 'little' or 'big'")
    places = np.arange(8, dtype=np.uint8)
    return places if bitorder == "little" else places[::-1]


def _along(x: Array, axis: Any, name: str) -> tuple[Array, int]:
    """The array with its bits along the last axis, and where that axis belongs."""
    if axis is None:
        return x.reshape(-1), 0
    if not x.ndim:
        raise ValueError(f"np.{name}: a 0-d array has no axis {axis}")
    at = normal_axis(f"np.{name}", axis, x.ndim)
    return np.moveaxis(x, at, -1), at


def packbits(a: Any, /, axis: Any = None, bitorder: str = "big") -> Any:
    """Eight truth values to a byte; the last byte is filled with zeros."""
    x = as_array(a)
    if x.dtype.kind not in "biu":
        raise DtypeError("np.packbits: an array of integers or bools is packed")
    bits, at = _along(x, axis, "packbits")
    size = bits.shape[-1]
    if isinstance(size, Dim):
        raise refuse("np.packbits", f"the axis has a named size, {size}")
    count = -(-size // 8)
    rows = (bits != 0).astype(np.uint8)
    rows = np.pad(rows, [(0, 0)] * (rows.ndim - 1) + [(0, 8 * count - size)])
    rows = rows.reshape((*rows.shape[:-1], count, 8)) << _weights(bitorder, "packbits")
    packed: Array = np.sum(rows, axis=-1, dtype=np.uint8)
    return np.moveaxis(packed, -1, at)


def unpackbits(a: Any, /, axis: Any = None, count: Any = None, bitorder: str = "big") -> Any:
    """The bits of bytes as zeros and ones; `count` cuts or fills with zeros."""
    x = as_array(a)
    if x.dtype != np.uint8:
        raise DtypeError(f"np.unpackbits: {x.aval} is not of unsigned bytes")
    rows, at = _along(x, axis, "unpackbits")
    bits = (rows[..., None] >> _weights(bitorder, "unpackbits")) & np.uint8(1)
    bits = bits.reshape((*rows.shape[:-1], rows.shape[-1] * 8))
    if count is not None:
        bits = _counted(bits, integer("count=", count))
    return np.moveaxis(bits, -1, at)


def _counted(bits: Array, count: int) -> Array:
    size = bits.shape[-1]
    if count < 0 and -count > size:
        raise ValueError(f"-count larger than number of elements: {count}")
    if count <= size:
        return bits[..., :count]
    return np.pad(bits, [(0, 0)] * (bits.ndim - 1) + [(0, count - size)])


TABLE: Final[Table] = {np.packbits: packbits, np.unpackbits: unpackbits}
