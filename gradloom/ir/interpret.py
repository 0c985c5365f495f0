"""The reference interpreter: what a graph means, one numpy call per node.

Every other way of running a graph is compared with this one. The `on_op` hook sees each node with
its inputs and outputs: breakpoints, the search for NaNs, profiles and animations are callbacks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

import numpy as np

from gradloom.ir import found
from gradloom.ir.errors import GradloomError
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.specialize import specialize
from gradloom.ir.types import solve_symbols

OnOp = Callable[[Node, tuple[Any, ...], tuple[Any, ...]], None]


def interpret(graph: Graph, arrays: Sequence[Any], on_op: OnOp | None = None) -> tuple[Any, ...]:
    """The results of `graph` on these arrays, each of exactly the parameter's dtype and shape."""
    if graph.symbols:
        sizes = solve_symbols([p.type for p in graph.parameters], [np.shape(a) for a in arrays])
        graph = specialize(graph, sizes)
    with np.errstate(all="ignore"):
        return _run(graph, arrays, on_op, found.holds(graph))


def _run(
    graph: Graph, arrays: Sequence[Any], on_op: OnOp | None, measures: bool
) -> tuple[Any, ...]:
    env: dict[Value, Any] = dict(zip(graph.parameters, arrays, strict=True))
    sizes: dict[str, int] = {}
    for node in graph.nodes:
        current = found.sized(node, sizes) if sizes else node
        inputs = tuple([read(env, operand) for operand in current.operands])
        outputs = evaluate(current, inputs, on_op)
        if measures:
            sizes |= found.measured([r.type for r in node.results], outputs, sizes)
        if on_op is not None:
            on_op(node, inputs, outputs)
        env.update(zip(node.results, outputs, strict=True))
    return tuple(read(env, found.filled(result, sizes)) for result in graph.results)


def read(env: dict[Value, Any], operand: Operand) -> Any:
    """The array an operand stands for; a literal is broadcast to its shape."""
    if operand.__class__ is not Literal:
        return env[operand]  # type: ignore[index]
    shape: Any = operand.type.shape
    value: Any = operand.value
    # What np.broadcast_to gives, in a tenth of its time.
    return np.ndarray(shape, value.dtype, value.tobytes(), 0, (0,) * len(shape))


def evaluate(node: Node, inputs: tuple[Any, ...], on_op: OnOp | None = None) -> tuple[Any, ...]:
    """The outputs of one node."""
    op = node.op
    more = {"regions": tuple(RegionCall(r, on_op) for r in node.regions)} if node.regions else {}
    try:
        outputs = (
            op.numpy(*inputs, **more) if op.attrs is None else op.numpy(node.attrs, *inputs, **more)
        )
    except GradloomError as error:
        error.location = error.location or node.location
        raise
    except Exception as error:
        if node.location is not None:
            error.add_note(f"in {op.name}, at {node.location.with_source()}")
        raise
    return tuple(outputs) if isinstance(outputs, tuple) else (outputs,)


@final
class RegionCall:
    """A region as the callable that an op's numpy meaning gets; `graph` tells its types."""

    __slots__ = ("_measures", "graph", "on_op")

    def __init__(self, graph: Graph, on_op: OnOp | None) -> None:
        self.graph = graph
        self.on_op = on_op
        self._measures = found.holds(graph)

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        """The region's results."""
        return _run(self.graph, arrays, self.on_op, self._measures)
