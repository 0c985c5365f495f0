"""How one op runs on cut operands: its axis mapping says which axes are one factor, and which mesh
axis cuts each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from gradloom.ir import ops as o
from gradloom.ir.errors import GradloomError
from gradloom.ir.graph import Node
from gradloom.ir.op import WHOLE, Attrs, AxisMap
from gradloom.passes.effects import has_effect
from gradloom.passes.sharding.placement import (
    REDUCTIONS,
    Mesh,
    Placement,
    Spec,
    divides,
    local_type,
    replicated,
)


@final
@dataclass(frozen=True, slots=True)
class Strategy:
    """The specs an op wants of its operands, the placements its results have, and its attributes on
    local shapes.
    """

    operands: tuple[Spec, ...]
    results: tuple[Placement, ...]
    attrs: Attrs | None


def strategy(node: Node, given: Sequence[Placement], mesh: Mesh) -> Strategy:
    """How to run the node with operands placed so; an op that says nothing about its axes runs on
    whole operands.
    """
    op = node.op
    if op.axes is None or node.regions or has_effect(node) or not node.operands:
        return whole(node)
    mapping = op.axes(node.attrs, *(x.type for x in node.operands))
    cuts = _cuts(node, mapping, given, mesh)
    if not cuts:
        return whole(node)
    reduced = frozenset(cuts) - {f for axes in mapping.results for f in axes}
    partial = frozenset(cuts[f] for f in reduced)
    operands = tuple(_spec(axes, cuts) for axes in mapping.operands)
    results = tuple(
        Placement(_spec(axes, cuts), partial, mapping.reduced if partial else "sum")
        for axes in mapping.results
    )
    made = Strategy(operands, results, _local_attrs(node, operands, results, mesh))
    return made if _fits(node, made, mesh) else whole(node)


def whole(node: Node) -> Strategy:
    """The op on every worker, on whole operands: always right."""
    return Strategy(
        tuple(replicated(x.type).spec for x in node.operands),
        tuple(replicated(r.type) for r in node.results),
        node.attrs,
    )


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
            and divides(sizes[factor], mesh[axis])
        ):
            cuts[factor] = axis
    return cuts


def _local_attrs(
    node: Node, operands: Sequence[Spec], results: Sequence[Placement], mesh: Mesh
) -> Attrs | None:
    """The attributes that say a shape, for the shapes that one worker sees."""
    attrs: Any = node.attrs
    if node.op in (o.reshape, o.broadcast_to):
        shape = local_type(node.result.type, results[0].spec, mesh).shape
        return _replaced(attrs, shape=shape)
    if node.op is o.slice:  # an axis that is cut is taken whole, from 0 to its size
        local = local_type(node.operands[0].type, operands[0], mesh).shape
        stop = tuple(
            n if axis is not None else s
            for s, n, axis in zip(attrs.stop, local, operands[0], strict=True)
        )
        return _replaced(attrs, stop=stop)
    return node.attrs


def _replaced(attrs: Any, **fields: Any) -> Attrs:
    changed: Attrs = replace(attrs, **fields)
    return changed


def _fits(node: Node, made: Strategy, mesh: Mesh) -> bool:
    """Whether the type rule, on local types, gives the parts that the placements promise."""
    types = tuple(
        local_type(x.type, spec, mesh) for x, spec in zip(node.operands, made.operands, strict=True)
    )
    promised = tuple(
        local_type(r.type, p.spec, mesh) for r, p in zip(node.results, made.results, strict=True)
    )
    try:
        return node.op.types(made.attrs, types) == promised
    except GradloomError:
        return False
