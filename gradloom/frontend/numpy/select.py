"""Choosing elements: where, select, choose, piecewise, clip, take and compress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.numpy.arguments import require_shape, written
from gradloom.frontend.numpy.axes import fill, one_axis
from gradloom.frontend.numpy.direct import truth_of
from gradloom.frontend.numpy.lift import (
    Array,
    as_array,
    at_hand,
    broadcast_operands,
    cast,
    lift,
    result_dtype,
    scalar_if_rank_0,
    tag_of,
)
from gradloom.frontend.numpy.promotion import as_operand, loop_dtypes
from gradloom.frontend.numpy.ufuncs import into
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, any_tracer, refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError, CallError, DtypeError, IndexOutOfRange, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import INDEX, normal_axis
from gradloom.ir.types import Dim, DType

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

# ---- by condition --------------------------------------------------------------------------------


def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    """`x` where the condition holds, else `y`; of the condition alone, where it holds."""
    if x is None and y is None:
        return np.nonzero(condition)
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    xs = [lift(x), lift(y)]
    return wrap(_choose(truth_of(lift(condition)), xs, result_dtype(xs)), "array")


def _choose(condition: Operand, xs: Sequence[Tracer], dtype: DType) -> Operand:
    trace = require_trace()
    values = [cast(x.here(trace), dtype) for x in xs]
    result: Operand = o.where(*broadcast_operands("np.where", [condition, *values]))
    return result


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Per element, the choice of the first condition that holds, else `default`."""
    if len(condlist) != len(choicelist):
        raise ShapeError(f"np.select: {len(condlist)} conditions for {len(choicelist)} choices")
    if not len(condlist):
        raise ValueError("select with an empty condition list is not possible")
    conditions = [lift(c) for c in condlist]
    for i, c in enumerate(conditions):
        if c.dtype.kind != "b":
            raise DtypeError(f"np.select: condition {i} is {c.dtype}, and bool is due")
    values = [lift(c) for c in choicelist]
    dtype = result_dtype([*values, lift(default)])
    result = cast(lift(default).here(require_trace()), dtype)
    for c, v in zip(reversed(conditions), reversed(values), strict=True):
        result = _choose(c.here(require_trace()), [v, wrap(result)], dtype)
    return wrap(result, "array")


def choose(a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    """Per element, the choice whose number `a` gives; with mode="raise" the number must be one."""
    index = as_array(a)
    if index.dtype.kind not in "iub":
        raise DtypeError(f"np.choose: indices of dtype {index.dtype}, and integers are due")
    values = [lift(c) for c in choices]
    mode = "raise" if mode is None else mode
    if mode == "wrap":
        index = index % len(values)
    elif mode == "clip":
        index = np.clip(index, 0, len(values) - 1)
    elif mode != "raise":
        raise ValueError(f"np.choose: mode={mode!r} is none of raise, wrap, clip")
    elif index.dtype.kind != "b" or len(values) < 2:
        inside = np.logical_and(index >= 0, index < len(values))
        require(inside, "np.choose: invalid entry in choice array")
    dtype = result_dtype(values)
    result = cast(values[-1].here(require_trace()), dtype)
    for number in range(len(values) - 2, -1, -1):
        result = _choose(
            lift(index == number).here(require_trace()), [values[number], wrap(result)], dtype
        )
    (result, _) = broadcast_operands("np.choose", [result, index.here(require_trace())])
    require_shape("choose", out, result.type.shape)
    return into("choose", wrap(result), out, casting="unsafe")


def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """Per element, the function of the last condition that holds, or a further one."""
    x = as_array(x)
    conditions = _conditions(condlist, x.ndim)
    for c in conditions:
        if c.shape != x.shape[: c.ndim] or c.ndim > x.ndim:
            raise IndexOutOfRange(
                f"np.piecewise: a condition of shape {c.shape} does not index {x.shape}",
                location=user_location(),
            )
    if len(funclist) not in (len(conditions), len(conditions) + 1):
        raise ValueError(
            f"with {len(conditions)} condition(s), either that many functions or one more are due"
        )
    if len(funclist) > len(conditions):
        otherwise = conditions[0]
        for c in conditions[1:]:
            otherwise = np.logical_or(otherwise, c)
        conditions.append(np.logical_not(otherwise))
    result: Array = wrap(fill(0, x.dtype, x.shape), "array")
    for condition, f in zip(conditions, funclist, strict=True):
        value = (
            _on_elements(f, x, condition, args, kw)
            if callable(f)
            else written("a value", f, x.dtype)
        )
        result = np.where(condition, lift(value).astype(x.dtype), result)
    return result


def _conditions(condlist: Any, ndim: int) -> list[Any]:
    first = (
        condlist if np.isscalar(condlist) or (isinstance(condlist, Tracer) and not ndim) else None
    )
    single = first is not None or (not isinstance(condlist[0], list | np.ndarray) and ndim != 0)
    return [as_array(c).astype(bool) for c in ([condlist] if single else condlist)]


def _on_elements(
    f: Callable[..., Any], x: Array, condition: Array, args: tuple[Any, ...], kw: dict[str, Any]
) -> Any:
    """`f` on all of `x`, elements outside the condition replaced by one inside it."""
    inside = np.argmax(np.ravel(condition))
    home = wrap(o.stop_gradient(lift(np.ravel(x)[inside]).here(require_trace()))) if x.ndim else x
    nodes = require_trace().builder.nodes
    given = np.where(condition, x, home)
    start = len(nodes)
    value = f(given, *args, **kw)
    for node in nodes[start:]:
        if not (node.op.elementwise or node.op in (o.broadcast_to, o.stop_gradient)):
            raise refuse(
                "np.piecewise",
                f"a function that uses {node.op.name} would see all elements, not just its own",
                "choose with np.where between whole results",
            )
    return value


def clip(
    a: Any,
    a_min: Any = np._NoValue,
    a_max: Any = np._NoValue,
    out: Any = None,
    *,
    min: Any = np._NoValue,
    max: Any = np._NoValue,
    **kwargs: Any,
) -> Any:
    """`a` held between two bounds, each of which may be None."""
    if a_min is np._NoValue and a_max is np._NoValue:
        pass
    elif a_min is np._NoValue or a_max is np._NoValue:
        raise CallError("np.clip: a_min and a_max have to be given together")
    elif min is not np._NoValue or max is not np._NoValue:
        raise ArgumentError("np.clip: min and max are not taken beside a_min and a_max")
    low, high = (
        second if first is np._NoValue else first for first, second in ((a_min, min), (a_max, max))
    )
    low, high = (None if bound is np._NoValue else bound for bound in (low, high))
    where, dtype = kwargs.pop("where", True), kwargs.pop("dtype", None)
    casting = kwargs.pop("casting", "same_kind")
    if unknown := set(kwargs) - {"order", "subok"}:
        raise CallError(f"np.clip: {sorted(unknown)[0]!r} is no argument of it")
    x = as_array(a)
    if type(low) is int and x.dtype.kind in "iu" and low <= np.iinfo(x.dtype).min:
        low = None
    if type(high) is int and x.dtype.kind in "iu" and high >= np.iinfo(x.dtype).max:
        high = None
    given = [x, *[lift(b) for b in (low, high) if b is not None]]
    if low is not None and high is not None:
        common = loop_dtypes(_CLIP, tuple(tag_of(g) for g in given))[0]
        given = [wrap(as_operand(g, common)) for g in given]
    result = x
    for ufunc, bound in zip(_order(low, high), given[1:], strict=True):
        result = ufunc(result, bound)
    if dtype is not None:
        result = result.astype(dtype)
    made = scalar_if_rank_0(result if given[1:] else result.copy())
    return into("clip", made, out, where, casting)


_CLIP: Final = np._core.umath.clip  # type: ignore[attr-defined]


def _order(low: Any, high: Any) -> list[np.ufunc]:
    return [u for u, b in ((np.maximum, low), (np.minimum, high)) if b is not None]


# ---- by index ------------------------------------------------------------------------------------


def index_of(indices: Any) -> Any:
    """An integer array or tracer; raises `DtypeError` for floats."""
    found = (
        indices
        if type(indices) is Tracer
        else lift(indices)
        if any_tracer(indices)
        else np.asarray(indices)
    )
    if found.size == 0 and type(found) is not Tracer:
        return found.astype(np.int64)
    if found.dtype.kind not in "iub":
        raise DtypeError(
            f"indices of dtype {found.dtype}, and integers are due", hint="convert with astype(int)"
        )
    return found.astype(np.int64) if found.dtype.kind == "b" else found


def fitted(index: Any, size: Any, mode: str) -> Any:
    """The indices brought into range as `mode` says."""
    if mode == "wrap":
        return index % size
    if mode == "clip":
        return np.clip(index, 0, size - 1)
    if mode not in ("raise", None):
        raise ValueError(f"mode={mode!r} is none of raise, wrap, clip")
    return index


def take(
    a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise"
) -> Any:
    """The elements at these indices along one axis, or of the flattened array."""
    x = as_array(a)
    if axis is None:
        x, axis = np.ravel(x), 0
    x = x if x.ndim else np.reshape(x, 1)  # as numpy: along axis 0 a number is an array of one
    axis = one_axis("take", axis, x.ndim)
    index = fitted(index_of(indices), x.shape[axis], mode)
    if out is not None and not np.can_cast(out.dtype, x.dtype, "safe"):
        raise DtypeError(
            f"np.take: out= is {out.dtype}, which is no part of {x.dtype}",
            hint=f"give out= the dtype {x.dtype}",
        )
    result = lift(x[(*[slice(None)] * axis, index)])
    require_shape("take", out, result.shape)
    return into("take", wrap(result.here(require_trace())), out)


def numbers(size: int | Dim) -> Any:
    """0, 1, 2, ... below `size`: an array, or traced where the size is named."""
    if not isinstance(size, Dim):
        return np.arange(size)
    return wrap(o.iota(dtype=INDEX, shape=(size,), axis=0))


def along_axis(shape: tuple[Any, ...], indices: Any, axis: int) -> tuple[Any, ...]:
    """The index that pairs `indices` along `axis` with every position of the other axes."""
    index = index_of(indices)
    if index.ndim != len(shape):
        raise ShapeError(
            f"indices of {index.ndim} axes for an array of {len(shape)}",
            hint="give both the same number of axes",
        )
    parts: list[Any] = []
    for i, size in enumerate(shape):
        spread = (1,) * i + (-1,) + (1,) * (len(shape) - i - 1)
        parts.append(index if i == axis else np.reshape(numbers(size), spread))
    return tuple(parts)


def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """The elements that `indices` (of as many axes as the array) picks along one axis."""
    x = as_array(arr)
    if lift(indices).dtype.kind == "b":
        raise IndexError("`indices` must be an integer array")
    if axis is None:
        x, axis = np.ravel(x), 0
    axis = normal_axis("take_along_axis", axis, x.ndim)
    return x[along_axis(x.shape, indices, axis)]


def compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    """The slices along one axis where the condition, whose value must be known, holds."""
    held: Array = as_array(condition)
    if held.ndim != 1:
        raise ShapeError("np.compress: condition must be a 1-d array")
    value = at_hand(held)
    if value is not None:
        return take(a, np.flatnonzero(value), axis, out)
    if out is not None:
        raise refuse("np.compress", "out= needs to know how many elements there are")
    x: Array = as_array(a)
    x, axis = (np.ravel(x), 0) if axis is None else (x, one_axis("compress", axis, x.ndim))
    rest = x.shape[axis] - held.shape[0]
    if rest < 0:
        raise ShapeError(
            f"np.compress: a condition of {held.shape[0]} elements for an axis of {x.shape[axis]}"
        )
    mask = np.concatenate([held.astype(bool), np.zeros(rest, bool)]) if rest else held.astype(bool)
    return x[(*[slice(None)] * axis, mask)]


def extract(condition: Any, arr: Any) -> Any:
    """The elements where the condition holds; their number is a shape, so it must be known."""
    held: Array = np.ravel(as_array(condition))
    value = at_hand(held)
    if value is not None:
        return take(np.ravel(as_array(arr)), np.flatnonzero(value))
    return compress(held, arr)


TABLE: Final[Table] = {
    np.where: where,
    np.select: select,
    np.choose: choose,
    np.piecewise: piecewise,
    np.clip: clip,
    np.take: take,
    np.take_along_axis: take_along_axis,
    np.compress: compress,
    np.extract: extract,
}
