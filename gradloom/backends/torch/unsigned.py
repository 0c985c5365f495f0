"""torch has few kernels for uint16, uint32 and uint64: compute in int64 and convert back.

The narrow two fit. uint64 keeps its bits in an int64, where sums, products, shifts to the left and
bitwise ops are the
same; what depends on the sign is done on numbers shifted by 2^63 (order) or by hand (division).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal
from gradloom.ir.op import Op
from gradloom.ir.types import tensor_type

if TYPE_CHECKING:
    import torch

_NARROW: Final = frozenset(["uint16", "uint32", "uint64"])


def ordered(x: torch.Tensor) -> torch.Tensor:
    """The bits of uint64 numbers as int64 numbers in the same order."""
    return x ^ (-9223372036854775807 - 1)


def divide_bits(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The quotient of uint64 numbers held in int64: halve, divide, double, mend by one."""
    half = ((x >> 1) & 9223372036854775807) // torch.where(y > 0, y, 1)
    q = half << 1
    q = q + (ordered(x - q * y) >= ordered(y)).to(torch.int64)
    return torch.where(y > 0, q, (ordered(x) >= ordered(y)).to(torch.int64))


def remainder_bits(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The remainder of uint64 numbers held in int64."""
    return x - divide_bits(x, y) * y


def shift_bits(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """uint64 numbers held in int64 shifted to the right, zeros coming in."""
    kept = torch.where(y > 0, (torch.ones_like(x) << ((64 - y) & 63)) - 1, -1)
    return (x >> y) & kept


def sign_bits(x: torch.Tensor) -> torch.Tensor:
    """The sign of uint64 numbers held in int64: 0 or 1."""
    return (x != 0).to(torch.int64)


def reciprocal_bits(x: torch.Tensor) -> torch.Tensor:
    """1 // x of uint64 numbers held in int64."""
    return (x == 1).to(torch.int64)


def widened(row: Row) -> Row:
    """`row` in int64 where the operands are unsigned and torch lacks the kernel."""

    def wide(site: Site) -> str:
        dtype = site.type_of(0).dtype
        if dtype.name not in _NARROW:
            return site.written(row)
        as_signed(site)
        written = site.written(_row_for_bits(site.node.op, row) if dtype.itemsize == 8 else row)
        back = site.dtype.name in _NARROW
        return f"({written}).to({site.dtype_text()})" if back else written

    return wide


def as_signed(site: Site) -> None:
    """Make the operands int64."""
    count = len(site.node.operands)
    unsigned = [site.type_of(i).dtype.name in _NARROW for i in range(count)]
    site.args = [_signed(site, i) if unsigned[i] else site.args[i] for i in range(count)]


def _signed(site: Site, i: int) -> str:
    operand = site.node.operands[i]
    if not isinstance(operand, Literal):
        return f"{site.args[i]}.to(torch.int64)"
    value = int(operand.value)
    value = value - 2**64 if value >= 2**63 else value
    if site.node.op.elementwise:
        return f"torch.tensor({value})"
    return site.full(Literal(np.int64(value), tensor_type(np.dtype(np.int64), operand.type.shape)))


def _row_for_bits(op: Op, row: Row) -> Row:
    if op in _ORDERED or op in _EXTREMA:
        return lambda site: _on_ordered(site, row)
    found = _BITS.get(op)
    return row if found is None else lambda site: site.call(found, *site.args)


def _on_ordered(site: Site, row: Row) -> str:
    """`row` on numbers shifted to the order of int64; a result that is one of them is shifted
    back.
    """
    site.args = [site.call(ordered, x) for x in site.args]
    written = site.written(_FUNCTION.get(site.node.op, row))
    return site.call(ordered, written) if site.node.op in _EXTREMA else written


_ORDERED: Final = frozenset([o.less, o.less_equal, o.greater, o.greater_equal, o.argmax, o.argmin])
_EXTREMA: Final = frozenset([o.maximum, o.minimum, o.max, o.min])
_FUNCTION: Final[dict[Op, Row]] = {
    o.maximum: "torch.maximum({0}, {1})", o.minimum: "torch.minimum({0}, {1})",
}  # fmt: skip
_BITS: Final[dict[Op, Callable[..., Any]]] = {
    o.floor_divide: divide_bits, o.remainder: remainder_bits, o.fmod: remainder_bits,
    o.right_shift: shift_bits,
    o.sign: sign_bits, o.reciprocal: reciprocal_bits,
}  # fmt: skip
