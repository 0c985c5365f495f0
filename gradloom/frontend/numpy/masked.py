"""What numpy's functions give for `x[mask]` when the mask has no values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.numpy.lift import Array, as_array, lift
from gradloom.frontend.numpy.views import fresh
from gradloom.frontend.selection import Selected, is_selected, same_selection, same_value
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.graph import Operand
from gradloom.ir.types import size_of


def select(x: Any, mask: Tracer, axis: int = 0) -> Selected:
    """`x[:, mask]` (the mask behind `axis` axes) without the mask's values."""
    shape, n = x.shape, mask.ndim
    size = mask.size
    flat = np.reshape(x, (*shape[:axis], size, *shape[axis + n :]))
    held: Any = np.reshape(as_array(mask), (size,))
    trace = require_trace()
    data = wrap(lift(flat).here(trace), "array")  # what is there now: both may be changed in place
    return Selected(data, wrap(lift(held).here(trace), "array"), axis, mask.here(trace))


# ---- elements that the mask leaves out -----------------------------------------------------------


def spread(held: Any, like: Any, axis: int) -> Any:
    """The mask with axes of size 1, so that it broadcasts along `axis` of an array."""
    return np.reshape(held, (-1, *[1] * (like.ndim - axis - 1)))


def held_of(x: Selected) -> Any:
    """The mask beside `x.data`."""
    return spread(x.held, x.data, x.axis)


def filled(x: Selected) -> Array:
    """The data, its other elements repeating the first one that is held (1 where none is)."""
    data: Any = x.data
    if x.filled:
        return data
    held: Any = x.held
    first = np.take(data, np.argmax(held).reshape(1), axis=x.axis)
    kept = wrap(o.stop_gradient(lift(first).here(require_trace())), "array")
    home = np.where(np.any(held), as_array(kept), np.ones((), data.dtype))
    return np.where(held_of(x), data, home)


def zeroed(x: Selected, neutral: Any = 0) -> Array:
    """The data, its other elements replaced by a number."""
    return np.where(held_of(x), x.data, x.dtype.type(neutral))


def count_of(x: Selected) -> Any:
    """How many elements are held, which promotes as the Python number that a size is."""
    total: Any = np.sum(x.held, dtype=np.int64)
    return Tracer(total.owner, total.value, "weak")


# ---- elementwise functions -----------------------------------------------------------------------

_HARMLESS: Final = frozenset(
    {
        np.add, np.subtract, np.negative, np.positive, np.equal, np.not_equal, np.less,
        np.less_equal, np.greater, np.greater_equal, np.logical_and, np.logical_or, np.logical_not,
        np.logical_xor, np.isnan, np.isinf, np.isfinite, np.invert, np.bitwise_and, np.bitwise_or,
        np.bitwise_xor,
    }
)  # fmt: skip
"""ufuncs whose derivative is finite whatever they meet."""


def aligned(args: Sequence[Any]) -> Selected | None:
    """One of the selected arguments, when all hold the same places and the rest broadcasts."""
    chosen = [x for x in args if is_selected(x)]
    first: Selected = chosen[0]
    if any(x.made is not None for x in chosen):
        return None
    if not all(same_selection(first, x) for x in chosen[1:]):
        return None
    behind = first.ndim - first.axis
    for x in args:
        if is_selected(x):
            continue
        shape = x.shape if type(x) is Tracer else np.shape(x)
        if len(shape) >= behind and shape[-behind] != 1:
            return None
    return first


def elementwise(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """The function of all elements, or None where arguments do not lie side by side."""
    first = aligned([*args, *kwargs.values()])
    if first is None:
        return None
    bare = function in _HARMLESS

    def plain(x: Any) -> Any:
        return (x.data if bare else filled(x)) if is_selected(x) else x

    made = function(*map(plain, args), **{k: plain(v) for k, v in kwargs.items()})
    whole = not bare or all(x.filled for x in args if is_selected(x))
    behind = first.ndim - first.axis

    def chosen(result: Any) -> Selected:
        return Selected(lift(result), first.held, result.ndim - behind, first.mask, whole)

    return tuple(map(chosen, made)) if isinstance(made, tuple) else chosen(made)


# ---- reductions ----------------------------------------------------------------------------------


def _axes(x: Selected, axis: Any) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(x.ndim))
    return tuple(a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def _beside(function: Callable[..., Any], x: Selected, axes: tuple[int, ...], kw: Any) -> Any:
    """A reduction over other axes only: the selection stays."""
    made: Any = function(filled(x), axis=axes if len(axes) > 1 else axes[0], **kw)
    left = x.axis if kw.get("keepdims") is True else x.axis - sum(a < x.axis for a in axes)
    return Selected(lift(made), x.held, left, x.mask, True)


def _reduction(function: Callable[..., Any], values: Callable[[Selected], Any], where: bool) -> Any:
    def handler(a: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs.get("where", True) is not True or not is_selected(a):
            return NotImplemented
        axes = _axes(a, axis)
        if a.axis not in axes:
            return _beside(function, a, axes, kwargs)
        if where:
            kwargs["where"] = np.broadcast_to(held_of(a), a.data.shape)
        return function(values(a), axis=axis, **kwargs)

    return handler


def _plain(x: Selected) -> Array:
    return x.data


def _require_some(a: Any, told: str) -> None:
    if is_selected(a):
        hint = "ask (mask.any()) first" if "arg" in told else "give initial= for an empty selection"
        require(np.any(a.held), told, hint=hint)


def _extreme(function: Callable[..., Any], values: Callable[[Selected], Any], name: str) -> Any:
    """A reduction that has no answer for no elements, unless `initial` gives one."""
    plain = _reduction(function, values, False)
    told = f"np.{name[:3]}: zero-size array to reduction operation {name} which has no identity"

    def handler(a: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
        made = plain(a, axis, *args, **kwargs)
        over = made is not NotImplemented and not is_selected(made)
        if over and kwargs.get("initial", np._NoValue) is np._NoValue and np.size(made):
            _require_some(a, told)
        return made

    return handler


def _limits(x: Selected) -> tuple[Any, Any]:
    """The least and the greatest number of the dtype."""
    if x.dtype.kind in "iu":
        return np.iinfo(x.dtype).min, np.iinfo(x.dtype).max
    return (False, True) if x.dtype.kind == "b" else (-np.inf, np.inf)


def _low(x: Selected) -> Array:
    return zeroed(x, _limits(x)[0])


def _high(x: Selected) -> Array:
    return zeroed(x, _limits(x)[1])


def _spanned(a: Any, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    if out is not None:
        return NotImplemented
    return np.subtract(np.max(a, axis, keepdims=keepdims), np.min(a, axis, keepdims=keepdims))


def _winner(function: Callable[..., Any]) -> Any:
    def handler(a: Any, axis: Any = None, out: Any = None, *, keepdims: Any = False) -> Any:
        if out is not None or not is_selected(a) or (axis is None and a.ndim > 1):
            return NotImplemented
        if axis is not None and axis % a.ndim != a.axis:
            return NotImplemented
        name = function.__name__
        _require_some(a, f"np.{name}: attempt to get {name} of an empty sequence")
        rank = np.maximum(np.cumsum(a.held) - 1, 0)
        return rank[function(filled(a), axis=axis, keepdims=keepdims)]

    return handler


def _running(function: Callable[..., Any], neutral: int) -> Any:
    def handler(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        if out is not None or not is_selected(a) or (axis is None and a.ndim > 1):
            return NotImplemented
        made = function(zeroed(a, neutral), axis=axis, dtype=dtype)
        return Selected(lift(made), a.held, a.axis, a.mask)

    return handler


def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """How many of the held elements are not 0."""
    return np.sum(elementwise(np.not_equal, (a, 0), {}), axis=axis, keepdims=keepdims)


def _product(a: Any, b: Any, out: Any = None) -> Any:
    """The inner product of two vectors."""
    if out is not None or np.ndim(a) != 1 or np.ndim(b) != 1:
        return NotImplemented
    both = elementwise(np.multiply, (a, b), {})
    return NotImplemented if both is None else np.sum(both)


def _vdot(a: Any, b: Any, /) -> Any:
    return _product(np.conjugate(a), b)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The length of a vector."""
    if ord not in (None, 1, 2) or x.ndim != 1:
        return NotImplemented
    return np.linalg.norm(zeroed(x), ord, axis, keepdims)


def size(a: Any, axis: Any = None) -> Any:
    """How many elements there are, or along one axis."""
    if axis is None:
        return selected_size(a)
    return count_of(a) if axis % a.ndim == a.axis else a.data.shape[axis]


def selected_size(x: Selected) -> Any:
    """The number of elements."""
    return count_of(x) * size_of([d for i, d in enumerate(x.data.shape) if i != x.axis])


def shape_of(x: Selected) -> tuple[Any, ...]:
    """The sizes of the axes, of which one is traced."""
    return tuple(count_of(x) if i == x.axis else d for i, d in enumerate(x.data.shape))


# ---- order statistics ----------------------------------------------------------------------------


def _quantile(x: Any, q: Any) -> Any:
    """The quantiles of a vector by straight lines between its elements in order; NaN if one is."""
    data: Any = x.data.astype(np.float64) if x.dtype.kind in "biu" else x.data
    row = np.sort(np.where(x.held, data, np.inf))
    last: Any = as_array(count_of(x) - 1)
    place: Any = np.multiply(as_array(q), last)
    low: Any = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, last)
    below, above = row[np.maximum(low, 0)], row[np.maximum(high, 0)]
    part = (place - low).astype(data.dtype)
    found = np.where(part == 0, below, below + (above - below) * part)
    lost = np.logical_or(np.any(np.logical_and(x.held, np.isnan(data))), last < 0)
    return np.where(lost, data.dtype.type(np.nan), found)[()]


def _by_quantile(scale: float | None) -> Any:
    def handler(a: Any, q: Any = 0.5, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
        if not is_selected(a) or a.ndim != 1 or args or kwargs or a.dtype.kind == "c":
            return NotImplemented
        if scale is not None:
            told = "index -1 is out of bounds for axis 0 with size 0: the mask holds nothing"
            require(np.any(a.held), f"np.quantile: {told}", "IndexOutOfRange")
        return _quantile(a, np.multiply(as_array(q), 1 if scale is None else scale))

    return handler


def median(a: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
    """The middle of the held elements."""
    return _by_quantile(None)(a, 0.5, axis, *args, **kwargs)


# ---- other functions -----------------------------------------------------------------------------


def _same(a: Any, *args: Any, **kwargs: Any) -> Any:
    if args or kwargs or not is_selected(a):
        return NotImplemented
    return Selected(fresh(lift(a.data).here(require_trace())), a.held, a.axis, a.mask, a.filled)


def _flat(a: Any, *args: Any, **kwargs: Any) -> Any:
    return a if is_selected(a) and a.ndim == 1 else NotImplemented


_ELEMENTWISE: Final = (
    np.where, np.clip, np.round, np.around, np.real, np.imag, np.angle, np.sinc, np.i0,
    np.nan_to_num, np.isclose, np.fix, np.isneginf, np.isposinf, np.iscomplex, np.isreal,
)  # fmt: skip

HANDLERS: Final[dict[Callable[..., Any], Callable[..., Any]]] = {
    np.sum: _reduction(np.sum, zeroed, False),
    np.prod: _reduction(np.prod, lambda x: zeroed(x, 1), False),
    np.mean: _reduction(np.mean, _plain, True),
    np.var: _reduction(np.var, filled, True),
    np.std: _reduction(np.std, filled, True),
    np.any: _reduction(np.any, _plain, True),
    np.all: _reduction(np.all, _plain, True),
    np.max: _extreme(np.max, _low, "maximum"),
    np.min: _extreme(np.min, _high, "minimum"),
    np.ptp: _spanned,
    np.argmax: _winner(np.argmax),
    np.argmin: _winner(np.argmin),
    np.cumsum: _running(np.cumsum, 0),
    np.cumprod: _running(np.cumprod, 1),
    np.count_nonzero: count_nonzero,
    np.dot: _product,
    np.inner: _product,
    np.vdot: _vdot,
    np.linalg.norm: norm,
    np.median: median,
    np.quantile: _by_quantile(1),
    np.percentile: _by_quantile(0.01),
    np.copy: _same,
    np.ravel: _flat,
    np.size: size,
    np.shape: shape_of,
    np.ndim: lambda a: a.ndim,
}
_REDUCTIONS: Final[dict[np.ufunc, Callable[..., Any]]] = {
    np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min,
    np.logical_and: np.all, np.logical_or: np.any,
}  # fmt: skip


def on_function(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """What a numpy function gives; NotImplemented where the number of elements decides."""
    if any(is_selected(x) and x.made is not None for x in [*args, *kwargs.values()]):
        return NotImplemented
    original = getattr(function, "__wrapped__", function)  # of a name that is replaced in a trace
    found = HANDLERS.get(function) or HANDLERS.get(original)
    if found is not None:
        return found(*args, **kwargs)
    if function in _ELEMENTWISE or original in _ELEMENTWISE:
        made = elementwise(function, args, kwargs)
        return NotImplemented if made is None else made
    return NotImplemented


def on_ufunc(ufunc: np.ufunc, method: str, inputs: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """What a ufunc or its `reduce` gives; NotImplemented where the number of elements decides."""
    if method == "reduce" and ufunc in _REDUCTIONS:
        return on_function(_REDUCTIONS[ufunc], inputs, {"axis": 0, **kwargs})
    if method != "__call__" or kwargs.get("out") is not None or "where" in kwargs:
        return NotImplemented
    if ufunc == np.matmul:
        return _product(*inputs)
    made = elementwise(ufunc, inputs, kwargs)
    return NotImplemented if made is None else made


def resolved(x: Any) -> Any:
    """The argument itself; of `x[mask]` without values, its elements by themselves."""
    return x.taken() if is_selected(x) else x


def masked_write(base: Tracer, mask: Tracer, value: Any) -> Operand | None:
    """`base[mask] = value` for a value that the same mask selected; None for others."""
    trace = require_trace()
    axis, shape = value.axis, value.data.shape
    if value.made is not None or not same_value(value.mask, mask.here(trace)):
        return None
    if value.ndim - axis != base.ndim - mask.ndim - axis + 1:
        return None
    given = np.reshape(value.data, (*shape[:axis], *mask.shape, *shape[axis + 1 :]))
    held = np.reshape(mask, (*mask.shape, *[1] * (value.ndim - axis - 1)))
    made: Any = np.where(held, given.astype(base.dtype), base)
    return lift(made).here(trace)
