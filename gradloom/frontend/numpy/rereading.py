"""An array's bytes read as another dtype: `ndarray.view`.

The bytes of integers are split and joined by shifts, those of floats by `bitcast` to integers of
their width. The lowest bytes come first in memory, as on every machine that the backends run on.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from gradloom.frontend.layouts import Layout
from gradloom.frontend.numpy.arguments import dtype_of, shown
from gradloom.frontend.numpy.axes import NO_VALUE, part, reshaped
from gradloom.frontend.numpy.lift import cast
from gradloom.frontend.numpy.told import public_name
from gradloom.frontend.numpy.views import fresh, read_only, spread_view, strides_of, view_of
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ArgumentError, CallError
from gradloom.ir.graph import Operand, literal
from gradloom.ir.types import DType


def view(x: Tracer, dtype: Any = NO_VALUE, type: Any = NO_VALUE) -> Any:
    """What `ndarray.view` gives: the same memory read as another dtype."""
    for asked in (dtype, type):
        if isinstance(asked, builtins.type) and issubclass(asked, np.ndarray):
            if asked is not np.ndarray:
                error = refuse(public_name(asked), "subclasses of ndarray cannot be traced")
                error.is_told = True
                raise error
            return spread_view(x, x.shape)
    if type is not NO_VALUE:
        raise CallError(
            f"ndarray.view: type= is a class of arrays, not {shown(type)}",
            hint="give the dtype alone: x.view(dtype)",
        )
    own = x.dtype
    made = own if dtype is NO_VALUE else dtype_of(dtype)  # None is float64
    if made == own:
        return spread_view(x, x.shape)
    if made.kind not in "iufcV" or not made.isnative or made.names or made.subdtype:
        raise refuse("ndarray.view", f"the bytes of {x.aval} cannot be read as {made} in a graph",
                     "convert with astype")  # fmt: skip
    layout = _layout_of_view(x, made)
    if own.kind == "b":
        seen = read_only(x, lambda base: read_as(base, made))
    else:
        seen = view_of(x, lambda base: read_as(base, made), lambda base, y: read_as(y, own))
    seen.layout = layout
    return seen


def _layout_of_view(x: Tracer, made: DType) -> Layout:
    """How the view lies; raises where numpy does not read elements of another width."""
    narrow, wide = sorted((x.itemsize, made.itemsize))
    if narrow == wide:
        return x.layout
    if not x.ndim:
        raise ArgumentError(
            "ndarray.view: changing the dtype of a 0d array is only supported if the itemsize is "
            "unchanged", hint=f"give it an axis: x.reshape(1).view({made})",
        )  # fmt: skip
    strides, size = strides_of(x), x.shape[-1]
    if strides is not None and size != 1 and strides[-1] != x.itemsize:
        raise ArgumentError(
            f"ndarray.view: to change to a dtype of a different size, the last axis must be "
            f"contiguous, and that of {x.aval} is not", hint="view a copy: x.copy()",
        )  # fmt: skip
    if x.itemsize == narrow and (isinstance(size, Dim) or size % (wide // narrow)):
        raise ArgumentError(
            f"ndarray.view: the last axis of {x.aval} does not divide into groups of "
            f"{wide // narrow}, as {made} needs", hint="pad or cut the last axis",
        )  # fmt: skip
    return "C" if x.layout == "C" else None


def byteswap(x: Tracer, inplace: bool = False) -> Tracer:
    """What `ndarray.byteswap` gives: every number's bytes in the other order."""
    word = _half(x.dtype) if x.dtype.kind == "c" else x.dtype
    if x.kind != "array" and inplace:
        raise ArgumentError("ndarray.byteswap: cannot byteswap a scalar in-place")
    swapped = _swapped(x.here(require_trace()), word)
    if not inplace:
        return fresh(swapped, x) if x.kind == "array" else wrap(swapped)
    x[...] = wrap(swapped, "array")
    return x


def _swapped(x: Operand, word: DType) -> Operand:
    """The bytes of each word of x in the other order."""
    if word.itemsize == 1:
        return x
    given = x.type.shape
    column = reshaped(x, (*given, 1))
    words = read_as(column, word)
    pairs = reshaped(words, (*words.type.shape, 1))
    turned = o.flip(read_as(pairs, np.dtype("u1")), axes=(pairs.type.ndim - 1,))
    return reshaped(read_as(reshaped(read_as(turned, word), words.type.shape), x.type.dtype), given)


def read_as(x: Operand, dtype: DType) -> Operand:
    """The bytes of x, in C order along its last axis, as another dtype."""
    if x.type.dtype.kind == "c" and dtype.kind == "c":
        return x if x.type.dtype == dtype else _joined(_words(_paired(x), _half(dtype)))
    if x.type.dtype.kind == "c":
        return _words(_paired(x), dtype)
    return _joined(_words(x, _half(dtype))) if dtype.kind == "c" else _words(x, dtype)


def _half(dtype: DType) -> DType:
    """The float of the parts of a complex dtype."""
    return np.dtype(f"f{dtype.itemsize // 2}")


def _words(x: Operand, dtype: DType) -> Operand:
    """The bytes of real numbers as other real numbers."""
    if x.type.dtype == dtype:
        return x
    bits = _bits(x)
    given, wanted = x.type.dtype.itemsize, dtype.itemsize
    if given > wanted:
        bits = _split(bits, np.dtype(f"u{wanted}"))
    elif given < wanted:
        bits = _merged(bits, np.dtype(f"u{wanted}"))
    if dtype.kind in "iu":
        return cast(bits, dtype)
    made: Operand = o.bitcast(bits, dtype=dtype)
    return made


def _bits(x: Operand) -> Operand:
    """Numbers as unsigned integers of their width."""
    dtype = x.type.dtype
    unsigned = np.dtype(f"u{dtype.itemsize}")
    if dtype.kind in "biu":
        return cast(x, unsigned)
    made: Operand = o.bitcast(x, dtype=unsigned)
    return made


def _split(x: Operand, narrow: DType) -> Operand:
    """Unsigned integers as several narrow ones each, the lowest bits first."""
    *lead, size = x.type.shape
    wide, axis = x.type.dtype, len(lead)
    count, width = wide.itemsize // narrow.itemsize, narrow.itemsize * 8
    mask = literal((1 << width) - 1, x.type)
    pieces = [
        cast(o.bitwise_and(o.right_shift(x, literal(i * width, x.type)), mask), narrow)
        for i in range(count)
    ]
    stacked = o.concatenate(*[reshaped(p, (*lead, size, 1)) for p in pieces], axis=axis + 1)
    return reshaped(stacked, (*lead, size * count))


def _merged(x: Operand, wide: DType) -> Operand:
    """Unsigned integers of several narrow ones along the last axis, the lowest bits first."""
    *lead, size = x.type.shape
    narrow, axis = x.type.dtype, len(lead)
    count = wide.itemsize // narrow.itemsize
    made: Operand | None = None
    for i in range(count):
        piece = cast(part(x, axis, i, size, count), wide)
        moved = o.left_shift(piece, literal(i * narrow.itemsize * 8, piece.type)) if i else piece
        made = moved if made is None else o.bitwise_or(made, moved)
    assert made is not None
    return made


def _paired(x: Operand) -> Operand:
    """Real numbers whose last axis holds real and imaginary parts in turn, of complex ones."""
    *lead, size = x.type.shape
    both = [reshaped(p, (*lead, size, 1)) for p in (o.real(x), o.imag(x))]
    return reshaped(o.concatenate(*both, axis=len(lead) + 1), (*lead, size * 2))


def _joined(x: Operand) -> Operand:
    """Complex numbers of pairs along the last axis."""
    *lead, size = x.type.shape
    axis = len(lead)
    real, imag = (part(x, axis, first, size, 2) for first in (0, 1))
    result: Operand = o.complex(real, imag)
    return result
