"""Traces and graphs as a user asks for them: trace, optimize, eval_shape, summary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

from gradloom.frontend.guards import watch_of
from gradloom.frontend.record import Recorded, record
from gradloom.frontend.signature import flatten, leaf_of, signature_of, specified, unflatten
from gradloom.ir.errors import CallError, DtypeError, TraceError
from gradloom.ir.graph import Graph
from gradloom.ir.ops.called import require_numbers
from gradloom.passes import pipeline as pipelines


def trace(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Graph:
    """The graph of `f` on these arguments: arrays, floats, pytrees of them, or specs.

    Python ints, bools and strings are static: they are part of the program. Arrays that `f` reaches
    from outside its arguments become constants, listed in the graph's header. Of a function that
    changes arguments in place the result is `(its own, {name: changed})`, and notes say so. Raises
    `TraceError` for what cannot be recorded.

    >>> import numpy as np
    >>> from gradloom import ShapeDtypeStruct
    >>> print(trace(lambda x: np.tanh(x) * 2, ShapeDtypeStruct((3,), np.float32)))
    func @fn(%x: f32[3]) -> (f32[3]) {
      %0: f32[3] = tanh(%x)
      %1: f32[3] = multiply(%0, 2.0)
      return %1
    }
    <BLANKLINE>
    """
    if isinstance(f, Graph):
        return f
    return traced(f, args, kwargs).graph


def traced(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Recorded:
    """What `trace` records, with what it tells beside the graph."""
    if not callable(f):
        raise CallError(f"trace wants a function, and got {type(f).__name__}")
    recorded = record(
        f, args, kwargs, values=False, keys="baked", writes="returned", watch=watch_of(f)
    )
    if recorded.extras:
        raise TraceError(
            "the function uses values of a trace around it", hint="pass them as arguments"
        )
    return recorded


def optimize(g: Graph, pipeline: str = "default") -> Graph:
    """The graph after a pipeline of passes, `"simplify,cse,dce"`; `result.history` lists (pass,
    graph, seconds).

    Raises `PipelineError` for a name that is no pass.

    >>> import numpy as np
    >>> from gradloom import ShapeDtypeStruct
    >>> g = trace(lambda x: np.sin(x) + np.sin(x), ShapeDtypeStruct((3,)))
    >>> better = optimize(g, "cse,dce")
    >>> [(step.name, len(step.graph.nodes)) for step in better.history]
    [('trace', 3), ('cse', 2), ('dce', 2)]
    """
    made, history = pipelines.run(g, pipeline)
    out = Graph(made.parameters, made.nodes, made.results, made.name, made.notes, made.signature)
    out.history = tuple(history)
    return out


def eval_shape(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The result of `f` as specs, without computing anything.

    >>> import numpy as np
    >>> from gradloom import ShapeDtypeStruct
    >>> eval_shape(lambda x: x @ x.T, ShapeDtypeStruct(("n", 3), np.float64))
    f64[n,n]
    """
    recorded = None if isinstance(f, Graph) else traced(f, args, kwargs)
    require_numbers(f, "eval_shape")
    signature = recorded.signature if recorded is not None else signature_of(trace(f))
    made = unflatten(signature.out_tree, [specified(leaf) for leaf in signature.outputs])
    return made if recorded is None or recorded.written is None else made[0]


@final
@dataclass(frozen=True, slots=True)
class Summary:
    """Parameters by name, and what one call costs."""

    rows: tuple[tuple[str, str, int, int], ...]
    """(name, type, elements, bytes) of each parameter."""
    output: Any
    flops: int
    peak_bytes: int

    @property
    def total(self) -> int:
        """Elements of all parameters."""
        return sum(row[2] for row in self.rows)

    @property
    def nbytes(self) -> int:
        """Bytes of all parameters."""
        return sum(row[3] for row in self.rows)

    def __str__(self) -> str:
        width = max([len(row[0]) for row in self.rows] + [9])
        lines = [f"{'parameter':<{width}}  {'type':<20} {'elements':>12} {'bytes':>14}"]
        lines += [
            f"{name:<{width}}  {kind:<20} {count:>12,} {size:>14,}"
            for name, kind, count, size in self.rows
        ]
        lines.append(f"{'total':<{width}}  {'':<20} {self.total:>12,} {self.nbytes:>14,}")
        lines.append(
            f"output: {self.output}; {self.flops:,} FLOPs per call; "
            f"peak memory {self.peak_bytes:,} bytes"
        )
        return "\n".join(lines)

    __repr__ = __str__


def summary(f: Callable[..., Any], params: Any, *specs: Any) -> Summary:
    """A table of the parameters' names, types and bytes, and the FLOPs and peak bytes of `f(params,
    *specs)`.

    >>> import numpy as np
    >>> from gradloom import ShapeDtypeStruct
    >>> s = summary(lambda p, x: x @ p["w"], {"w": np.ones((3, 2))}, ShapeDtypeStruct((4, 3)))
    >>> s.total, s.flops
    (6, 48)
    """
    from gradloom.passes.cost import cost

    graph = trace(f, params, *specs)
    leaves, _ = flatten(params)
    signature = signature_of(graph)
    rows = []
    for name, x in zip(signature.names, leaves, strict=False):
        type = leaf_of(x).type
        if type is None:
            raise DtypeError(
                f"parameter {name} is {x!r}, not an array",
                hint="pass parameters as a pytree of arrays",
            )
        size = type.size
        rows.append((name, str(type), size if isinstance(size, int) else 0, type.nbytes()))
    total = cost(graph)
    out = unflatten(signature.out_tree, [specified(leaf) for leaf in signature.outputs])
    return Summary(tuple(rows), out, total.flops, total.peak_bytes)
