"""Arrays made like others, ranges between traced ends, and `like=`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.layouts import of_array
from gradloom.frontend.numpy.arguments import dtype_of, integer
from gradloom.frontend.numpy.axes import fill, operand, permuted, reshaped, same_shape, whole
from gradloom.frontend.numpy.direct import apply
from gradloom.frontend.numpy.lift import as_array, broadcast_shapes, cast, lift, stacked
from gradloom.frontend.numpy.shape import laid_out, moveaxis, sizes_of
from gradloom.frontend.numpy.views import fresh
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, any_tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import DType, Shape

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


# ---- like another array ------------------------------------------------------------------------


def _like(value: int) -> Callable[..., Any]:
    def handler(
        a: Any,
        dtype: Any = None,
        order: str = "K",
        subok: bool = True,
        shape: Any = None,
        *,
        device: Any = None,
    ) -> Tracer:
        return full_like(a, value, dtype, order, subok, shape, device=device)

    handler.__doc__ = f"An array like another, filled with {value}."
    return handler


def empty_like(
    prototype: Any,
    /,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Tracer:
    """An array like another; where numpy's holds what was there, zeros."""
    return full_like(prototype, 0, dtype, order, subok, shape, device=device)


def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Tracer:
    """What `np.full_like` gives."""
    integer("subok=", subok)
    x = lift(a)
    kind = x.dtype if dtype is None else dtype_of(dtype)
    sizes = x.shape if shape is None else sizes_made(shape)
    if any_tracer(fill_value):
        filled = operand(fill_value, kind)
    else:
        filled = operand(np.full_like(np.empty((), kind), fill_value, shape=np.shape(fill_value)))
    return laid_out(fresh(spread_over("full_like", filled, sizes)), x, order)


def sizes_made(shape: Any) -> Shape:
    """The sizes of an array that is made, none of them negative."""
    sizes = sizes_of(shape)
    if any(isinstance(d, int) and d < 0 for d in sizes):
        raise ShapeError(
            f"negative dimensions are not allowed: {sizes}",
            location=user_location(),
            hint="-1 stands for a size in reshape alone",
        )
    return sizes


def spread_over(name: str, value: Operand, sizes: Shape) -> Operand:
    """A value written over an array of these sizes, as `np.copyto` does; raises where it does not
    fit.
    """
    given = value.type.shape
    while len(given) > len(sizes) and given[0] == 1:
        given = given[1:]
    if broadcast_shapes(f"np.{name}", [given, sizes]) != sizes:
        raise ShapeError(
            f"np.{name}: a value of shape {value.type.shape} does not fit into {sizes}",
            location=user_location(),
            hint="give one number, or an array whose axes are those of the result or 1",
        )
    return broadcast(reshaped(value, given), sizes)


# ---- ranges ------------------------------------------------------------------------------------


def _inexact(*xs: Tracer) -> Any:
    """The float dtype in which numpy counts from one end to the other."""
    kinds = [x.dtype for x in xs if x.kind != "weak"]
    weak = [{"f": 0.0, "c": 0j}.get(x.dtype.kind, 0) for x in xs if x.kind == "weak"]
    return (
        np.result_type(*kinds, *weak, 0.0)
        if kinds
        else np.result_type(*[x.dtype for x in xs], np.float64)
    )


def linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: Any = 0,
    *,
    device: Any = None,
) -> Any:
    """What `np.linspace` gives; both ends may be traced."""
    num = integer("num=", num)
    if num < 0:
        raise ShapeError(
            f"np.linspace: number of samples, {num}, must be non-negative", location=user_location()
        )
    first, last = lift(start), lift(stop)
    kind = _inexact(first, last)
    wanted = kind if dtype is None else dtype_of(dtype)
    begin, end = _ends("linspace", first, last, kind)
    made, step = _counted(begin, end, num, num - 1 if endpoint else num)
    if endpoint and num > 1:
        made = _with_last(made, end)
    if wanted.kind in "iu":
        made = operand(np.floor(wrap(made, "array")))
    result = moveaxis(fresh(cast(made, wanted)), 0, axis)
    return (result, step) if retstep else result


def _counted(begin: Tracer, end: Tracer, num: int, parts: int) -> tuple[Operand, Any]:
    """`num` steps from `begin`, each a `parts`-th of the way, on a new first axis; the step."""
    trace = require_trace()
    delta = apply(np.subtract, [end, begin])
    shape = (num, *begin.shape)
    counts = o.iota(dtype=np.dtype(np.int64), shape=shape, axis=0)
    steps = cast(counts, begin.dtype)
    step: Any = np.divide(delta, parts) if parts > 0 else _nothing(begin)
    each = step if parts > 0 else delta
    made = steps * broadcast(each.here(trace), shape) + broadcast(begin.here(trace), shape)
    return made, wrap(step.here(trace))


def _nothing(like: Tracer) -> Tracer:
    return wrap(fill(np.nan, like.dtype, like.shape))


def _ends(name: str, first: Tracer, last: Tracer, kind: DType) -> tuple[Tracer, Tracer]:
    """Both ends in one dtype and shape."""
    one, other = same_shape(name, operand(first, kind), operand(last, kind))
    return wrap(one, "array"), wrap(other, "array")


def _with_last(x: Operand, last: Tracer) -> Operand:
    """x with its last row replaced."""
    is_last = o.equal(
        o.iota(dtype=np.dtype(np.int64), shape=x.type.shape, axis=0),
        fill(x.type.shape[0] - 1, np.dtype(np.int64), x.type.shape),
    )
    result: Operand = o.where(is_last, broadcast(last.here(require_trace()), x.type.shape), x)
    return result


def logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: Any = 0,
) -> Any:
    """What `np.logspace` gives."""
    if np.ndim(base) > 0:
        xs = [as_array(x) for x in (start, stop, base)]
        most = max(x.ndim for x in xs)
        start, stop, base = (np.reshape(x, (1,) * (most - x.ndim) + x.shape) for x in xs)
        base = np.expand_dims(base, axis)
    made = np.power(base, linspace(start, stop, num, endpoint, axis=axis))
    return made if dtype is None else made.astype(dtype)


def geomspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: Any = 0
) -> Any:
    """What `np.geomspace` gives; complex ends lie on a spiral."""
    num = integer("num=", num)
    first, last = lift(start), lift(stop)
    for end in (first, last):
        told = "np.geomspace: a geometric sequence cannot include zero"
        require(np.not_equal(as_array(end), 0), told, "ShapeError")
    wanted = None if dtype is None else dtype_of(dtype)
    kind = np.result_type(first.dtype, last.dtype, np.float64 if wanted is None else wanted)
    kind = kind if kind.kind == "c" else np.result_type(kind, np.float64)
    begin, end = _ends("geomspace", first, last, kind)
    sign: Any = np.sign(begin)
    begin_of, end_of = np.log10(begin / sign), np.log10(end / sign)
    value = operand(np.power(10.0, linspace(begin_of, end_of, num, endpoint)) * sign)
    if num > 0:
        value = _with_first(value, begin)
    if endpoint and num > 1:
        value = _with_last(value, end)
    made = fresh(cast(value, kind if wanted is None else wanted))
    return moveaxis(made, 0, axis)


def _with_first(x: Operand, first: Tracer) -> Operand:
    zero = fill(0, np.dtype(np.int64), x.type.shape)
    is_first = o.equal(o.iota(dtype=np.dtype(np.int64), shape=x.type.shape, axis=0), zero)
    result: Operand = o.where(is_first, broadcast(first.here(require_trace()), x.type.shape), x)
    return result


def vander(x: Any, N: Any = None, increasing: bool = False) -> Tracer:
    """What `np.vander` gives: powers of a vector as columns, by repeated products."""
    v = lift(x)
    if v.ndim != 1:
        raise ShapeError(f"np.vander: {v.aval} is no vector", location=user_location())
    count = whole("vander", v.shape[0] if N is None else N, "N=")
    if count < 0:
        raise ShapeError(
            f"np.vander: N={count} columns",
            location=user_location(),
            hint="the number of columns is not negative",
        )
    kind = np.promote_types(v.dtype, int)
    value, powers = operand(v, kind), []
    power: Operand = fill(1, kind, value.type.shape)
    for _ in range(count):
        powers.append(power)
        power = value if len(powers) == 1 else power * value
    if not powers:
        return fresh(fill(0, kind, (v.shape[0], 0)))
    rows = o.concatenate(
        *[o.reshape(p, shape=(1, *p.type.shape)) for p in (powers if increasing else powers[::-1])],
        axis=0,
    )
    return fresh(permuted(rows, (1, 0)))


# ---- like= -------------------------------------------------------------------------------------


def _created(original: Callable[..., Any]) -> Callable[..., Any]:
    """`original(..., like=x)`: a traced array with the original's content."""

    def handler(*args: Any, **kwargs: Any) -> Tracer:
        kwargs.pop("like", None)
        if any_tracer(args) and args and type(args[0]) is not Tracer:
            made = stacked(args[0])
        elif args and type(args[0]) is Tracer:
            made = args[0]
        else:
            array = original(*args, **kwargs)
            result = fresh(operand(array))
            result.layout = of_array(array)
            return result
        wanted = kwargs.get("dtype", args[1] if len(args) > 1 else None)
        return fresh(operand(made, None if wanted is None else dtype_of(wanted)))

    return handler


CREATORS: Final = (
    np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.zeros, np.ones,
    np.empty, np.full, np.eye, np.identity, np.tri, np.arange, np.fromfunction, np.fromiter,
)  # fmt: skip

TABLE: Final[Table] = {
    np.zeros_like: _like(0), np.ones_like: _like(1), np.empty_like: empty_like,
    np.full_like: full_like, np.linspace: linspace, np.logspace: logspace, np.geomspace: geomspace,
    np.vander: vander, **{f: _created(f) for f in CREATORS},
}  # fmt: skip
