"""What the box of a node, a parameter or a result says, and what is told when one points at it."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Node, Operand, Value
from gradloom.ir.scalars import scalar_text
from gradloom.ir.text import attr_text
from gradloom.passes.cost import node_bytes, node_flops, short_number
from gradloom.viz.boxes import Box, Kind
from gradloom.viz.weights import cost_words, count_words, is_input, node_kind, node_name

_LONGEST: Final = 200
"""Of an attribute's text (it may be a constant's) so many characters are told."""


def node_box(id: str, node: Node, frame: str) -> Box:
    """The box of a node: its op, the types of its results, its literals."""
    flops, moved = node_flops(node, {}), node_bytes(node, {})
    title = node_name(node) + (f" (copy {node.copy})" if node.copy else "")
    tip = "\n".join(_tip(node, flops, moved))
    lines, closed = tuple(_lines(node)), bool(node.regions)
    return Box(id, title, lines, node_kind(node), tip, frame, 1, flops, moved, closed)


def end_box(id: str, name: str, end: Operand, frame: str) -> Box:
    """The box of a parameter or a result: its name and its type."""
    size = end.type.nbytes()
    tip = f"{name}: {end.type}, {short_number(size, 'B')}"
    lines = [str(end.type)] + ([] if isinstance(end, Value) else [scalar_text(end.value)])
    kind: Kind = "input" if is_input(id) else "output"
    return Box(id, name, tuple(lines), kind, tip, frame, 0, 0, size)


def _lines(node: Node) -> list[str]:
    literals = [scalar_text(x.value) for x in node.operands if not isinstance(x, Value)]
    lines = [", ".join(str(result.type) for result in node.results)] if node.results else []
    lines += [f"with {', '.join(literals)}"] if literals else []
    inside = [(region.name, count_words(len(region.nodes), "op")) for region in node.regions]
    return lines + [f"{name}: {count}" for name, count in inside]


def _tip(node: Node, flops: int, moved: int) -> list[str]:
    told = [node.location.with_source()] if node.location is not None else []
    attributes = _attributes(node)
    told += [attributes] if attributes else []
    cost = ", ".join(cost_words(flops, moved))
    return told + ([cost] if cost else [])


def _attributes(node: Node) -> str:
    if node.attrs is None:
        return ""
    found = []
    for field in fields(node.attrs):
        try:
            text = attr_text(getattr(node.attrs, field.name))
        except NotSupported:  # a function of the host: it has no text
            continue
        found.append(f"{field.name}={shortened(text, _LONGEST)}")
    return ", ".join(found)


def shortened(text: str, most: int) -> str:
    """The text in at most so many characters; a longer one ends in an ellipsis.

    >>> shortened("multiply", 5)
    'mult\u2026'
    """
    return text if len(text) <= most else text[: most - 1] + "\u2026"
