"""The cotangent of every value of a program, as results of a program of its own.

A tap is a zero that is added to a value. The gradient by the tap is the value's cotangent, exactly
and by the same rules as every other gradient; once the program is differentiated, the additions are
taken out again, and what is left does nothing but the user's own work and its derivative. A value
that several nodes read has a further tap at each of these uses, whose gradients are its parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.build import Builder
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.passes import transpose
from gradloom.passes.linearize import emit_copy
from gradloom.viz.flow.places import (
    Link,
    Place,
    examples_of,
    named_apart,
    place_of_parameter,
    place_of_result,
)


@final
@dataclass(frozen=True, slots=True)
class Tapped:
    """A loss with its gradients (`results` of each kind), and where they belong.

    The graph's results are those of the loss, then the gradients of the active parameters, then a
    cotangent per place that is no parameter, then one per link of a value with several uses.
    """

    graph: Graph
    values: int
    """How many results are the loss's own."""
    gradients: int
    places: tuple[Place, ...]
    """The active parameters, then the values in the order in which they are made."""
    links: tuple[Link, ...]
    parts: tuple[int, ...]
    """For each link the number of its own cotangent among the last results, or -1: its source has
    no other use, and it carries all of that one's gradient.
    """


def cotangents(graph: Graph, active: Sequence[bool], names: Sequence[str]) -> Tapped:
    """The graph with the gradients of its first result by the active parameters and by every float
    value on the way; `names` are those of the active parameters.
    """
    found = between(graph, active)
    parameters = [p for p, mark in zip(graph.parameters, active, strict=True) if mark]
    uses = _uses(graph, [*parameters, *found])
    many = {value for value, count in Counter(v for v, _, _ in uses).items() if count > 1}
    split = [use for use in uses if use[0] in many]
    taps = [Value(v.type) for v in found] + [Value(v.type) for v, _, _ in split]
    tapped = with_taps(graph, taps, found, split)
    marks = [*active, *[True] * len(taps)]
    made = _without_taps(transpose.value_and_grad(tapped, marks), len(graph.parameters))
    examples = examples_of(graph, active)
    places = [
        *(place_of_parameter(p, n) for p, n in zip(parameters, names, strict=True)),
        *(place_of_result(v, examples) for v in found),
    ]
    links, parts = _links([*parameters, *found], uses, split)
    return Tapped(made, len(graph.results), len(parameters), _named_apart(places), links, parts)


Use = tuple[Value, Node, int]
"""A value, a node that reads it, and as which operand."""


def between(graph: Graph, active: Sequence[bool]) -> list[Value]:
    """The float values of known size that depend on active parameters and on which the first result
    depends.
    """
    moved: set[Operand] = {p for p, a in zip(graph.parameters, active, strict=True) if a}
    for node in graph.nodes:
        if not moved.isdisjoint(node.operands):
            moved.update(r for r in node.results if r.type.inexact)
    needed: set[Operand] = set(graph.results[:1])
    for node in reversed(graph.nodes):
        if not needed.isdisjoint(node.results):
            needed.update(node.operands)
    return [
        r
        for node in graph.nodes
        for r in node.results
        if r in moved and r in needed and _is_measurable(r)
    ]


def _is_measurable(value: Value) -> bool:
    shape = value.type.shape
    return all(isinstance(d, int) for d in shape) and 0 not in shape


def _uses(graph: Graph, values: Sequence[Value]) -> list[Use]:
    """Every use of these values by a node that makes one of them."""
    known = set(values)
    return [
        (x, node, i)
        for node in graph.nodes
        if not known.isdisjoint(node.results)
        for i, x in enumerate(node.operands)
        if isinstance(x, Value) and x in known
    ]


def _links(
    values: Sequence[Value], uses: Sequence[Use], split: Sequence[Use]
) -> tuple[tuple[Link, ...], tuple[int, ...]]:
    number = {v: i for i, v in enumerate(values)}
    part = {(use[1], use[2]): i for i, use in enumerate(split)}
    links, parts = [], []
    for value, node, i in uses:
        target = next(number[r] for r in node.results if r in number)
        links.append(Link(number[value], target))
        parts.append(part.get((node, i), -1))
    return tuple(links), tuple(parts)


def with_taps(
    graph: Graph, taps: Sequence[Value], found: Sequence[Value], split: Sequence[Use] = ()
) -> Graph:
    """The graph with more parameters, `taps`: the first are added to these values, those after them
    to these uses. With zeros for them it computes what it did.
    """
    at_value = dict(zip(found, taps, strict=False))
    at_use = {(n, i): tap for (_, n, i), tap in zip(split, taps[len(found) :], strict=True)}
    names: dict[Operand, Operand] = {}
    builder = Builder()
    with build.scope(builder):
        for node in graph.nodes:
            builder.location = node.location
            given = [names.get(x, x) for x in node.operands]
            for i, x in enumerate(given):
                if (node, i) in at_use:
                    given[i] = o.add(x, at_use[node, i])
            new = emit_copy(node, tuple(given))
            for old, result in zip(node.results, new.results, strict=True):
                names[old] = o.add(result, at_value[old]) if old in at_value else result
    results = tuple(names.get(r, r) for r in graph.results)
    return Graph((*graph.parameters, *taps), tuple(builder.nodes), results, graph.name, graph.notes)


def _without_taps(graph: Graph, count: int) -> Graph:
    """The graph with its first `count` parameters; the others, zeros that are added, are gone."""
    taps = set(graph.parameters[count:])
    names: dict[Operand, Operand] = {}
    builder = Builder()
    with build.scope(builder):
        for node in graph.nodes:
            mapped = tuple(names.get(x, x) for x in node.operands)
            if taps.isdisjoint(mapped):
                builder.location = node.location
                names.update(zip(node.results, emit_copy(node, mapped).results, strict=True))
            else:
                assert node.op is o.add, f"{node.op.name} reads a tap"
                names[node.result] = mapped[0]
    results = tuple(names.get(r, r) for r in graph.results)
    return Graph(graph.parameters[:count], tuple(builder.nodes), results, graph.name, graph.notes)


def _named_apart(places: Sequence[Place]) -> tuple[Place, ...]:
    names = named_apart([p.name for p in places])
    return tuple(replace(p, name=n) for p, n in zip(places, names, strict=True))
