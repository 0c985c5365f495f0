"""Calls of ufuncs on traced values, with `out=`, `where=`, `dtype=` and the methods."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.numpy.composites import COMPOSITE
from gradloom.frontend.numpy.direct import apply
from gradloom.frontend.numpy.lift import broadcast_shapes, cast, lift, scalar_if_rank_0
from gradloom.frontend.numpy.masked import on_ufunc, resolved
from gradloom.frontend.numpy.told import told
from gradloom.frontend.selection import is_selected
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, refuse
from gradloom.ir.errors import DtypeError, ShapeError, TraceError
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import broadcast


def call_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """What `ufunc(*inputs, **kwargs)` or one of its methods gives on traced values."""
    trace = require_trace()
    trace.builder.location = location = user_location()
    try:
        if any(map(is_selected, inputs)):
            made = on_ufunc(ufunc, method, inputs, kwargs)
            if made is not NotImplemented:
                return made
            inputs = tuple(map(resolved, inputs))
        if method != "__call__":
            from gradloom.frontend.numpy.methods import call_method

            return call_method(ufunc, method, inputs, kwargs)
        return _call(ufunc, inputs, kwargs)
    except Exception as error:
        name = f"np.{ufunc.__name__}"
        shown = told(error, name if method == "__call__" else f"{name}.{method}", location)
        if shown is error:
            raise
        raise shown from error


def _call(ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    out = kwargs.pop("out", None)
    where = kwargs.pop("where", True)
    dtype = kwargs.pop("dtype", None)
    casting = kwargs.pop("casting", "same_kind")
    kwargs.pop("subok", None)
    if kwargs.get("order", "K") == "K":
        kwargs.pop("order", None)
    if "signature" in kwargs or "sig" in kwargs:
        raise refuse(
            f"np.{ufunc.__name__}", "signature= is not offered on traced values", "use dtype="
        )
    dtype = None if dtype is None else np.dtype(dtype)
    rule = COMPOSITE.get(ufunc)
    if rule is not None:
        result = scalars(rule(*inputs, **kwargs))
        if dtype is not None:
            result = result.astype(dtype)
    elif kwargs:
        raise refuse(
            f"np.{ufunc.__name__}", f"{', '.join(kwargs)}= is not offered on traced values"
        )
    else:
        result = apply(ufunc, [lift(x) for x in inputs], dtype, casting)
    return into(ufunc.__name__, result, out, where, casting)


def scalars(result: Any) -> Any:
    """A result of rank 0 as the numpy scalar that every ufunc gives."""
    if isinstance(result, tuple):
        return tuple([scalars(r) for r in result])
    return scalar_if_rank_0(result)


def into(name: str, result: Any, out: Any, where: Any = True, casting: str = "same_kind") -> Any:
    """`result` written to `out=` where `where=` holds, or itself when neither is given."""
    outs = out if isinstance(out, tuple) else (out,)
    if where is not True and all(x is None for x in outs):
        raise refuse(
            f"np.{name}",
            "where= without out= leaves elements undefined",
            "give out= with the other elements",
        )
    if all(x is None for x in outs):
        return result
    results = result if isinstance(result, tuple) else (result,)
    written = []
    for one, target in zip(results, outs, strict=True):
        if target is None:
            written.append(one)
            continue
        kept = one if where is True else np.where(where, one, target)
        write_into(name, target, kept, casting)
        written.append(target)
    return tuple(written) if isinstance(result, tuple) else written[0]


def write_into(name: str, target: Any, result: Any, casting: str = "same_kind") -> None:
    """Write a result into an existing traced array, with numpy's checks; foreign arrays are
    refused.
    """
    if type(target) is not Tracer:
        raise TraceError(
            f"np.{name} writes a traced value into an array "
            "that the trace neither made nor received",
            location=user_location(),
            hint="make the array inside the traced function (np.zeros, x.copy())",
        )
    result = lift(result)
    if not np.can_cast(result.dtype, target.dtype, casting):  # type: ignore[arg-type]
        raise DtypeError(
            f"np.{name}: the result is {result.dtype} and cannot be written into {target.dtype}",
            location=user_location(),
            hint="give the target a wider dtype, or drop the in-place form",
        )
    shape = broadcast_shapes(name, [result.shape, target.shape])
    if shape != target.shape:
        raise ShapeError(
            f"np.{name}: a result of shape {result.shape} does not fit into {target.shape}",
            location=user_location(),
        )
    target.write(cast(broadcast(result.here(require_trace()), target.shape), target.dtype))
