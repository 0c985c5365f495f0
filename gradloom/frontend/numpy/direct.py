"""ufuncs that are one op: promote, broadcast, add the node."""

from __future__ import annotations

from typing import Final

import numpy as np

from gradloom.frontend.numpy.lexical import extreme_of_two
from gradloom.frontend.numpy.lift import broadcast_shapes, tag_of
from gradloom.frontend.numpy.promotion import Asked, as_operand, loop_dtypes
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Kind, Tracer, refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Literal, Operand, literal
from gradloom.ir.op import Op
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import DType, tensor_type

DIRECT: Final[dict[np.ufunc, Op]] = {
    np.add: o.add,
    np.subtract: o.subtract,
    np.multiply: o.multiply,
    np.divide: o.divide,
    np.floor_divide: o.floor_divide,
    np.remainder: o.remainder,
    np.fmod: o.fmod,
    np.power: o.power,
    np.maximum: o.maximum,
    np.minimum: o.minimum,
    np.arctan2: o.atan2,
    np.hypot: o.hypot,
    np.logaddexp: o.logaddexp,
    np.copysign: o.copysign,
    np.nextafter: o.nextafter,
    np.equal: o.equal,
    np.not_equal: o.not_equal,
    np.less: o.less,
    np.less_equal: o.less_equal,
    np.greater: o.greater,
    np.greater_equal: o.greater_equal,
    np.bitwise_and: o.bitwise_and,
    np.bitwise_or: o.bitwise_or,
    np.bitwise_xor: o.bitwise_xor,
    np.left_shift: o.left_shift,
    np.right_shift: o.right_shift,
    np.negative: o.negative,
    np.conjugate: o.conj,
    np.absolute: o.abs,
    np.fabs: o.abs,
    np.sign: o.sign,
    np.square: o.square,
    np.reciprocal: o.reciprocal,
    np.sqrt: o.sqrt,
    np.cbrt: o.cbrt,
    np.exp: o.exp,
    np.exp2: o.exp2,
    np.expm1: o.expm1,
    np.log: o.log,
    np.log2: o.log2,
    np.log10: o.log10,
    np.log1p: o.log1p,
    np.sin: o.sin,
    np.cos: o.cos,
    np.tan: o.tan,
    np.arcsin: o.asin,
    np.arccos: o.acos,
    np.arctan: o.atan,
    np.sinh: o.sinh,
    np.cosh: o.cosh,
    np.tanh: o.tanh,
    np.arcsinh: o.asinh,
    np.arccosh: o.acosh,
    np.arctanh: o.atanh,
    np.floor: o.floor,
    np.ceil: o.ceil,
    np.trunc: o.trunc,
    np.rint: o.round,
    np.isnan: o.isnan,
    np.isinf: o.isinf,
    np.isfinite: o.isfinite,
    np.invert: o.bitwise_invert,
}

_ON_BOOL: Final[dict[np.ufunc, Op]] = {np.add: o.logical_or, np.multiply: o.logical_and}
_TRUTH: Final[dict[np.ufunc, Op]] = {
    np.logical_and: o.logical_and,
    np.logical_or: o.logical_or,
    np.logical_xor: o.logical_xor,
    np.logical_not: o.logical_not,
}
_KNOWN_OF_INTEGERS: Final[dict[np.ufunc, bool]] = {
    np.isnan: False,
    np.isinf: False,
    np.isfinite: True,
}
_KEPT_ON_INTEGERS: Final = {np.floor, np.ceil, np.trunc}
_SIGNED: Final = np.dtype(np.int64)


def is_direct(ufunc: np.ufunc) -> bool:
    """Whether the ufunc is one op."""
    return ufunc in DIRECT or ufunc in _TRUTH


def apply(
    ufunc: np.ufunc, xs: list[Tracer], asked: Asked | None = None, kind: Kind | None = None
) -> Tracer:
    """One ufunc on tracers: promote, broadcast, add the node."""
    truth = _TRUTH.get(ufunc)
    if truth is not None:
        if asked is not None:
            loop_dtypes(ufunc, tuple([tag_of(x) for x in xs]), asked)
        values = [truth_of(x) for x in xs]
        return wrap(truth(*_broadcast(ufunc, values)), kind)
    op = DIRECT.get(ufunc)
    if op is None:
        raise _unknown(ufunc)
    dtypes = loop_dtypes(ufunc, tuple([tag_of(x) for x in xs]), asked)
    if op in _TURNED and dtypes[0].kind in "iu":
        known = _beyond(op, xs, dtypes)
        if known is not None:
            shape = broadcast_shapes(f"np.{ufunc.__name__}", [x.shape for x in xs])
            return wrap(literal(known, tensor_type(np.dtype(bool), shape)), kind)
    if dtypes[0].kind in "biu":
        if ufunc in _KNOWN_OF_INTEGERS:
            truth_type = tensor_type(np.dtype(bool), xs[0].shape)
            return wrap(literal(_KNOWN_OF_INTEGERS[ufunc], truth_type), kind)
        if ufunc in _KEPT_ON_INTEGERS:
            return wrap(as_operand(xs[0], dtypes[0]), kind)
    if dtypes[0].kind == "b":
        op = _ON_BOOL.get(ufunc, op)
    values = [as_operand(x, d) for x, d in zip(xs, dtypes, strict=False)]
    return wrap(_emitted(op, _broadcast(ufunc, values)), kind)


def _emitted(op: Op, values: list[Operand]) -> Operand:
    dtype = values[0].type.dtype
    if op in (o.maximum, o.minimum) and dtype.kind == "c":
        return extreme_of_two(values[0], values[1], op is o.maximum)
    if op is o.round and dtype.kind == "c":
        return o.complex(o.round(o.real(values[0])), o.round(o.imag(values[0])))  # type: ignore[no-any-return]
    if len(values) == 2 and values[1].type.dtype != dtype:  # int64 beside uint64, compared exactly
        return _compared(op, *values)
    result: Operand = op(*values)
    return result


_TURNED: Final = {
    o.less: o.greater, o.less_equal: o.greater_equal, o.greater: o.less,
    o.greater_equal: o.less_equal, o.equal: o.equal, o.not_equal: o.not_equal,
}  # fmt: skip


def _beyond(op: Op, xs: list[Tracer], dtypes: tuple[DType, ...]) -> bool | None:
    """What a comparison with a Python integer beyond the other's dtype gives, else None."""
    for op_here, x, dtype in ((_TURNED[op], xs[0], dtypes[1]), (op, xs[1], dtypes[0])):
        value = x.here(require_trace())
        if x.kind != "weak" or not isinstance(value, Literal) or value.type.dtype.kind not in "iu":
            continue
        number, limits = int(value.value), np.iinfo(dtype)
        if number > limits.max:
            return op_here in (o.less, o.less_equal, o.not_equal)
        if number < limits.min:
            return op_here in (o.greater, o.greater_equal, o.not_equal)
    return None


def _compared(op: Op, x: Operand, y: Operand) -> Operand:
    """A comparison of int64 with uint64: below zero the answer is known, else both are unsigned."""
    if y.type.dtype == _SIGNED:
        return _compared(_TURNED[op], y, x)
    below = o.less(x, literal(0, x.type))
    known = literal(op in (o.less, o.less_equal, o.not_equal), below.type)
    result: Operand = o.where(below, known, op(o.astype(x, dtype=y.type.dtype), y))
    return result


def _unknown(ufunc: np.ufunc) -> NotSupported:
    if getattr(np, ufunc.__name__, None) is ufunc:
        return refuse(f"np.{ufunc.__name__}", "this function has no traced form yet")
    return refuse(
        f"the ufunc {ufunc.__name__}",
        "it belongs to another library (scipy.special, say), which computes on plain arrays",
        "write it with numpy's functions (math.erf is one), or give it a rule with gl.custom_jvp",
    )


def truth_of(x: Tracer) -> Operand:
    """`x != 0`, as bool."""
    value = x.here(require_trace())
    if value.type.dtype.kind == "b":
        return value
    result: Operand = o.not_equal(value, literal(0, value.type))
    return result


def _broadcast(ufunc: np.ufunc, values: list[Operand]) -> list[Operand]:
    first = values[0].type.shape
    if all(v.type.shape == first for v in values):
        return values
    shape = broadcast_shapes(f"np.{ufunc.__name__}", [v.type.shape for v in values])
    return [broadcast(v, shape) for v in values]
