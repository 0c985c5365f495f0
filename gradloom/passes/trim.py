"""Loops without what nothing reads: results, carried values, constants and rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.passes.effects import has_effect
from gradloom.passes.rewrite import Rewriter


@final
@dataclass(slots=True)
class Trim:
    """Which operands and results of a scan stay; `rows` are results that are stepped operands;
    `twins` are parameters and results that are another one again.
    """

    operands: list[int]
    results: list[int]
    rows: dict[int, Operand]
    parameters: dict[Operand, Value]
    twins: dict[int, int]

    def read(self, node: Node) -> list[Operand]:
        """The operands that are still read."""
        return [*(node.operands[i] for i in self.operands), *self.rows.values()]


def trim_of(node: Node, live: set[Operand]) -> Trim | None:
    """What stays of a scan whose `live` results are read; None for all of it, and for other ops."""
    if node.op is not o.scan:
        return None
    attrs: Any = node.attrs
    (body,) = node.regions
    first, stepped = attrs.consts, attrs.consts + attrs.carry
    passed = dict(zip(body.parameters[stepped:], node.operands[stepped:], strict=True))
    rows: dict[int, Operand] = {
        i: passed[r]
        for i, r in enumerate(body.results)
        if i >= attrs.carry and isinstance(r, Value) and r in passed and node.results[i] in live
        if not attrs.counted  # whose rows of steps that are not made are 0
    }
    parameters = _again(node, body)
    twins = _twins(body, attrs.carry)
    wanted = {twins.get(i, i) for i, r in enumerate(node.results) if r in live and i not in rows}
    while True:
        read = _read(body, [body.results[i] for i in wanted])
        carried = {i for i in range(attrs.carry) if body.parameters[first + i] in read}
        if carried <= wanted:
            break
        wanted |= carried
    told = {parameters.get(x, x) for x in read}
    told |= set(body.parameters[:1]) if attrs.counted else set()  # the number of steps
    kept = [
        i
        for i, p in enumerate(body.parameters)
        if (i - first in wanted if first <= i < stepped else p in told)
    ]
    if len(kept) == len(node.operands) and len(wanted) == len(node.results):
        return None
    return Trim(kept, sorted(wanted), rows, parameters, twins)


def _again(node: Node, body: Graph) -> dict[Operand, Value]:
    """The first parameter that stands for the same constant, or the same rows, for each later."""
    attrs: Any = node.attrs
    first: dict[Any, Value] = {}
    again: dict[Operand, Value] = {}
    for i, (x, p) in enumerate(zip(node.operands, body.parameters, strict=True)):
        if not attrs.consts <= i < attrs.consts + attrs.carry:
            known = first.setdefault((x, i < attrs.consts), p)
            if known is not p:
                again[p] = known
    return again


def _twins(body: Graph, carry: int) -> dict[int, int]:
    """The first stacked result that is the same value, for each later one."""
    first: dict[Operand, int] = {}
    found = [(i, first.setdefault(r, i)) for i, r in enumerate(body.results) if i >= carry]
    return {i: known for i, known in found if known != i}


def _read(body: Graph, results: Sequence[Operand]) -> set[Operand]:
    """The values of a region that these results, or effects, are made of."""
    live: set[Operand] = set(results)
    for node in reversed(body.nodes):
        if has_effect(node) or not live.isdisjoint(node.results):
            trim = (trim_of(node, live) or carries_of(node, live)) if node.regions else None
            live.update(node.operands if trim is None else trim.read(node))
    return live


def place(rewriter: Rewriter, node: Node, trim: Trim, region: Graph) -> None:
    """Add what stays of a scan; `region` is its body, in which dead nodes may be gone."""
    attrs: Any = node.attrs
    stepped = attrs.consts + attrs.carry
    consts = sum(i < attrs.consts for i in trim.operands)
    carry = sum(attrs.consts <= i < stepped for i in trim.operands)
    operands = rewriter.map(tuple([node.operands[i] for i in trim.operands]))
    with build.scope(rewriter.builder), build.located(node.location):
        made = rewriter.builder.emit(
            o.scan, operands, replace(attrs, consts=consts, carry=carry), (region,), node.copy
        )
    values: list[Operand] = list(node.results)
    for i, value in zip(trim.results, made, strict=True):
        values[i] = value
    for i, twin in trim.twins.items():
        values[i] = values[twin]
    for i, x in trim.rows.items():
        values[i] = rewriter.map((x,))[0]
    rewriter.replace(node, tuple(values))


def narrowed(body: Graph, trim: Trim) -> Graph:
    """The body with the parameters and results that stay."""
    inside = Rewriter(body)
    inside.rename(trim.parameters)
    for node in body.nodes:
        inside.keep(node)
    parameters = tuple([body.parameters[i] for i in trim.operands])
    results = inside.map(tuple([body.results[i] for i in trim.results]))
    return Graph(parameters, tuple(inside.builder.nodes), results, body.name, body.notes)


# ---- whiles --------------------------------------------------------------------------------------


@final
@dataclass(slots=True)
class Carries:
    """Which operands of a `while` stay, and which of its results."""

    operands: list[int]
    results: list[int]

    def read(self, node: Node) -> list[Operand]:
        """The operands that are still read."""
        return [node.operands[i] for i in self.operands]


def carries_of(node: Node, live: set[Operand]) -> Carries | None:
    """What stays of a `while` whose `live` results are read; None for all of it, and for other ops.

    What asserts and other effects in the regions read stays.
    """
    if node.op is not o.while_:
        return None
    attrs: Any = node.attrs
    test, body = node.regions
    tested = _read(test, test.results)
    wanted = {i for i, r in enumerate(node.results) if r in live}
    wanted |= {i for i, p in enumerate(test.parameters[attrs.consts :]) if p in tested}
    while True:
        read = _read(body, [body.results[i] for i in wanted])
        more = {i for i, p in enumerate(body.parameters[attrs.consts :]) if p in read}
        if more <= wanted:
            break
        wanted |= more
    kept = [
        i
        for i, (p, q) in enumerate(zip(test.parameters, body.parameters, strict=True))
        if (i - attrs.consts in wanted if i >= attrs.consts else p in tested or q in read)
    ]
    if not wanted or len(kept) == len(node.operands):
        return None
    return Carries(kept, sorted(wanted))


def place_carries(
    rewriter: Rewriter, node: Node, carries: Carries, clean: Callable[[Graph], Graph]
) -> None:
    """Add what stays of a `while`; `clean` drops what is dead in its regions then."""
    attrs: Any = node.attrs
    test, body = node.regions
    regions = (
        clean(_narrowed(test, carries.operands, test.results)),
        clean(_narrowed(body, carries.operands, [body.results[i] for i in carries.results])),
    )
    consts = sum(i < attrs.consts for i in carries.operands)
    operands = rewriter.map(tuple(carries.read(node)))
    with build.scope(rewriter.builder), build.located(node.location):
        made = rewriter.builder.emit(
            o.while_, operands, replace(attrs, consts=consts), regions, node.copy
        )
    values: list[Operand] = list(node.results)
    for i, value in zip(carries.results, made, strict=True):
        values[i] = value
    rewriter.replace(node, tuple(values))


def _narrowed(region: Graph, operands: list[int], results: Any) -> Graph:
    """The region with these parameters and results; what reads the others is dead."""
    parameters = tuple([region.parameters[i] for i in operands])
    return Graph(parameters, region.nodes, tuple(results), region.name, region.notes)
