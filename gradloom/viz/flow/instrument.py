"""A loss as a function that also tells its gradients and what was measured of every cotangent."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import optree

from gradloom.frontend import lifted
from gradloom.frontend.record import record
from gradloom.frontend.signature import (
    NAMESPACE,
    Leaf,
    Signature,
    flatten,
    signature_of,
    unflatten,
    with_signature,
)
from gradloom.frontend.transforms import run_recorded
from gradloom.ir import build
from gradloom.ir.graph import Graph, Operand
from gradloom.ir.types import TensorType
from gradloom.passes.dce import dce
from gradloom.viz.flow.measures import length, measured, stacked
from gradloom.viz.flow.places import Link, Place
from gradloom.viz.flow.taps import Tapped, cotangents

Loss = Callable[..., Any]


@final
@dataclass(frozen=True, slots=True)
class Layout:
    """Which place and which link each number belongs to; `parts` as in `Tapped`."""

    places: tuple[Place, ...]
    links: tuple[Link, ...]
    parts: tuple[int, ...]


def instrumented(loss: Loss, told: Callable[[Layout], None]) -> Callable[..., Any]:
    """A function of the same arguments that gives `(loss, gradients, table, parts)`.

    The gradients are those by the first argument. `table` holds the measures of a place after
    those of another, `parts` the lengths of what came back by single uses. It can be compiled for
    any backend. `told` hears what the numbers belong to, whenever the function is traced.
    """

    @functools.wraps(loss, updated=())
    def wrapper(params: Any, *batch: Any) -> Any:
        args = (params, *batch)
        each = [[i == 0] * len(flatten(arg)[0]) for i, arg in enumerate(args)]
        marks = [mark for part in each for mark in part]
        recorded = record(loss, args, {}, active=marks, writes="forgotten")
        graph, layout = measuring(recorded.graph, paths_of(params))
        told(layout)
        return run_recorded(graph, recorded, args, {})

    return wrapper


def measuring(graph: Graph, names: Sequence[str]) -> tuple[Graph, Layout]:
    """The graph of `(loss, gradients, table, parts)` of a loss's graph; raises as `gl.grad` does.

    `names` are those of the leaves of its first argument.
    """
    both = lifted.value_and_grad(graph, 0, False, False, "gradient_flow")
    signature = signature_of(graph)
    marks = lifted.active_leaves(signature, (0,), "gradient_flow")
    own = [name for name, mark in zip(names, marks, strict=False) if mark]
    tapped = cotangents(graph, lifted.parameter_marks(graph, signature, marks), own)
    made = dce(_with_measures(tapped))
    outer: Signature = signature_of(both)
    leaves = tuple(Leaf(r.type) for r in made.results[-2:])
    result, gradients = outer.out_tree.children()
    tree = _joined(result, gradients)
    outputs = (*outer.outputs, *leaves)
    whole = Signature(outer.inputs, outputs, outer.in_tree, tree, outer.names, outer.extra)
    return with_signature(made, whole), Layout(tapped.places, tapped.links, tapped.parts)


def _joined(result: Any, gradients: Any) -> Any:
    parts = [unflatten(tree, [0] * tree.num_leaves) for tree in (result, gradients)]
    return flatten((*parts, 0, 0))[1]


def _with_measures(tapped: Tapped) -> Graph:
    graph = tapped.graph
    kept = tapped.values + tapped.gradients
    count = len(tapped.places) - tapped.gradients
    cts = (*graph.results[tapped.values : kept], *graph.results[kept : kept + count])

    def body(*values: Operand) -> list[Operand]:
        results = build.inline(graph, values)
        of = dict(zip(graph.results, results, strict=True))
        table = [
            x
            for ct, place in zip(cts, tapped.places, strict=True)
            for x in measured(of[ct], place.has_examples)
        ]
        parts = [length(of[ct]) for ct in graph.results[kept + count :]]
        return [*results[:kept], stacked(table), stacked(parts)]

    types: list[TensorType] = [p.type for p in graph.parameters]
    made = build.graph_of(body, types, [p.name for p in graph.parameters], graph.name)
    return Graph(made.parameters, made.nodes, made.results, made.name, graph.notes)


def paths_of(params: Any) -> list[str]:
    """The names of the leaves of a pytree: `w`, `layers[0].w`; of a single array `parameter`.

    >>> paths_of({"layers": [1.0, 2.0], "w": 3.0}), paths_of(1.0), paths_of([1.0, (2.0,)])
    (['layers[0]', 'layers[1]', 'w'], ['parameter'], ['parameter[0]', 'parameter[1][0]'])
    """
    paths, _, _ = optree.tree_flatten_with_path(params, namespace=NAMESPACE)
    return [_written(path) for path in paths]


def _written(path: tuple[Any, ...]) -> str:
    text = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path)
    return text[1:] if text.startswith(".") else f"parameter{text}"
