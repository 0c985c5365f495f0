"""Reverse derivatives: the linear part of a graph, turned round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradloom.ir import build
from gradloom.ir.errors import NotDifferentiable
from gradloom.ir.graph import Graph, Node, Operand, Value, literal
from gradloom.ir.ops.masks import Cotangent, added, whole
from gradloom.ir.ops.rules import zeros_like
from gradloom.passes.linearize import LinearTape, emit_copy, record
from gradloom.passes.masked import transposed

Cotangents = dict[Operand, Cotangent]


def backward(nodes: Iterable[Node], linear: set[Operand], cotangents: Cotangents) -> None:
    """Carry cotangents from results to operands through linear nodes (given last first), as nodes
    in scope.
    """
    builder = build.current()
    outer = builder.location
    for node in nodes:
        given = [cotangents.pop(r, None) for r in node.results]
        if all(ct is None for ct in given):
            continue
        location = node.location
        builder.location = (
            location.derived(location.note.replace("tangent of", "transpose of"))
            if location
            else outer
        )
        marks = tuple([x in linear for x in node.operands])
        for operand, ct in zip(node.operands, _transposed(node, given, marks), strict=True):
            if ct is not None and operand in linear:
                before = cotangents.get(operand)
                cotangents[operand] = ct if before is None else added(before, ct)
    builder.location = outer


def _transposed(
    node: Node, given: Sequence[Cotangent | None], marks: tuple[bool, ...]
) -> Sequence[Cotangent | None]:
    if node.op.transpose is None:
        raise NotDifferentiable(
            f"{node.op.name} cannot be differentiated in reverse mode here", location=node.location,
            hint="use forward mode (gl.jvp, gl.jacfwd) for this function",
        )  # fmt: skip
    if node.op.results == 1:
        assert given[0] is not None
        return transposed(node, given[0], marks)
    cts = tuple([None if ct is None else whole(ct) for ct in given])
    made: Sequence[Cotangent | None] = node.op.transpose(node, cts, marks)
    return made


def pull(
    graph: Graph,
    primals: Sequence[Operand],
    active: Sequence[bool],
    seeds: Sequence[Operand | None],
) -> tuple[tuple[Operand, ...], list[Operand]]:
    """Results of a graph and the cotangents of its active parameters, as nodes in scope.

    `seeds` holds one cotangent per result (None: zero).
    """
    builder = build.current()
    buffer: list[Node] = []
    tape = LinearTape(buffer)
    results, fresh, tangents = record(graph, primals, active, tape)
    for node in buffer:
        builder.sink(node)
    cotangents: Cotangents = {}
    for tangent, seed in zip(tangents, seeds, strict=True):
        if tangent is not None and seed is not None:
            before = cotangents.get(tangent)
            cotangents[tangent] = seed if before is None else added(before, seed)
    backward(reversed(tape.nodes), tape.values, cotangents)
    return results, [whole(cotangents.get(t, zeros_like(t))) for t in fresh if t is not None]


def vjp(graph: Graph, active: Sequence[bool]) -> Graph:
    """From `(parameters, cotangents of the inexact results)` to `(results, cotangents of the active
    parameters)`.
    """
    seeds = [r.type for r in graph.results if r.type.inexact]
    count = len(graph.parameters)

    def body(*values: Value) -> list[Operand]:
        rest = iter(values[count:])
        given = [next(rest) if r.type.inexact else None for r in graph.results]
        results, cts = pull(graph, values[:count], active, given)
        return [*results, *cts]

    names = [p.name for p in graph.parameters] + ["" if len(seeds) > 1 else "ct"] * len(seeds)
    made = build.graph_of(
        body, [p.type for p in graph.parameters] + seeds, names, f"vjp_{graph.name}"
    )
    return Graph(made.parameters, made.nodes, made.results, made.name, graph.notes)


def value_and_grad(graph: Graph, active: Sequence[bool], result: int = 0) -> Graph:
    """From parameters to `(results, gradients of scalar result number `result` by the active
    parameters)`.
    """

    def body(*values: Value) -> list[Operand]:
        seeds = [literal(1, r.type) if i == result else None for i, r in enumerate(graph.results)]
        results, grads = pull(graph, values, active, seeds)
        return [*results, *grads]

    types, names = [p.type for p in graph.parameters], [p.name for p in graph.parameters]
    made = build.graph_of(body, types, names, f"grad_{graph.name}")
    return Graph(made.parameters, made.nodes, made.results, made.name, graph.notes)


def transpose_linear(graph: Graph, marks: Sequence[bool]) -> Graph:
    """From `(unmarked parameters, cotangents of the results)` to the cotangents of the marked
    parameters.

    Nodes that depend on unmarked parameters alone (a checkpoint's recomputation) are run forward
    first.
    """
    known = [p for p, mark in zip(graph.parameters, marks, strict=True) if not mark]
    wanted = [p for p, mark in zip(graph.parameters, marks, strict=True) if mark]

    def body(*values: Value) -> list[Operand]:
        names: dict[Operand, Operand] = dict(zip(known, values[: len(known)], strict=True))
        linear: set[Operand] = set(wanted)
        tape = _forward(graph, names, linear)
        cotangents: Cotangents = {}
        for result, ct in zip(graph.results, values[len(known) :], strict=True):
            target = names.get(result, result)
            if target in linear:
                before = cotangents.get(target)
                cotangents[target] = ct if before is None else added(before, ct)
        backward(reversed(tape), linear, cotangents)
        return [whole(cotangents.get(p, zeros_like(p))) for p in wanted]

    types = [p.type for p in known] + [r.type for r in graph.results]
    return build.graph_of(body, types, name=f"transpose_{graph.name}")


def _forward(graph: Graph, names: dict[Operand, Operand], linear: set[Operand]) -> list[Node]:
    """Emit what does not depend on linear values; give the rest back, with names mapped."""
    builder = build.current()
    tape: list[Node] = []
    for node in graph.nodes:
        mapped = tuple([names.get(x, x) for x in node.operands])
        builder.location = node.location
        if linear.isdisjoint(mapped):
            names.update(zip(node.results, emit_copy(node, mapped).results, strict=True))
            continue
        types = tuple([r.type for r in node.results])
        copy = Node(node.op, mapped, node.attrs, types, node.regions, node.location, node.copy)
        linear.update(copy.results)
        names.update(zip(node.results, copy.results, strict=True))
        tape.append(copy)
    return tape
