"""Forward derivatives: the tangents of a graph, and its split into what is known and what is
linear.

`jvp` gives one graph with values and tangents. `split` gives two: a known graph that also returns
residuals, and a linear graph from residuals and tangents to tangents, which `transpose` turns
round. Every derivative is made of these (Radul, Paszke, Frostig, Johnson, Maclaurin: "You Only
Linearize Once", POPL 2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from gradloom.ir import build, found
from gradloom.ir.build import Builder
from gradloom.ir.errors import NotDifferentiable
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.op import ALL, Linear, Opaque, Partials, Regions, Rule, Zero
from gradloom.ir.ops.masks import EVERYWHERE, Cotangent, Masked, added, both, whole
from gradloom.ir.ops.rules import zeros_like

Tangent = Operand | None
MaybeMasked = Cotangent | None


def push(node: Node, tangents: Sequence[MaybeMasked]) -> tuple[MaybeMasked, ...]:
    """The tangents of a node's results, given those of its operands (None: zero), as new nodes in
    scope.
    """
    for tangent in tangents:
        if type(tangent) is Masked:
            if node.op.elementwise:
                return (_push_masked(node, tangents),)
            return _push(node, [_whole(t) for t in tangents])
    return _push(node, tangents)  # type: ignore[arg-type]


def _whole(tangent: MaybeMasked) -> Tangent:
    return None if tangent is None else whole(tangent)


def _push_masked(node: Node, tangents: Sequence[MaybeMasked]) -> MaybeMasked:
    """Each operand's part by itself: a masked one is zero in the same places in the result."""
    total: MaybeMasked = None
    for i, given in enumerate(tangents):
        if given is None:
            continue
        alone: list[Tangent] = [None] * len(tangents)
        alone[i] = given.numbers if isinstance(given, Masked) else given
        (part,) = _push(node, alone)
        if part is not None and isinstance(given, Masked):
            own = part.support if isinstance(part, Masked) else EVERYWHERE
            numbers = part.numbers if isinstance(part, Masked) else part
            mask = both(given.support, own)
            part = Masked(numbers, mask, mask)
        total = part if total is None else total if part is None else added(total, part)
    return total


def _push(node: Node, tangents: Sequence[Tangent]) -> tuple[MaybeMasked, ...]:
    match node.op.jvp:
        case Partials(of):
            made: Any = _push_partials(node, of, tangents)
        case Linear(groups):
            made = _push_linear(node, groups, tangents)
        case Rule(f):
            made = f(node, *tangents)
        case Zero():
            made = (None,) * len(node.results)
        case Opaque(why):
            raise NotDifferentiable(
                f"{node.op.name} has no derivative here: {why}", location=node.location
            )
        case Regions():
            raise AssertionError(f"{node.op.name} has regions and no split rule")
    return made if isinstance(made, tuple) else (made,)


def _push_partials(node: Node, partials: Sequence[Any], tangents: Sequence[Tangent]) -> Tangent:
    total: Tangent = None
    for partial, tangent in zip(partials, tangents, strict=True):
        if tangent is not None and partial is not None:
            part = tangent * partial(*node.operands, node.result)
            total = part if total is None else total + part
    return total


def _push_linear(
    node: Node, groups: Sequence[Sequence[int]], tangents: Sequence[Tangent]
) -> tuple[Tangent, ...]:
    totals: list[Tangent] = [None] * len(node.results)
    for group in groups:
        members = range(len(tangents)) if group == ALL else group
        if all(tangents[i] is None for i in members):
            continue
        operands = list(node.operands)
        for i in members:
            given = tangents[i]
            operands[i] = zeros_like(operands[i]) if given is None else given
        results = build.emit(node.op, tuple(operands), node.attrs, node.regions)
        totals = [r if t is None else t + r for t, r in zip(totals, results, strict=True)]
    return tuple(totals)


def tangent_note(node: Node) -> Any:
    """The location for what a node's derivative adds."""
    return (
        node.location.derived(f"tangent of {node.op.name}") if node.location is not None else None
    )


def jvp(graph: Graph, active: Sequence[bool], instantiate: Sequence[bool] | None = None) -> Graph:
    """From `(parameters, tangents of the active ones)` to `(results, tangents of the inexact
    ones)`.

    `instantiate` picks which results get a tangent (a zero where there is none), in place of the
    inexact ones.
    """
    wanted = [r.type.inexact for r in graph.results] if instantiate is None else instantiate
    types = [p.type for p in graph.parameters] + [
        p.type for p, a in zip(graph.parameters, active, strict=True) if a
    ]

    def body(*values: Value) -> list[Operand]:
        primals, rest = values[: len(active)], iter(values[len(active) :])
        results, tangents = push_graph(graph, primals, [next(rest) if a else None for a in active])
        shown = [materialise(t, r) for t, r, w in zip(tangents, results, wanted, strict=True) if w]
        return [*results, *shown]

    names = [p.name for p in graph.parameters]
    dotted = [
        f"d_{p.name}" if p.name else "" for p, a in zip(graph.parameters, active, strict=True) if a
    ]
    made = build.graph_of(body, types, [*names, *dotted], name=f"jvp_{graph.name}")
    return Graph(made.parameters, made.nodes, made.results, made.name, graph.notes)


def materialise(tangent: Tangent, primal: Operand) -> Operand:
    """The tangent, or zeros like its primal."""
    return zeros_like(primal) if tangent is None else tangent


def push_graph(
    graph: Graph, primals: Sequence[Operand], tangents: Sequence[Tangent]
) -> tuple[tuple[Operand, ...], tuple[Tangent, ...]]:
    """Results and tangents of a graph, as nodes in scope."""
    values: dict[Operand, Operand] = dict(zip(graph.parameters, primals, strict=True))
    dots: dict[Operand, Cotangent] = {
        p: t for p, t in zip(graph.parameters, tangents, strict=True) if t is not None
    }
    builder = build.current()
    outer = builder.location
    for node in graph.nodes:
        mapped = tuple([values.get(x, x) for x in node.operands])
        given = [dots.get(x) for x in node.operands]
        builder.location = node.location or outer
        if all(t is None for t in given):
            made: Sequence[Operand] = emit_copy(node, mapped).results
        elif isinstance(node.op.jvp, Regions):
            made, pushed = node.op.jvp.f(node, mapped, [_whole(t) for t in given])
            dots.update((r, t) for r, t in zip(node.results, pushed, strict=True) if t is not None)
        else:
            new = emit_copy(node, mapped)
            builder.location = tangent_note(node) or outer
            made, pushed = new.results, push(new, given)
            dots.update((r, t) for r, t in zip(node.results, pushed, strict=True) if t is not None)
        values.update(zip(node.results, made, strict=True))
    builder.location = outer
    results = tuple([values.get(r, r) for r in graph.results])
    return results, tuple([_whole(dots.get(r)) for r in graph.results])


def emit_copy(node: Node, operands: tuple[Operand, ...]) -> Node:
    """The node on other operands of the same types, added to the builder in scope without
    folding.
    """
    builder = build.current()
    types = tuple([r.type for r in node.results])
    new = Node(node.op, operands, node.attrs, types, node.regions, builder.location, node.copy)
    builder.sink(new)
    return new


@final
@dataclass(frozen=True, slots=True)
class Split:
    """What `split` gives: `known` returns `(results, residuals)`, `linear` takes `(residuals,
    tangents)`.
    """

    known: Graph
    linear: Graph
    residuals: int
    active: tuple[bool, ...]
    """Which results have a tangent; `linear` returns those."""


@final
class LinearTape:
    """Nodes that depend on tangents, in order, and the set of values they define."""

    __slots__ = ("known", "nodes", "values")

    def __init__(self, known: list[Node]) -> None:
        self.known = known
        self.nodes: list[Node] = []
        self.values: set[Operand] = set()

    def sink(self, node: Node) -> None:
        """Put a new node where it belongs: on the tape when it has a linear operand."""
        if self.values.isdisjoint(node.operands):
            self.known.append(node)
        else:
            self.nodes.append(node)
            self.values.update(node.results)


def record(
    graph: Graph, primals: Sequence[Operand], active: Sequence[bool], tape: LinearTape
) -> tuple[tuple[Operand, ...], list[Value | None], tuple[Tangent, ...]]:
    """Run the graph in scope with fresh tangents for active parameters: results, those tangents,
    result tangents.
    """
    fresh = [Value(p.type) if a else None for p, a in zip(primals, active, strict=True)]
    tape.values.update(t for t in fresh if t is not None)
    builder = Builder(tape.sink)
    builder.location = build.current().location
    with build.scope(builder):
        results, tangents = _record_nodes(graph, primals, fresh, tape)
    return results, fresh, tangents


def _record_nodes(
    graph: Graph, primals: Sequence[Operand], fresh: Sequence[Tangent], tape: LinearTape
) -> tuple[tuple[Operand, ...], tuple[Tangent, ...]]:
    values: dict[Operand, Operand] = dict(zip(graph.parameters, primals, strict=True))
    dots: dict[Operand, Cotangent] = {
        p: t for p, t in zip(graph.parameters, fresh, strict=True) if t is not None
    }
    builder = build.current()
    outer = builder.location
    for node in graph.nodes:
        mapped = tuple([values.get(x, x) for x in node.operands])
        builder.location = node.location or outer
        if not dots.keys().isdisjoint(node.operands):
            given = [dots.get(x) for x in node.operands]
            results, pushed = _record_node(node, mapped, given, builder)
            dots.update((r, t) for r, t in zip(node.results, pushed, strict=True) if t is not None)
        else:
            results = emit_copy(node, mapped).results
        values.update(zip(node.results, results, strict=True))
    builder.location = outer
    return tuple([values.get(r, r) for r in graph.results]), tuple(
        [_whole(dots.get(r)) for r in graph.results]
    )


def _record_node(
    node: Node, mapped: tuple[Operand, ...], given: Sequence[MaybeMasked], builder: Builder
) -> tuple[Sequence[Operand], Sequence[MaybeMasked]]:
    if node.op.split is not None:
        results, pushed = node.op.split(node, mapped, [_whole(t) for t in given])
        return results, pushed
    new = emit_copy(node, mapped)
    builder.location = tangent_note(node) or builder.location
    return new.results, push(new, given)


def split(graph: Graph, active: Sequence[bool], instantiate: Sequence[bool] | None = None) -> Split:
    """The known and the linear part of a graph; `instantiate` forces tangents (zeros) for results
    that have none.
    """
    known_nodes: list[Node] = []
    tape = LinearTape(known_nodes)
    parameters = tuple(Value(p.type, name=p.name) for p in graph.parameters)
    outer = Builder(known_nodes.append)
    with build.scope(outer):
        results, fresh, tangents = record(graph, parameters, active, tape)
    forced = instantiate if instantiate is not None else [False] * len(results)
    out_active = tuple(t is not None or f for t, f in zip(tangents, forced, strict=True))
    outs = [materialise(t, r) for t, r, a in zip(tangents, results, out_active, strict=True) if a]
    needed = _residuals(tape, outs)
    again: list[Node] = []
    if found.holds(graph):
        needed, again = _computed_again(known_nodes, tape, needed)
    known = Graph(parameters, tuple(known_nodes), (*results, *needed), f"known_{graph.name}")
    inputs = tuple(Value(r.type) for r in needed)
    linear = _rebind(
        [*again, *tape.nodes],
        outs,
        dict(zip(needed, inputs, strict=True)),
        inputs,
        [f for f in fresh if f is not None],
    )
    return Split(known, linear, len(needed), out_active)


def _computed_again(
    known: Sequence[Node], tape: LinearTape, needed: Sequence[Value]
) -> tuple[list[Value], list[Node]]:
    """Residuals of fixed sizes, and the known nodes that make of them those whose size is found: a
    scan stacks its residuals, and they would not fit.
    """
    sizes = {name for node in tape.nodes for name in found.mentioned(node)}
    wanted = dict.fromkeys(x for x in needed if found.sizes_in(x.type))
    kept = dict.fromkeys(x for x in needed if x not in wanted)
    again = []
    for node in reversed(known):
        if wanted.keys().isdisjoint(node.results) and sizes.isdisjoint(found.found_by(node)):
            continue
        again.append(node)
        sizes |= found.mentioned(node)
        for x in node.operands:
            if isinstance(x, Value):
                (wanted if found.sizes_in(x.type) else kept)[x] = None
    made = {r for node in again for r in node.results}
    return [x for x in (*kept, *wanted) if x not in made], again[::-1]


def _residuals(tape: LinearTape, outs: Sequence[Operand]) -> list[Value]:
    used = [x for node in tape.nodes for x in node.operands] + list(outs)
    return list(dict.fromkeys(x for x in used if isinstance(x, Value) and x not in tape.values))


def _rebind(
    nodes: Sequence[Node],
    outs: Sequence[Operand],
    names: dict[Operand, Operand],
    residuals: tuple[Value, ...],
    fresh: list[Value],
) -> Graph:
    tangents = tuple(Value(t.type) for t in fresh)
    names.update(zip(fresh, tangents, strict=True))
    builder = Builder()
    with build.scope(builder):
        for node in nodes:
            builder.location = node.location
            new = emit_copy(node, tuple([names.get(x, x) for x in node.operands]))
            names.update(zip(node.results, new.results, strict=True))
    return Graph(
        (*residuals, *tangents),
        tuple(builder.nodes),
        tuple(names.get(o, o) for o in outs),
        "linear",
    )
