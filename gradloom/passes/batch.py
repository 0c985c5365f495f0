"""Batching: the graph of a function mapped over a leading axis."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

from gradloom.ir import build, found
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.ops.rules import batch_all, batched
from gradloom.ir.types import tensor_type
from gradloom.passes.linearize import emit_copy
from gradloom.passes.loop import examples_apart, loop


@final
@dataclass(frozen=True, slots=True)
class Step:
    """One node of the function and the nodes that stand for it in the mapped graph; none where it
    is the same for every example. `depth` counts the regions around it.
    """

    node: Node
    made: tuple[Node, ...]
    depth: int


class _Watch(threading.local):
    steps: list[Step] | None = None
    depth: int = 0


_watch = _Watch()


@contextmanager
def watched() -> Iterator[list[Step]]:
    """A list of what becomes of every node that is mapped inside, inner regions before the node
    that holds them.
    """
    outer, _watch.steps = _watch.steps, []
    try:
        yield _watch.steps
    finally:
        _watch.steps = outer


def vmap(
    graph: Graph, marks: Sequence[bool], size: int | Dim, out: Sequence[bool] | None = None
) -> Graph:
    """The graph whose marked parameters, and results, have a new leading axis of `size`.

    `out` says which results get it (all, when not given); one that depends on a marked parameter
    must.
    """
    wanted = [True] * len(graph.results) if out is None else out
    types = [
        tensor_type(p.type.dtype, (size, *p.type.shape)) if mark else p.type
        for p, mark in zip(graph.parameters, marks, strict=True)
    ]

    def body(*values: Value) -> list[Operand]:
        results, over = vmap_graph(graph, values, marks, size)
        return [
            batched(r, m, size) if w else r for r, m, w in zip(results, over, wanted, strict=True)
        ]

    made = build.graph_of(body, types, [p.name for p in graph.parameters], f"vmap_{graph.name}")
    return Graph(made.parameters, made.nodes, made.results, made.name, graph.notes)


def vmap_graph(
    graph: Graph, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
) -> tuple[list[Operand], list[bool]]:
    """Results of the mapped graph and which of them have the batch axis, as nodes in scope."""
    values: dict[Operand, Operand] = dict(zip(graph.parameters, operands, strict=True))
    over: set[Operand] = {p for p, mark in zip(graph.parameters, marks, strict=True) if mark}
    looped = examples_apart(graph, over) if found.holds(graph) else []
    apart = set(looped)
    builder = build.current()
    outer = builder.location
    for node in graph.nodes:
        if node in apart:
            continue
        builder.location = node.location or outer
        mapped = tuple([values.get(x, x) for x in node.operands])
        given = tuple([x in over for x in node.operands])
        start = len(builder.nodes)
        if any(given):
            _watch.depth += 1
            try:
                results = batch_node(node, mapped, given, size)
            finally:
                _watch.depth -= 1
            over.update(node.results)
        else:
            results = emit_copy(node, mapped).results
        if _watch.steps is not None:
            made = builder.nodes[start:] if any(given) else ()
            _watch.steps.append(Step(node, tuple(made), _watch.depth))
        values.update(zip(node.results, results, strict=True))
    if looped:
        stacked, scan = loop(looped, graph.results, values, over, size)
        values.update(stacked)
        over.update(stacked)
        if _watch.steps is not None:
            _watch.steps += [Step(node, (scan,), _watch.depth) for node in looped]
    builder.location = outer
    return [values.get(r, r) for r in graph.results], [r in over for r in graph.results]


def batch_node(
    node: Node, operands: tuple[Operand, ...], marks: tuple[bool, ...], size: int | Dim
) -> tuple[Operand, ...]:
    """The results of one node on operands of which the marked ones are batched; all results are."""
    op = node.op
    if op.effect is not None and op is not o.assert_:
        raise NotSupported(
            f"{op.name} cannot be mapped by vmap: no loop has the order its effects would have",
            location=node.location,
        )
    if op.batch is None:
        return build.emit(op, tuple(batch_all(operands, marks, size)), node.attrs)
    more = {"regions": node.regions} if node.regions else {}
    results = op.batch(node.attrs, operands, marks, size, **more)
    return results if isinstance(results, tuple) else (results,)
