"""How one op runs on cut operands: its axis mapping says which axes are one factor, and which mesh
axis cuts each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, final

from gradloom.ir import ops as o
from gradloom.ir.errors import GradloomError
from gradloom.ir.graph import Node
from gradloom.ir.op import WHOLE, Attrs, AxisMap
from gradloom.passes.effects import has_effect
from gradloom.passes.sharding.placement import (
    REDUCTIONS,
    Mesh,
    Place,
    Placement,
    Spec,
    can_cut,
    local_type,
    places,
    replicated,
)


@final
@dataclass(frozen=True, slots=True)
class Strategy:
    """The specs an op wants of its operands, and the placements its results have."""

    operands: tuple[Spec, ...]
    results: tuple[Placement, ...]


def strategy(
    node: Node, given: Sequence[Placement], mesh: Mesh, wanted: Sequence[Spec | None] = ()
) -> Strategy:
    """How to run the node with operands placed so; an op that says nothing about its axes runs on
    whole operands. Where no operand is cut, the results are cut as is `wanted` of them.
    """
    op = node.op
    if op.axes is None or node.regions or has_effect(node) or not node.operands:
        return whole(node)
    mapping = _mapping(node)
    cuts = _cuts(node, mapping, given, mesh) or _wanted_cuts(node, mapping, wanted, mesh)
    if not cuts:
        return whole(node)
    reduced = frozenset(cuts) - {f for axes in mapping.results for f in axes}
    partial = frozenset(cuts[f] for f in reduced)
    operands = tuple(_spec(axes, cuts) for axes in mapping.operands)
    results = tuple(
        Placement(_spec(axes, cuts), partial, mapping.reduced if partial else "sum")
        for axes in mapping.results
    )
    made = Strategy(operands, results)
    return (
        made if all(_fits(node, made, mesh, place) for place in _kinds(node, mesh)) else whole(node)
    )


def whole(node: Node) -> Strategy:
    """The op on every worker, on whole operands: always right."""
    return Strategy(
        tuple(replicated(x.type).spec for x in node.operands),
        tuple(replicated(r.type) for r in node.results),
    )


def operand_specs(node: Node, wanted: Sequence[Spec | None]) -> tuple[Spec, ...]:
    """How operands must be cut for results that are cut as is wanted."""
    if node.op.axes is None or node.regions or has_effect(node):
        return whole(node).operands
    mapping = _mapping(node)
    cuts: dict[int, str] = {}
    for axes, spec in zip(mapping.results, wanted, strict=True):
        cuts.update({f: a for f, a in zip(axes, spec or (), strict=False) if a is not None})
    return tuple(_spec(axes, cuts) for axes in mapping.operands)


def _mapping(node: Node) -> AxisMap:
    """The node's axis mapping; of a reshape, axes that are merged go with the first of them: a cut
    of the one is a cut of the other where the parts have equal sizes.
    """
    assert node.op.axes is not None
    mapping: AxisMap = node.op.axes(node.attrs, *(x.type for x in node.operands))
    if node.op is not o.reshape:
        return mapping
    given, made = list(mapping.operands[0]), list(mapping.results[0])
    factor = max([*given, *made], default=-1) + 1
    for i, j in _heads(node.operands[0].type.shape, node.result.type.shape):
        if given[i] == WHOLE and made[j] == WHOLE:
            given[i] = made[j] = factor
            factor += 1
    return AxisMap((tuple(given),), (tuple(made),), whole=mapping.whole)


def _heads(given: Sequence[Any], made: Sequence[Any]) -> list[tuple[int, int]]:
    """Pairs of axes at which as many elements lie before the one as before the other."""
    before: dict[Any, int] = {}
    count: Any = 1
    for i, size in enumerate(given):
        if size != 1:
            before[count] = i
        count = count * size
    pairs, count = [], 1
    for j, size in enumerate(made):
        if size != 1 and count in before:
            pairs.append((before[count], j))
        count = count * size
    return pairs


def _spec(axes: Sequence[int], cuts: Mapping[int, str]) -> Spec:
    return tuple(None if factor == WHOLE else cuts.get(factor) for factor in axes)


def _cuts(node: Node, mapping: AxisMap, given: Sequence[Placement], mesh: Mesh) -> dict[int, str]:
    """The mesh axis of each factor that is cut: as most of the operands' bytes are already, each
    mesh axis used once.
    """
    votes: dict[tuple[int, str], int] = defaultdict(int)
    sizes: dict[int, Any] = {}
    for x, axes, placement in zip(node.operands, mapping.operands, given, strict=True):
        for factor, size, axis in zip(axes, x.type.shape, placement.spec, strict=True):
            sizes[factor] = size
            if axis is not None and factor != WHOLE and factor not in mapping.whole:
                votes[factor, axis] += x.type.nbytes()
    kept = {factor for axes in mapping.results for factor in axes}
    cuts: dict[int, str] = {}
    for (factor, axis), _ in sorted(votes.items(), key=lambda item: (-item[1], item[0])):
        combines = factor in kept or mapping.reduced in REDUCTIONS
        if (
            combines
            and factor not in cuts
            and axis not in cuts.values()
            and can_cut(sizes[factor], mesh[axis])
        ):
            cuts[factor] = axis
    return cuts


def _wanted_cuts(
    node: Node, mapping: AxisMap, wanted: Sequence[Spec | None], mesh: Mesh
) -> dict[int, str]:
    """The mesh axes of factors that the results are to be cut by."""
    cuts: dict[int, str] = {}
    for result, axes, spec in zip(node.results, mapping.results, wanted, strict=False):
        for factor, size, axis in zip(axes, result.type.shape, spec or (), strict=False):
            if axis is None or factor == WHOLE or factor in mapping.whole or factor in cuts:
                continue
            if axis not in cuts.values() and can_cut(size, mesh[axis]):
                cuts[factor] = axis
    return cuts


def _kinds(node: Node, mesh: Mesh) -> Iterable[Place]:
    """Places that differ in their parts: one is enough where every axis is cut evenly."""
    sizes = {d for x in (*node.operands, *node.results) for d in x.type.shape}
    even = all(isinstance(d, int) and d % n == 0 for d in sizes for n in mesh.values())
    found = places(mesh)
    return islice(found, 1) if even else found


def local_attrs(node: Node, how: Strategy, mesh: Mesh, place: Place) -> Attrs | None:
    """The attributes that say a shape, for the shapes that one worker sees."""
    attrs: Any = node.attrs
    if node.op in (o.reshape, o.broadcast_to):
        shape = local_type(node.result.type, how.results[0].spec, mesh, place).shape
        return _replaced(attrs, shape=shape)
    if node.op is o.slice:  # an axis that is cut is taken whole, from 0 to its size
        local = local_type(node.operands[0].type, how.operands[0], mesh, place).shape
        stop = tuple(
            n if axis is not None else s
            for s, n, axis in zip(attrs.stop, local, how.operands[0], strict=True)
        )
        return _replaced(attrs, stop=stop)
    return node.attrs


def _replaced(attrs: Any, **fields: Any) -> Attrs:
    changed: Attrs = replace(attrs, **fields)
    return changed


def _fits(node: Node, made: Strategy, mesh: Mesh, place: Place) -> bool:
    """Whether the type rule, on local types, gives the parts that the placements promise."""
    types = tuple(
        local_type(x.type, spec, mesh, place)
        for x, spec in zip(node.operands, made.operands, strict=True)
    )
    promised = tuple(
        local_type(r.type, p.spec, mesh, place)
        for r, p in zip(node.results, made.results, strict=True)
    )
    try:
        return node.op.types(local_attrs(node, made, mesh, place), types) == promised
    except GradloomError:
        return False
