"""The nodes that may repeat, in a line, as arrays: what kind each is, and where its operands are
made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Node, Operand, Value


@final
class Line:
    """Nodes in order. `keys` are equal where op, attributes, regions and operand types are; the
    operands of node i are made at the places `made[first[i] : first[i + 1]]` (-1: outside the
    line).
    """

    __slots__ = ("first", "keys", "made", "nodes", "places")

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        self.places: dict[Operand, int] = {
            r: i for i, node in enumerate(nodes) for r in node.results
        }
        places = self.places
        made = [
            -1 if x.__class__ is Literal else places.get(x, -1) for n in nodes for x in n.operands
        ]
        counts = [len(node.operands) for node in nodes]
        self.first: np.ndarray = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self.made: np.ndarray = np.array(made, np.int64)
        self.keys: np.ndarray = np.array(_numbered(nodes), np.int64)

    def operand(self, i: int) -> Operand:
        """The operand that `made[i]` speaks of."""
        node = int(np.searchsorted(self.first, i, side="right")) - 1
        return self.nodes[node].operands[i - int(self.first[node])]

    def place(self, x: Operand) -> int:
        """Where an operand is made; -1 outside."""
        return self.places.get(x, -1) if isinstance(x, Value) else -1


def _numbered(nodes: Sequence[Node]) -> list[int]:
    numbers: dict[Any, int] = {}
    known: dict[int, int] = {}  # attributes by identity: many nodes share theirs
    keys = []
    for n in nodes:
        attrs, operands = n.attrs, n.operands
        number: int | None = -1
        if attrs is not None:
            number = known.get(id(attrs))
            if number is None:
                number = known[id(attrs)] = _number(n, numbers)
        key: Any
        if n.regions or n.copy or len(operands) != 2:
            key = (n.op, number, n.regions, n.copy, *[id(x.type) for x in operands])
        else:  # most of them: shorter, for the time it takes
            key = (n.op, number, id(operands[0].type), id(operands[1].type))
        found = numbers.get(key)
        if found is None:
            found = numbers[key] = len(numbers)
        keys.append(found)
    return keys


def _number(node: Node, numbers: dict[Any, int]) -> int:
    """A number for the node's attributes; slices of one size differ in where they start only."""
    attrs: Any = node.attrs
    key = (o.slice, attrs.step, node.result.type) if node.op is o.slice else attrs
    return numbers.setdefault(key, len(numbers))
