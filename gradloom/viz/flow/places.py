"""Where gradients are measured: the parameters of a loss, and every value between them and it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

from gradloom.ir.graph import Graph, Value
from gradloom.ir.location import Location

Kind = Literal["parameter", "value"]


@final
@dataclass(frozen=True, slots=True)
class Place:
    """A value whose cotangent is measured. `file`, `line` and `source` say where the user's program
    makes it; a parameter has none.
    """

    name: str
    kind: Kind
    op: str
    shape: tuple[int, ...]
    dtype: str
    file: str = ""
    line: int = 0
    function: str = ""
    source: str = ""
    has_examples: bool = False
    """Whether its first axis counts the examples of a batch."""

    @property
    def where(self) -> str:
        """`model.py:19`, or "" for a parameter."""
        return f"{os.path.basename(self.file)}:{self.line}" if self.file else ""

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        count = 1
        for n in self.shape:
            count *= n
        return count


@final
@dataclass(frozen=True, slots=True)
class Link:
    """A use of a value: the node that makes place `target` reads place `source`, and a gradient
    comes back that way.
    """

    source: int
    target: int


def place_of_parameter(value: Value, name: str) -> Place:
    """The place of a parameter's gradient."""
    return Place(name, "parameter", "", _shape(value), str(value.type.dtype))


def place_of_result(value: Value, examples: int | None) -> Place:
    """The place of a result's cotangent, not yet named apart from its like."""
    node = value.node
    assert node is not None
    at = node.location or Location("", 0)
    shape = _shape(value)
    has_examples = len(shape) > 1 and shape[0] == examples
    name = node.op.name + (f"[{value.index}]" if len(node.results) > 1 else "")
    return Place(
        name, "value", node.op.name, shape, str(value.type.dtype), at.file, at.line, at.function,
        at.source() if at.file else "", has_examples,
    )  # fmt: skip


def _shape(value: Value) -> tuple[int, ...]:
    return tuple(int(d) for d in value.type.shape if isinstance(d, int))


def named_apart(names: Sequence[str]) -> list[str]:
    """The names, the second of a kind with `_2` behind it, and so on.

    >>> named_apart(["tanh", "add", "tanh", "tanh_2"])
    ['tanh', 'add', 'tanh_3', 'tanh_2']
    """
    taken, made = set(names), list[str]()
    used: set[str] = set()
    for name in names:
        candidate, count = name, 1
        while candidate in used or (count > 1 and candidate in taken):
            count += 1
            candidate = f"{name}_{count}"
        used.add(candidate)
        made.append(candidate)
    return made


def examples_of(graph: Graph, active: Sequence[bool]) -> int | None:
    """How many examples a batch has: the length that the first axes of all inputs share that have
    axes and are not differentiated; None where they share none.
    """
    lengths = {
        p.type.shape[0]
        for p, mark in zip(graph.parameters, active, strict=True)
        if not mark and p.type.shape
    }
    (length,) = lengths if len(lengths) == 1 else (None,)
    return length if isinstance(length, int) else None
