"""Which nodes a framework's own special function serves: two float dtypes, the lowest orders."""

from __future__ import annotations

from typing import Any

from gradloom.ir.graph import Node

_DTYPES = frozenset(("float32", "float64"))


def is_single_or_double(node: Node) -> bool:
    """Whether the node computes in float32 or float64."""
    return node.operands[0].type.dtype.name in _DTYPES


def is_double(node: Node) -> bool:
    """Whether the node computes in float64."""
    return bool(node.operands[0].type.dtype.name == "float64")


def is_of_order_0_or_1(node: Node) -> bool:
    """Whether it does, and its order is 0 or 1."""
    attrs: Any = node.attrs
    return attrs.n < 2 and is_single_or_double(node)
