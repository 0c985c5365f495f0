"""Running graphs: on numpy arrays, or inlined where a trace is running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradloom.frontend.signature import bind, rebuild, signature_of
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer
from gradloom.frontend.wrapping import as_result
from gradloom.ir import ops as o
from gradloom.ir.build import inline, located
from gradloom.ir.errors import ShapeError
from gradloom.ir.found import holds, renamed
from gradloom.ir.graph import Graph, Operand
from gradloom.ir.interpret import interpret
from gradloom.ir.location import user_location
from gradloom.ir.specialize import specialize
from gradloom.ir.types import match_sizes


def execute(graph: Graph, arrays: Sequence[Any]) -> list[Any]:
    """The flat results: traced where an input is traced, else numpy's."""
    trace = current_trace()
    if trace is not None and any(type(x) is Tracer for x in arrays):
        from gradloom.frontend.numpy.lift import operand_of

        with located(user_location()):
            operands = [operand_of(x, trace) for x in arrays]
            return list(inline(_for_operands(graph, operands), operands))
    given = native(graph, arrays)
    return owned(interpret(graph, given), given)


def _for_operands(graph: Graph, operands: Sequence[Operand]) -> Graph:
    """The graph at the operands' sizes, its own names apart from those of the program around it."""
    if graph.symbols:
        types = [p.type for p in graph.parameters]
        graph = specialize(graph, match_sizes(types, [x.type.shape for x in operands]))
    return renamed(graph, results=True) if holds(graph) else graph


def native(graph: Graph, arrays: Sequence[Any]) -> list[np.ndarray]:
    """The arrays in the parameters' own dtypes: foreign byte orders end here."""
    return [np.asarray(x, p.type.dtype) for x, p in zip(arrays, graph.parameters, strict=True)]


def owned(results: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
    """The results, copied where writing into one would change an input, a constant or another
    result.

    A gradient may well be an argument (of `x * y` it is y), and equal results are computed once.
    """
    seen = {id(_owner(x)) for x in inputs}
    out: list[Any] = []
    for result in results:
        if type(result) is np.ndarray:
            owner = _owner(result)
            if (
                not result.flags.writeable
                or id(owner) in seen
                or _foreign(owner, result, inputs, out)
            ):
                result = result.copy()
            seen.add(id(_owner(result)))
        out.append(result)
    return out


def _owner(x: Any) -> Any:
    """The object that holds an array's memory."""
    while isinstance(x, np.ndarray) and x.base is not None:
        x = x.base
    return x


def _foreign(owner: Any, result: np.ndarray, inputs: Sequence[Any], results: Sequence[Any]) -> bool:
    """Whether another library's memory behind a result is also that of an input or of an earlier
    result.
    """
    if isinstance(owner, np.ndarray):
        return False
    others = [x for x in (*inputs, *results) if isinstance(x, np.ndarray)]
    return any(np.may_share_memory(result, x) for x in others)


def finish(graph: Graph, values: Sequence[Any]) -> Any:
    """The result tree of a graph with a signature, from its flat results."""
    return rebuild(signature_of(graph), values, as_result)


def call_graph(graph: Graph, *args: Any, **kwargs: Any) -> Any:
    """What `graph(*args)` gives: numpy in, numpy out; raises when shapes or dtypes are not the
    graph's own. A graph of Python calls takes any objects, one per parameter.
    """
    if any(node.op is o.python_call for node in graph.nodes):
        return _call_objects(graph, args, kwargs)
    arrays = bind(graph, args, kwargs)
    return finish(graph, execute(graph, arrays))


def _call_objects(graph: Graph, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    if kwargs or len(args) != len(graph.parameters):
        raise ShapeError(
            f"{graph.name} takes {len(graph.parameters)} objects and got {len(args) + len(kwargs)}",
            hint=f"its inputs are {', '.join(p.name for p in graph.parameters)}, by position",
        )
    results = interpret(graph, args)
    return results[0] if len(results) == 1 else results
