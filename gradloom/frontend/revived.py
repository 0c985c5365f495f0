"""Constants that outlive their trace: what a program cached (`functools.cache`, a cached property,
a dict of its own) while it was traced.

`np.zeros(n)` in a trace is a traced value, so that traced numbers can be stored into it. Kept in a
cache it meets later traces and plain code, and there it stands for its numbers: all that was
computed from no argument is known. What depends on an argument has leaked, and raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from gradloom.frontend.leaks import leaked
from gradloom.frontend.trace import Trace, no_trace
from gradloom.ir.graph import Literal, Operand, Value
from gradloom.ir.interpret import evaluate, read
from gradloom.ir.location import user_location

if TYPE_CHECKING:
    from gradloom.frontend.tracer import Tracer


def numbers_of(x: Tracer) -> np.ndarray:
    """The numbers of a value whose trace has ended; raises `LeakedTracer` where they depend on an
    argument.
    """
    stale = x.alias is not None and x.alias.version != x.alias.base.version
    found = None if stale or x.owner.alive else _known(x.owner, x._value)
    if found is None:
        raise leaked(user_location(), x)
    return found


def plain(x: Any) -> Any:
    """The same with constants as numpy has them, outside of every trace."""
    kind = type(x)
    if kind.__name__ == "Tracer":
        array = numbers_of(x)
        return array if x.kind == "array" else array.item() if x.kind == "weak" else array[()]
    if kind.__name__ == "Selected":
        return np.compress(plain(x.held), plain(x.data), axis=x.axis)
    if kind in (list, tuple):
        return kind([plain(y) for y in x])
    return {name: plain(y) for name, y in x.items()} if kind is dict else x


def plainly(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`f` of the plain arguments."""
    return f(*plain(args), **plain(kwargs))


def _known(trace: Trace, wanted: Operand) -> np.ndarray | None:
    """The array of an operand that is computed from constants and outside arrays alone."""
    known: dict[Value, Any] = trace.revived
    if not known:
        known.update({h.parameter: h.snapshot for h in trace.hidden.values()})
    waiting = [wanted]
    with no_trace(), np.errstate(all="ignore"):
        while waiting:
            operand = waiting[-1]
            if isinstance(operand, Literal) or operand in known:
                waiting.pop()
                continue
            node = operand.node
            if node is None or node.op.effect is not None:
                return None
            missing = [y for y in node.operands if not isinstance(y, Literal) and y not in known]
            if missing:
                waiting += missing
                continue
            outputs = evaluate(node, tuple([read(known, y) for y in node.operands]))
            known.update(zip(node.results, outputs, strict=True))
    return np.asarray(read(known, wanted))
