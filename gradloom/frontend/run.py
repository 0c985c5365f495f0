"""Running graphs: on numpy arrays, or inlined where a trace is running."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradloom.frontend.signature import bind, rebuild, signature_of
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer
from gradloom.frontend.wrapping import as_result
from gradloom.ir.build import inline, located
from gradloom.ir.graph import Graph
from gradloom.ir.interpret import interpret
from gradloom.ir.location import user_location


def execute(graph: Graph, arrays: Sequence[Any]) -> list[Any]:
    """The flat results: traced where an input is traced, else numpy's."""
    trace = current_trace()
    if trace is not None and any(type(x) is Tracer for x in arrays):
        from gradloom.frontend.numpy.lift import operand_of

        with located(user_location()):
            operands = [operand_of(x, trace) for x in arrays]
            return list(inline(graph, operands))
    return list(interpret(graph, arrays))


def finish(graph: Graph, values: Sequence[Any]) -> Any:
    """The result tree of a graph with a signature, from its flat results."""
    return rebuild(signature_of(graph), values, as_result)


def call_graph(graph: Graph, *args: Any, **kwargs: Any) -> Any:
    """What `graph(*args)` gives: numpy in, numpy out; raises when shapes or dtypes are not the graph's own."""
    arrays = bind(graph, args, kwargs)
    return finish(graph, execute(graph, arrays))
