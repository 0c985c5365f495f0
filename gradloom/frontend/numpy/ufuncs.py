"""Calls of ufuncs on traced values, with `out=`, `where=`, `dtype=` and the methods."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.numpy.arguments import order
from gradloom.frontend.numpy.composites import COMPOSITE, composed
from gradloom.frontend.numpy.direct import apply, is_direct
from gradloom.frontend.numpy.gufuncs import GUFUNCS, call_gufunc
from gradloom.frontend.numpy.lift import broadcast_shapes, cast, lift, scalar_if_rank_0
from gradloom.frontend.numpy.masked import on_ufunc, resolved
from gradloom.frontend.numpy.promotion import asked_of
from gradloom.frontend.numpy.pyfuncs import call_of_elements, is_of_objects
from gradloom.frontend.numpy.remembered import is_remembered, learn, of_one, of_two
from gradloom.frontend.numpy.told import told
from gradloom.frontend.numpy.views import lay, lay_whole
from gradloom.frontend.revived import plainly
from gradloom.frontend.scipy.special_ufuncs import composite_of, home_of
from gradloom.frontend.selection import is_selected
from gradloom.frontend.stores import foreign_target
from gradloom.frontend.trace import current_trace, require_trace, stack
from gradloom.frontend.tracer import Tracer, any_tracer
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import broadcast


def call_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """What `ufunc(*inputs, **kwargs)` or one of its methods gives on traced values."""
    trace = current_trace()
    if trace is None:
        return plainly(getattr(ufunc, method), *inputs, **kwargs)
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
        if kwargs or len(inputs) != ufunc.nin or not is_remembered(ufunc):
            return _call(ufunc, inputs, kwargs)
        inputs = tuple([lift(x) if type(x) is np.ndarray else x for x in inputs])
        what = (ufunc, "call")
        a, b = inputs[0], inputs[-1]
        found = of_one(what, a, trace) if len(inputs) == 1 else of_two(what, a, b, trace)
        if type(found) is Tracer:
            return found
        mark = len(trace.builder.nodes)  # after the nodes of views that have been read anew
        made = _call(ufunc, inputs, kwargs)
        learn(found, inputs, made, trace, mark)
        return made
    except Exception as error:
        name = f"{home_of(ufunc)}.{ufunc.__name__}"
        shown = told(error, name if method == "__call__" else f"{name}.{method}", location)
        if shown is error:
            raise
        raise shown from error


def call_on_one(ufunc: np.ufunc, x: Tracer) -> Any:
    """What `ufunc(x)` gives; called by what the user's code calls."""
    trace = stack.trace
    if trace is not None:
        trace.builder.location = user_location(2)
        found = of_one((ufunc, "call"), x, trace)
        if type(found) is Tracer:
            return found
    return call_ufunc(ufunc, "__call__", (x,), {})


def _call(ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    out = kwargs.pop("out", None)
    where = kwargs.pop("where", True)
    casting = kwargs.get("casting", "same_kind")
    if not isinstance(kwargs.pop("subok", True), bool):
        raise TypeError("'subok' must be a boolean")
    order(kwargs.pop("order", "K"), "K")
    if len(inputs) > ufunc.nin:
        out, inputs = _positional_out(ufunc, inputs, out), inputs[: ufunc.nin]
    if ufunc in GUFUNCS:
        made = scalars(call_gufunc(ufunc, inputs, kwargs, out))
        for one in made if isinstance(made, tuple) else (made,):
            lay_whole(one, inputs)
        return into(ufunc.__name__, made, out, where, casting)
    asked = asked_of(ufunc, kwargs)
    if kwargs:
        name = next(iter(kwargs))
        raise TypeError(f"{ufunc.__name__}() got an unexpected keyword argument '{name}'")
    xs = [lift(x) for x in inputs]
    if is_of_objects(ufunc):
        targets = out if isinstance(out, tuple) else (out,)
        if casting != "unsafe" and any(target is not None for target in targets):
            raise DtypeError(
                f"the ufunc {ufunc.__name__}: its result is of objects, which out= cannot hold",
                location=user_location(),
                hint="leave out= out, and convert the result with astype",
            )
        return into(ufunc.__name__, scalars(call_of_elements(ufunc, xs)), out, where, casting)
    composite = COMPOSITE.get(ufunc) or (None if is_direct(ufunc) else composite_of(ufunc))
    if composite is not None:
        result = scalars(composed(ufunc, composite, xs, asked))
    else:
        result = apply(ufunc, xs, asked)
    lay(result, xs)
    return into(ufunc.__name__, result, out, where, casting)


def _positional_out(ufunc: np.ufunc, inputs: tuple[Any, ...], out: Any) -> tuple[Any, ...]:
    """`out` given behind the operands, as in `np.add(x, y, z)`."""
    given = inputs[ufunc.nin :]
    if out is not None or len(given) > ufunc.nout:
        raise TypeError(
            f"{ufunc.__name__}() takes from {ufunc.nin} to {ufunc.nin + ufunc.nout} "
            f"positional arguments but {len(inputs)} were given"
        )
    return (*given, *[None] * (ufunc.nout - len(given)))


def scalars(result: Any) -> Any:
    """A result of rank 0 as the numpy scalar that every ufunc gives."""
    if isinstance(result, tuple):
        return tuple([scalars(r) for r in result])
    return scalar_if_rank_0(result)


def into(name: str, result: Any, out: Any, where: Any = True, casting: Any = "same_kind") -> Any:
    """`result` written to `out=` where `where=` holds, or itself when neither is given.

    Without `out=` numpy leaves the other elements undefined; here they are zeros, as those of
    np.empty are.
    """
    results = result if isinstance(result, tuple) else (result,)
    outs = out if isinstance(out, tuple) else (None,) * len(results) if out is None else (out,)
    if len(outs) != len(results):
        raise TypeError(f"{name}: the 'out' tuple must have {len(results)} entries")
    written = []
    for one, target in zip(results, outs, strict=True):
        if target is None:
            if where is not True:
                one = np.where(mask_of(where), one, np.zeros_like(one))
            written.append(one)
            continue
        kept = one if where is True else _chosen(where, one, target, casting)
        write_into(name, target, kept, casting)
        written.append(target)
    return tuple(written) if isinstance(result, tuple) else written[0]


def mask_of(where: Any) -> Tracer:
    """The truth values of `where=`: numpy takes those of lists and of single numbers, and arrays of
    numbers not.
    """
    if not isinstance(where, np.ndarray) and not any_tracer(where):
        return lift(np.asarray(where, bool))
    mask = lift(where)
    if mask.dtype.kind != "b" and isinstance(where, np.ndarray):
        raise DtypeError(
            f"where= is {mask.dtype}, which does not cast to bool safely",
            location=user_location(),
            hint="make it a condition (where != 0)",
        )
    return lift(mask.astype(bool))


def _chosen(where: Any, result: Any, target: Any, casting: Any) -> Any:
    """The result where the mask holds, the target elsewhere, in the target's dtype."""
    mask = mask_of(where)
    if is_selected(target):
        target = target.taken()
    if type(target) is not Tracer:
        return result  # which write_into refuses
    one = lift(result)
    check_cast("where", one, target, casting)
    return np.where(mask, one.astype(target.dtype), target)


def write_into(name: str, target: Any, result: Any, casting: str = "same_kind") -> None:
    """Write a result into an existing traced array, with numpy's checks; foreign arrays are
    refused.
    """
    if is_selected(target):
        target = target.taken()
    if type(target) is not Tracer:
        if not isinstance(target, np.ndarray):
            raise TypeError("return arrays must be of ArrayType")
        raise foreign_target(name, target, require_trace().paths.get(id(target)))
    result = lift(result)
    check_cast(name, result, target, casting)
    shape = broadcast_shapes(name, [result.shape, target.shape])
    if shape != target.shape:
        raise ShapeError(
            f"np.{name}: a result of shape {result.shape} does not fit into {target.shape}",
            location=user_location(),
            hint="without the in-place form (x = x + y) the result is an array of its own shape",
        )
    target.write(cast(broadcast(result.here(require_trace()), target.shape), target.dtype))


def check_cast(name: str, result: Tracer, target: Tracer, casting: Any) -> None:
    """Raise `DtypeError` where numpy would not write a result of this dtype."""
    if not np.can_cast(result.dtype, target.dtype, casting):
        raise DtypeError(
            f"np.{name}: the result is {result.dtype} and cannot be written into {target.dtype}",
            location=user_location(),
            hint="give the target a wider dtype, or drop the in-place form",
        )
