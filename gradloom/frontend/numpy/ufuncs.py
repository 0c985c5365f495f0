"""ufuncs on traced values: numpy's own promotion, then one op or a short composition of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Tag, broadcast_shapes, cast, lift, scalar_if_rank_0, tag_of
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Kind, Tracer, refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, GradloomError, NotSupported, ShapeError, TraceError
from gradloom.ir.graph import Operand, literal
from gradloom.ir.location import user_location
from gradloom.ir.op import Op
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import DType, tensor_type

DIRECT: Final[dict[np.ufunc, Op]] = {
    np.add: o.add, np.subtract: o.subtract, np.multiply: o.multiply, np.divide: o.divide,
    np.floor_divide: o.floor_divide, np.remainder: o.remainder, np.fmod: o.fmod, np.power: o.power,
    np.maximum: o.maximum, np.minimum: o.minimum, np.arctan2: o.atan2, np.hypot: o.hypot, np.logaddexp: o.logaddexp,
    np.copysign: o.copysign, np.nextafter: o.nextafter, np.equal: o.equal, np.not_equal: o.not_equal, np.less: o.less,
    np.less_equal: o.less_equal, np.greater: o.greater, np.greater_equal: o.greater_equal,
    np.bitwise_and: o.bitwise_and, np.bitwise_or: o.bitwise_or, np.bitwise_xor: o.bitwise_xor,
    np.left_shift: o.left_shift, np.right_shift: o.right_shift, np.negative: o.negative, np.conjugate: o.conj,
    np.absolute: o.abs, np.fabs: o.abs, np.sign: o.sign, np.square: o.square, np.reciprocal: o.reciprocal, np.sqrt: o.sqrt,
    np.cbrt: o.cbrt, np.exp: o.exp, np.exp2: o.exp2, np.expm1: o.expm1, np.log: o.log, np.log2: o.log2, np.log10: o.log10,
    np.log1p: o.log1p, np.sin: o.sin, np.cos: o.cos, np.tan: o.tan, np.arcsin: o.asin, np.arccos: o.acos, np.arctan: o.atan,
    np.sinh: o.sinh, np.cosh: o.cosh, np.tanh: o.tanh, np.arcsinh: o.asinh, np.arccosh: o.acosh, np.arctanh: o.atanh,
    np.floor: o.floor, np.ceil: o.ceil, np.trunc: o.trunc, np.rint: o.round, np.isnan: o.isnan, np.isinf: o.isinf,
    np.isfinite: o.isfinite, np.invert: o.bitwise_invert,
}  # fmt: skip

_ON_BOOL: Final[dict[np.ufunc, Op]] = {np.add: o.logical_or, np.multiply: o.logical_and}
_TRUTH: Final[dict[np.ufunc, Op]] = {
    np.logical_and: o.logical_and, np.logical_or: o.logical_or, np.logical_xor: o.logical_xor, np.logical_not: o.logical_not,
}  # fmt: skip
_KNOWN_OF_INTEGERS: Final[dict[np.ufunc, bool]] = {np.isnan: False, np.isinf: False, np.isfinite: True}
_KEPT_ON_INTEGERS: Final = {np.floor, np.ceil, np.trunc}


# ---- promotion -------------------------------------------------------------------------------------

_loops: dict[tuple[Any, ...], tuple[DType, ...]] = {}


def loop_dtypes(ufunc: np.ufunc, tags: tuple[Tag, ...], dtype: DType | None = None, casting: str = "same_kind") -> tuple[DType, ...]:
    """The dtypes that numpy's loop takes and gives for operands of these tags."""
    key = (ufunc, tags, dtype, casting)
    found = _loops.get(key)
    if found is None:
        asked = {} if dtype is None else {"signature": (*[None] * ufunc.nin, *[dtype] * ufunc.nout)}
        given: Any = (*tags, *[None] * ufunc.nout)
        try:
            found = ufunc.resolve_dtypes(given, casting=casting, **asked)  # type: ignore[call-arg]
        except TypeError as error:
            names = " and ".join(t.__name__ if isinstance(t, type) else str(t) for t in tags)
            raise DtypeError(
                f"np.{ufunc.__name__} is not defined for {names}", location=user_location(), hint="convert with astype"
            ) from error
        _loops[key] = found
    return found


def as_operand(x: Tracer, dtype: DType) -> Operand:
    """The tracer's operand in this dtype; a Python integer that does not fit is an OverflowError, as in numpy."""
    value = x.here(require_trace())
    if x.kind == "weak" and dtype.kind in "iu" and hasattr(value, "value") and value.type.dtype.kind in "iu":
        return literal(dtype.type(int(value.value)), tensor_type(dtype, value.type.shape))
    return cast(value, dtype)


# ---- calls -----------------------------------------------------------------------------------------


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What `ufunc(*inputs, **kwargs)` or one of its methods gives on traced values."""
    trace = require_trace()
    trace.builder.location = user_location()
    try:
        if method != "__call__":
            from gradloom.frontend.numpy.methods import call_method

            return call_method(ufunc, method, inputs, kwargs)
        return _call(ufunc, inputs, kwargs)
    except GradloomError as error:
        error.location = error.location or trace.builder.location
        raise


def _call(ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    out = kwargs.pop("out", None)
    where = kwargs.pop("where", True)
    dtype = kwargs.pop("dtype", None)
    casting = kwargs.pop("casting", "same_kind")
    kwargs.pop("subok", None)
    if kwargs.get("order", "K") == "K":
        kwargs.pop("order", None)
    if "signature" in kwargs or "sig" in kwargs:
        raise refuse(f"np.{ufunc.__name__}", "signature= is not offered on traced values", "use dtype=")
    dtype = None if dtype is None else np.dtype(dtype)
    rule = COMPOSITE.get(ufunc)
    if rule is not None:
        result = _scalars(rule(*inputs, **kwargs))
        if dtype is not None:
            result = result.astype(dtype)
    elif kwargs:
        raise refuse(f"np.{ufunc.__name__}", f"{', '.join(kwargs)}= is not offered on traced values")
    else:
        result = apply(ufunc, [lift(x) for x in inputs], dtype, casting)
    return into(ufunc.__name__, result, out, where)


def _scalars(result: Any) -> Any:
    """A result of rank 0 as the numpy scalar that every ufunc gives."""
    if isinstance(result, tuple):
        return tuple([_scalars(r) for r in result])
    return scalar_if_rank_0(result)


def into(name: str, result: Any, out: Any, where: Any = True) -> Any:
    """`result` written to `out=` where `where=` holds, or itself when neither is given."""
    outs = out if isinstance(out, tuple) else (out,)
    if where is not True and all(x is None for x in outs):
        raise refuse(f"np.{name}", "where= without out= leaves elements undefined", "give out= with the other elements")
    if all(x is None for x in outs):
        return result
    results = result if isinstance(result, tuple) else (result,)
    written = []
    for one, target in zip(results, outs, strict=True):
        if target is None:
            written.append(one)
            continue
        kept = one if where is True else np.where(where, one, target)
        write_into(name, target, kept)
        written.append(target)
    return tuple(written) if isinstance(result, tuple) else written[0]


def write_into(name: str, target: Any, result: Any, casting: str = "same_kind") -> None:
    """Write a result into an existing traced array, with numpy's checks; foreign arrays are refused."""
    if type(target) is not Tracer:
        raise TraceError(
            f"np.{name} writes a traced value into an array that the trace neither made nor received",
            location=user_location(), hint="make the array inside the traced function (np.zeros, x.copy())",
        )  # fmt: skip
    result = lift(result)
    if not np.can_cast(result.dtype, target.dtype, casting):  # type: ignore[arg-type]
        raise DtypeError(
            f"np.{name}: the result is {result.dtype} and cannot be written into {target.dtype}",
            location=user_location(), hint="give the target a wider dtype, or drop the in-place form",
        )  # fmt: skip
    shape = broadcast_shapes(name, [result.shape, target.shape])
    if shape != target.shape:
        raise ShapeError(f"np.{name}: a result of shape {result.shape} does not fit a target of shape {target.shape}", location=user_location())
    target.write(cast(broadcast(result.here(require_trace()), target.shape), target.dtype))


def apply(ufunc: np.ufunc, xs: list[Tracer], dtype: DType | None = None, casting: str = "same_kind", kind: Kind | None = None) -> Tracer:
    """One ufunc on tracers: promote, broadcast, add the node."""
    truth = _TRUTH.get(ufunc)
    if truth is not None:
        values = [truth_of(x) for x in xs]
        return wrap(truth(*_broadcast(ufunc, values)), kind)
    op = DIRECT.get(ufunc)
    if op is None:
        raise _unknown(ufunc)
    if ufunc in _KNOWN_OF_INTEGERS and xs[0].dtype.kind in "biu":
        return wrap(literal(_KNOWN_OF_INTEGERS[ufunc], tensor_type(np.dtype(bool), xs[0].shape)), kind)
    if ufunc in _KEPT_ON_INTEGERS and xs[0].dtype.kind in "biu":
        return wrap(xs[0].here(require_trace()), kind)
    dtypes = loop_dtypes(ufunc, tuple([tag_of(x) for x in xs]), dtype, casting)
    if dtypes[0].kind == "b":
        op = _ON_BOOL.get(ufunc, op)
    values = [as_operand(x, d) for x, d in zip(xs, dtypes, strict=False)]
    return wrap(op(*_broadcast(ufunc, values)), kind)


def _unknown(ufunc: np.ufunc) -> NotSupported:
    if getattr(np, ufunc.__name__, None) is ufunc:
        return refuse(f"np.{ufunc.__name__}", "this function has no traced form yet")
    return refuse(
        f"the ufunc {ufunc.__name__}", "it belongs to another library (scipy.special, say), which computes on plain arrays",
        "write it with numpy's functions (math.erf is one), or give it a rule with gl.custom_jvp",
    )  # fmt: skip


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


# ---- operators -------------------------------------------------------------------------------------

_OPERANDS = (Tracer, np.ndarray, np.generic, int, float, complex, bool, list, tuple)


def binary(ufunc: np.ufunc, a: Any, b: Any) -> Any:
    """`a <operator> b` where one of them is a tracer; two weak scalars give a weak scalar."""
    builder = require_trace().builder
    builder.location = user_location(2)
    try:
        x = a if type(a) is Tracer else lift(a)
        y = b if type(b) is Tracer else lift(b)
        kind: Kind | None = None
        if x.kind == "weak" and y.kind == "weak" and ufunc is not np.matmul:
            kind = "weak"
        rule = COMPOSITE.get(ufunc)
        return _scalars(rule(x, y)) if rule is not None else apply(ufunc, [x, y], kind=kind)
    except GradloomError as error:
        error.location = error.location or builder.location
        raise


def in_place(ufunc: np.ufunc, target: Tracer, other: Any) -> Any:
    """`target <operator>= other`: arrays are written, scalars make a new value."""
    result = binary(ufunc, target, other)
    if target.kind != "array":
        return result
    write_into(ufunc.__name__, target, result)
    return target


def unary(ufunc: np.ufunc, x: Tracer) -> Any:
    """`<operator> x`."""
    require_trace().builder.location = user_location(2)
    kind: Kind | None = "weak" if x.kind == "weak" else None
    if ufunc is np.positive:
        return wrap(_positive(x).here(require_trace()), kind)
    return apply(ufunc, [x], kind=kind)


def divide(a: Any, b: Any) -> Any:
    """`a / b`, where a named dimension stands for its number."""
    return binary(np.divide, a, b)


def _binary_dunder(ufunc: np.ufunc, swap: bool) -> Callable[[Tracer, Any], Any]:
    def dunder(self: Tracer, other: Any) -> Any:
        if not isinstance(other, _OPERANDS) and not hasattr(other, "__array_ufunc__"):
            return NotImplemented
        return binary(ufunc, other, self) if swap else binary(ufunc, self, other)

    return dunder


def _in_place_dunder(ufunc: np.ufunc) -> Callable[[Tracer, Any], Any]:
    return lambda self, other: in_place(ufunc, self, other)


_BINARY: Final = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "floordiv": np.floor_divide,
    "mod": np.remainder, "pow": np.power, "matmul": np.matmul, "and": np.bitwise_and, "or": np.bitwise_or,
    "xor": np.bitwise_xor, "lshift": np.left_shift, "rshift": np.right_shift,
}  # fmt: skip
_COMPARE: Final = {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
}  # fmt: skip


def install_operators() -> None:
    """Give the tracer its operators."""
    for name, ufunc in _BINARY.items():
        setattr(Tracer, f"__{name}__", _binary_dunder(ufunc, False))
        setattr(Tracer, f"__r{name}__", _binary_dunder(ufunc, True))
        setattr(Tracer, f"__i{name}__", _in_place_dunder(ufunc))
    for name, ufunc in _COMPARE.items():
        setattr(Tracer, f"__{name}__", _binary_dunder(ufunc, False))
    Tracer.__neg__ = lambda self: unary(np.negative, self)  # type: ignore[attr-defined]
    Tracer.__pos__ = lambda self: unary(np.positive, self)  # type: ignore[attr-defined]
    Tracer.__abs__ = lambda self: unary(np.absolute, self)  # type: ignore[attr-defined]
    Tracer.__invert__ = lambda self: unary(np.invert, self)  # type: ignore[attr-defined]
    Tracer.__divmod__ = lambda self, other: (self // other, self % other)  # type: ignore[attr-defined]
    Tracer.__rdivmod__ = lambda self, other: (other // self, other % self)  # type: ignore[attr-defined]


# ---- ufuncs made of others -------------------------------------------------------------------------


def _float(x: Any) -> Tracer:
    """`x` in the float dtype that numpy's one-argument float functions use for it."""
    x = lift(x)
    dtype = loop_dtypes(np.sin, (tag_of(x),))[0]
    return wrap(as_operand(x, dtype))


def _positive(x: Any) -> Any:
    x = lift(x)
    loop_dtypes(np.positive, (tag_of(x),))
    return wrap(x.here(require_trace()))


def _scaled(factor: float) -> Callable[[Any], Any]:
    return lambda x: _float(x) * factor


def _heaviside(x: Any, half: Any) -> Any:
    x, half = lift(x), lift(half)
    dtype = loop_dtypes(np.heaviside, (tag_of(x), tag_of(half)))[0]
    x, half = x.astype(dtype), half.astype(dtype)
    step = np.where(x < 0, dtype.type(0), np.where(x > 0, dtype.type(1), half))
    return np.where(np.isnan(x), x, step)


def _fextremum(ufunc: np.ufunc) -> Callable[[Any, Any], Any]:
    def rule(x: Any, y: Any) -> Any:
        x, y = lift(x), lift(y)
        best = apply(ufunc, [x, y])
        if best.dtype.kind not in "fc":
            return best
        return np.where(np.isnan(x), y, np.where(np.isnan(y), x, best)).astype(best.dtype)

    return rule


def _logaddexp2(x: Any, y: Any) -> Any:
    x, y = lift(x), lift(y)
    dtype = loop_dtypes(np.logaddexp2, (tag_of(x), tag_of(y)))[0]
    return np.logaddexp(x.astype(dtype) * math.log(2), y.astype(dtype) * math.log(2)) / math.log(2)


def _float_power(x: Any, y: Any) -> Any:
    x, y = lift(x), lift(y)
    dtypes = loop_dtypes(np.float_power, (tag_of(x), tag_of(y)))
    return np.power(x.astype(dtypes[0]), y.astype(dtypes[1]))


def _ldexp(x: Any, n: Any) -> Any:
    x = _float(x)
    return x * np.exp2(lift(n).astype(x.dtype))


def _divmod(x: Any, y: Any) -> Any:
    return np.floor_divide(x, y), np.remainder(x, y)


def _modf(x: Any) -> Any:
    x = _float(x)
    whole = np.trunc(x)
    part = np.where(np.isinf(x), np.zeros_like(x), x - whole)
    return np.copysign(part, x), whole


def _signbit(x: Any) -> Any:
    x = lift(x)
    if x.dtype.kind in "iub":
        return x < 0
    return np.copysign(np.ones_like(x), x) < 0


def _isnat(x: Any) -> Any:
    raise refuse("np.isnat", "dates cannot stand in a graph")


def _contraction(name: str) -> Callable[..., Any]:
    def rule(x: Any, y: Any, **kwargs: Any) -> Any:
        from gradloom.frontend.numpy import contract

        return getattr(contract, name)(x, y, **kwargs)

    return rule


COMPOSITE: Final[dict[np.ufunc, Callable[..., Any]]] = {
    np.positive: _positive,
    np.deg2rad: _scaled(math.pi / 180),
    np.radians: _scaled(math.pi / 180),
    np.rad2deg: _scaled(180 / math.pi),
    np.degrees: _scaled(180 / math.pi),
    np.heaviside: _heaviside,
    np.fmax: _fextremum(np.maximum),
    np.fmin: _fextremum(np.minimum),
    np.logaddexp2: _logaddexp2,
    np.float_power: _float_power,
    np.ldexp: _ldexp,
    np.divmod: _divmod,
    np.modf: _modf,
    np.signbit: _signbit,
    np.isnat: _isnat,
    np.matmul: _contraction("matmul"),
    np.vecdot: _contraction("vecdot"),
    np.matvec: _contraction("matvec"),
    np.vecmat: _contraction("vecmat"),
}
"""ufuncs that are written with others; the function takes what the ufunc takes."""
