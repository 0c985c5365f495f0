"""What stands behind a group: how many nodes of which ops, their FLOPs and their bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, final

from gradloom.ir.graph import Node, Operand
from gradloom.ir.ops.called import PythonCall
from gradloom.passes.cost import node_bytes, node_flops, short_number
from gradloom.viz.boxes import Kind
from gradloom.viz.groups import Group

_CONSTANTS: Final = frozenset({"constant", "iota", "dim"})
_TOLD: Final = 6
"""So many kinds of ops are told of a group, the commonest first."""


@final
@dataclass(slots=True)
class Weight:
    """Nodes, with their FLOPs and the bytes that they read and write; parameters and results, with
    their bytes; how often each op is there, and which kinds of boxes.
    """

    count: int = 0
    flops: int = 0
    bytes: int = 0
    ends: int = 0
    end_bytes: int = 0
    ops: Counter[str] = field(default_factory=Counter)
    kinds: set[Kind] = field(default_factory=set)

    @property
    def kind(self) -> Kind:
        """The kind of a box that stands for all of it."""
        for kind in ("input", "output", "derivative"):
            if self.kinds == {kind}:
                return kind
        return "group"

    @property
    def lines(self) -> tuple[str, ...]:
        """What a closed group says of itself: `12 ops` and `1.2 MFLOP, 34 kB`."""
        if not self.count:
            return count_words(self.ends, "value"), *cost_words(0, self.end_bytes)
        cost = ", ".join(cost_words(self.flops, self.bytes))
        ops = count_words(self.count, "op")
        return (ops, cost) if cost else (ops,)

    @property
    def told(self) -> str:
        """The commonest ops: `4 matmul, 4 tanh, 1 sum`."""
        told = [f"{count} {name}" for name, count in self.ops.most_common(_TOLD)]
        return ", ".join(told) + (", \u2026" if len(self.ops) > _TOLD else "")

    def add(self, other: Weight) -> None:
        """Count another's too."""
        self.count += other.count
        self.flops += other.flops
        self.bytes += other.bytes
        self.ends += other.ends
        self.end_bytes += other.end_bytes
        self.ops.update(other.ops)
        self.kinds |= other.kinds

    def add_node(self, node: Node) -> None:
        """Count a node, with what runs in it."""
        self.count += 1
        self.flops += node_flops(node, {})
        self.bytes += node_bytes(node, {})
        self.ops[node.op.name] += 1
        self.kinds.add(node_kind(node))

    def add_end(self, id: str, end: Operand) -> None:
        """Count a parameter or a result."""
        self.ends += 1
        self.end_bytes += end.type.nbytes()
        self.kinds.add("input" if is_input(id) else "output")


def is_input(id: str) -> bool:
    """Whether an id is a parameter's: `p0`, or `n12.0.p0` in a region."""
    return id.rpartition(".")[2].startswith("p")


def count_words(count: int, word: str) -> str:
    """`1 op`, `2 ops`, `3 boxes`."""
    return f"{count} {word}{'' if count == 1 else 'es' if word.endswith('x') else 's'}"


def cost_words(flops: int, bytes: int) -> list[str]:
    """`1.2 MFLOP` and `34 kB`, those that are not 0."""
    numbers = (flops, "FLOP"), (bytes, "B")
    return [short_number(number, unit) for number, unit in numbers if number]


def node_name(node: Node) -> str:
    """What a node is called: its op, or the Python function that it calls."""
    attrs = node.attrs
    return attrs.function.symbol if isinstance(attrs, PythonCall) else node.op.name


def node_kind(node: Node) -> Kind:
    """The kind of a node's box."""
    if node.location is not None and node.location.note:
        return "derivative"
    return "region" if node.regions else "constant" if node.op.name in _CONSTANTS else "op"


def weights(
    tree: Group, nodes: Mapping[str, Node], ends: Mapping[str, tuple[str, Operand]]
) -> dict[str, Weight]:
    """The weight of every group of a tree. A node with regions weighs what it takes to run it: a
    loop all of its turns.
    """
    found: dict[str, Weight] = {}

    def weigh(group: Group) -> Weight:
        whole = found[group.id] = Weight()
        for item in group.items:
            if isinstance(item, Group):
                whole.add(weigh(item))
            elif item in nodes:
                whole.add_node(nodes[item])
            else:
                whole.add_end(item, ends[item][1])
        node = nodes.get(group.id)
        if node is not None:
            whole.flops, whole.bytes = node_flops(node, {}), node_bytes(node, {})
            whole.kinds = {node_kind(node)}
            whole.ends = whole.end_bytes = 0
        return whole

    weigh(tree)
    return found
