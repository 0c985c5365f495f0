"""What must not leave a branch or a turn of a loop: values kept where no trace can see it, and
variables of the module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any, Final

from gradloom.frontend.signature import flatten
from gradloom.frontend.staging.unset import UNDEFINED, Unset
from gradloom.frontend.trace import Trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import LeakedTracer, TraceError
from gradloom.ir.graph import Operand, Value
from gradloom.ir.location import Location, user_location

_HINT: Final = (
    "keep what a branch makes in a variable, a list, a dict or an attribute that the function "
    "itself sets"
)


def require_inside(trace: Trace, results: Sequence[Operand]) -> None:
    """Raise where the trace uses a value of a branch or turn that has ended."""
    if not trace.opened:
        return
    known: set[Operand] = {*trace.parameters, *(v for v, _ in trace.captures.values())}
    known |= {h.parameter for h in trace.hidden.values()}
    known |= {d.parameter for d in trace.draws.values() if d.parameter is not None}
    for node in trace.root.nodes:
        for x in node.operands:
            if x not in known and isinstance(x, Value):
                raise _leaked(x, node.location)
        known.update(node.results)
    for x in results:
        if x not in known and isinstance(x, Value):
            raise _leaked(x, None)


def _leaked(x: Value, used: Location | None) -> LeakedTracer:
    made = x.node.location if x.node is not None else None
    where = f" (made at {made})" if made is not None else ""
    return LeakedTracer(
        f"a value {x.type}{where} of a branch or loop on a traced condition is used outside of it",
        location=used,
        hint=_HINT,
    )


def require_no_globals(
    frame: FrameType, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Raise where a variable of the module was given a traced value; it is put back."""
    code, outside = frame.f_code, frame.f_globals
    own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
    given = [n for n, x in after.items() if n not in own and _is_traced(x)]
    for name in given:
        if before[name] is UNDEFINED:
            outside.pop(name, None)
        else:
            outside[name] = before[name]
    if given:
        raise TraceError(
            f"the global variable '{given[0]}' is set under a traced condition",
            location=user_location(),
            hint="return the value, or keep it in an attribute of an object",
        )


def _is_traced(x: Any) -> bool:
    return type(x) is Unset or any(type(leaf) is Tracer for leaf in flatten(x)[0])
