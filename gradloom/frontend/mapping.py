"""What `vmap` made of a function, told node by node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gradloom.ir import ops as o
from gradloom.ir.graph import Node
from gradloom.passes.batch import Step

LOOPS: Final = frozenset([o.scan, o.while_])
_MOVES: Final = frozenset([o.broadcast_to, o.reshape, o.permute_dims])
"""What brings operands into line; it computes nothing."""


def loops(step: Step) -> bool:
    """Whether the examples of this node are computed one after another."""
    return step.node.op not in LOOPS and any(_has_loop(node) for node in step.made)


def _has_loop(node: Node) -> bool:
    return node.op in LOOPS or any(_has_loop(n) for region in node.regions for n in region.nodes)


def explained(name: str, steps: Sequence[Step]) -> str:
    """The account that `vmap(f).explain()` gives: counts, then a line per node that is not mapped
    as itself.
    """
    counted = [step for step in steps if step.node.op not in _MOVES]
    mapped = [step for step in counted if step.made]
    fallen = [step for step in mapped if loops(step)]
    head = (
        f"vmap of {name}: {len(mapped)} of {len(counted)} ops depend on the mapped axis; "
        f"{len(fallen)} fell back to a loop over it"
    )
    lines = [head]
    for step in mapped:
        told = _told(step)
        if told:
            lines.append(f"  {'  ' * step.depth}{step.node.op.name}: {told}{_place(step.node)}")
    if len(lines) == 1 and mapped:
        lines.append("  every one is the same op on arrays with one more axis")
    return "\n".join(lines)


def _told(step: Step) -> str:
    """What is worth saying of a step; "" for an op that is mapped as itself."""
    op = step.node.op
    names = [node.op for node in step.made if node.op not in _MOVES]
    if loops(step):
        return "a loop over the examples"
    if op is o.while_:
        return "one loop for all examples; it runs until the last of them is done"
    if op is o.cond and o.cond not in names:
        return "both branches for every example, then a choice"
    if names in ([op], []):
        return ""
    return "as " + ", ".join(dict.fromkeys(other.name for other in names))


def _place(node: Node) -> str:
    return f"  ({node.location})" if node.location is not None else ""
