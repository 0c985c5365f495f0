"""Running sums and products."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import require_shape
from gradloom.frontend.numpy.axes import fill, one_axis, operand, reshaped
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.numpy.reduce import accumulation_dtype
from gradloom.frontend.numpy.shape import atleast_1d
from gradloom.frontend.numpy.ufuncs import into
from gradloom.frontend.tracer import Tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location
from gradloom.ir.op import Op

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def _run(op: Op, x: Operand, axis: int) -> Operand:
    """The running sum or product; on bool an `or` or `and`."""
    if x.type.dtype.kind != "b":
        result: Operand = op(x, axis=axis)
        return result
    wide = o.astype(x, dtype=np.dtype(np.int64))
    return o.not_equal(op(wide, axis=axis), fill(0, wide.type.dtype, wide.type.shape))  # type: ignore[no-any-return]


def _running(name: str, ufunc: np.ufunc, op: Op) -> Callable[..., Any]:
    def handler(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        x = lift(a)
        value = operand(x, accumulation_dtype(ufunc, x.dtype, dtype, out))
        if axis is None:
            value, axis = reshaped(value, (value.type.size,)), 0
        elif not value.type.shape:
            value = reshaped(value, (1,))
        made = wrap(_run(op, value, one_axis(name, axis, value.type.ndim)))
        return into(name, made, _target(name, made, out), casting="unsafe")

    handler.__doc__ = f"What `np.{name}` gives."
    return handler


def _target(name: str, made: Tracer, out: Any) -> Any:
    """`out=`, which has to have the result's own shape."""
    target = out[0] if isinstance(out, tuple) else out
    if isinstance(target, np.ndarray) and target.shape != made.shape:
        raise ShapeError(
            f"np.{name}: out has shape {target.shape} and the result {made.shape}",
            location=user_location(),
        )
    return out


def _cumulative(name: str, ufunc: np.ufunc, op: Op, neutral: int) -> Callable[..., Any]:
    def handler(
        x: Any,
        /,
        *,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        include_initial: bool = False,
    ) -> Any:
        x = atleast_1d(x)
        if axis is None and x.ndim > 1:
            raise ShapeError(f"np.{name}: {x.aval} needs axis=", location=user_location())
        at = one_axis(name, 0 if axis is None else axis, x.ndim)
        value = _run(op, operand(x, accumulation_dtype(ufunc, x.dtype, dtype, out)), at)
        if include_initial:
            shape = tuple(1 if i == at else d for i, d in enumerate(value.type.shape))
            value = o.concatenate(fill(neutral, value.type.dtype, shape), value, axis=at)
        if out is not None and np.ndim(out) != value.type.ndim:
            require_shape(name, out, value.type.shape)
        return into(name, wrap(value), out, casting="unsafe")

    handler.__doc__ = f"What `np.{name}` gives."
    return handler


cumsum: Final = _running("cumsum", np.add, o.cumulative_sum)
cumprod: Final = _running("cumprod", np.multiply, o.cumulative_prod)

TABLE: Final[Table] = {
    np.cumsum: cumsum, np.cumprod: cumprod,
    np.cumulative_sum: _cumulative("cumulative_sum", np.add, o.cumulative_sum, 0),
    np.cumulative_prod: _cumulative("cumulative_prod", np.multiply, o.cumulative_prod, 1),
}  # fmt: skip
