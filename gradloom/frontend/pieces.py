"""Functions that stand in the graph as one named piece: checkpoint, custom rules, control flow
by hand.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from gradloom.frontend.record import Recorded, name_of, record
from gradloom.frontend.signature import flatten, rebuild
from gradloom.frontend.trace import Trace, current_trace
from gradloom.frontend.wrapping import as_result
from gradloom.ir import build
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph, Operand
from gradloom.ir.location import user_location
from gradloom.ir.ops.control import Call, call


def operands_of(
    recorded: Recorded, args: tuple[Any, ...], kwargs: dict[str, Any], trace: Trace
) -> list[Operand]:
    """The operands that stand for a recorded call's parameters in the trace around it."""
    from gradloom.frontend.numpy.lift import operand_of

    leaves, _ = flatten((args, kwargs))
    pairs = zip(leaves, recorded.signature.inputs, strict=True)
    own = [operand_of(x, trace) for x, leaf in pairs if leaf.type is not None]
    return own + [operand_of(x, trace) for x in recorded.extras]


def region(recorded: Recorded) -> Graph:
    """The recorded graph as a region."""
    g = recorded.graph
    return Graph(g.parameters, g.nodes, g.results, g.name)


def checkpointed(f: Callable[..., Any], policy: Any = None) -> Callable[..., Any]:
    """`f` as a `call` whose values reverse mode computes again."""
    if policy is not None:
        raise NotSupported(
            "checkpoint(policy=...) is still to come",
            hint="leave policy out: everything is computed again",
        )

    return as_piece(f, "checkpoint")


def as_piece(f: Callable[..., Any], kind: str) -> Callable[..., Any]:
    """`f`, which in a trace becomes a `call` of this kind and outside one just runs."""

    @functools.wraps(f, updated=())
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        trace = current_trace()
        if trace is None:
            return f(*args, **kwargs)
        recorded = record(f, args, kwargs)
        with build.located(user_location()):
            operands = operands_of(recorded, args, kwargs, trace)
            outs = build.emit(call, tuple(operands), Call(name_of(f), kind), (region(recorded),))
        return rebuild(recorded.signature, outs, as_result)

    return wrapper
