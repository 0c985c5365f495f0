"""Ops from outside the package, as functions of numpy arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.frontend.numpy.lift import operand_of
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import wrap
from gradloom.ir import ops
from gradloom.ir.build import located
from gradloom.ir.errors import CallError
from gradloom.ir.location import user_location
from gradloom.ir.op import Op


def register_op(op: Op) -> Callable[..., Any]:
    """A function that computes `op` on arrays and records it in traces; graphs that hold the op
    print, parse and run from then on.

    Arrays come by place, the op's attributes by name. docs/own-ops.md is the recipe.

    >>> from gradloom.ir.op import Op, Partials
    >>> from gradloom.ir.ops.rules import same_axes
    >>> double = register_op(Op("doc.double", lambda x: x + x, Partials(lambda x, y: 2.0),
    ...                         axes=same_axes, elementwise=True))
    >>> double(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    ops.register(op)

    def function(*arrays: Any, **attrs: Any) -> Any:
        if not op.variadic and len(arrays) != op.arity:
            raise CallError(
                f"{op.name} takes {op.arity} arrays and got {len(arrays)}",
                location=user_location(),
            )
        trace = current_trace()
        if trace is None:
            given = [np.asarray(x) for x in arrays]
            made = op.attrs(**attrs) if op.attrs is not None else None
            return op.numpy(*given) if made is None else op.numpy(made, *given)
        with located(user_location()):
            results = op(*[operand_of(x, trace) for x in arrays], **attrs)
        return tuple(map(wrap, results)) if isinstance(results, tuple) else wrap(results)

    function.__name__ = op.name.replace(".", "_")
    function.__doc__ = f"The op {op.name}, on arrays."
    return function
