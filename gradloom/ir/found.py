"""Sizes that a program finds while it runs: their names, and their numbers once they are there."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from gradloom.ir.dims import Dim, substitute, symbol
from gradloom.ir.graph import Graph, Literal, Node, Operand
from gradloom.ir.specialize import specialize
from gradloom.ir.types import FOUND, TensorType

_numbers: Final = itertools.count()


def fresh() -> Dim:
    """A size that no other node of this process finds."""
    return symbol(f"{FOUND}{next(_numbers)}")


def is_found(name: str) -> bool:
    """Whether the size of this name is found while the program runs, and so may be 0."""
    return name.startswith(FOUND)


def sizes_in(type: TensorType) -> tuple[str, ...]:
    """The found sizes in a type."""
    return tuple(n for d in type.shape if isinstance(d, Dim) for n in d.symbols if is_found(n))


def holds(graph: Graph) -> bool:
    """Whether the graph, or a region in it, finds a size."""
    if graph.finds is None:  # asked at every level of nested regions: the answer is kept
        graph.finds = False
        for node in graph.nodes:
            if node.op.name == "nonzero" or (node.regions and any(map(holds, node.regions))):
                graph.finds = True
                break
    return graph.finds


def found_by(node: Node) -> tuple[str, ...]:
    """The sizes that this node finds itself."""
    return sizes_in(node.results[0].type) if node.op.name == "nonzero" else ()


def mentioned(node: Node) -> set[str]:
    """The found sizes that stand in the node's types, literals, attributes and regions."""
    names = {n for r in node.results for n in sizes_in(r.type)}
    names.update(n for x in node.operands for n in sizes_in(x.type))
    if node.attrs is not None:
        names.update(
            _in_attribute(tuple(getattr(node.attrs, f) for f in node.attrs.__dataclass_fields__))
        )
    for region in node.regions:
        names.update(n for inner in region.nodes for n in mentioned(inner))
    return names


def _in_attribute(value: Any) -> set[str]:
    if isinstance(value, Dim):
        return {n for n in value.symbols if is_found(n)}
    if isinstance(value, TensorType):
        return set(sizes_in(value))
    if isinstance(value, tuple):
        return {n for part in value for n in _in_attribute(part)}
    return set()


def measured(
    types: Sequence[TensorType], arrays: Sequence[Any], known: Mapping[str, int]
) -> dict[str, int]:
    """The found sizes that these results tell and that were not known."""
    told: dict[str, int] = {}
    for type, array in zip(types, arrays, strict=True):
        for dim, size in zip(type.shape, np.shape(array), strict=True):
            name = _name_of(dim)
            if name and name not in known:
                told[name] = size
    return told


def _name_of(dim: int | Dim) -> str:
    """The name of a dimension that is one found size and nothing else, else ""."""
    if isinstance(dim, int) or len(dim.terms) != 1:
        return ""
    ((symbols, factor),) = dim.terms
    return symbols[0] if len(symbols) == factor == 1 and is_found(symbols[0]) else ""


def filled(operand: Operand, sizes: Mapping[str, int]) -> Operand:
    """A literal with its found sizes as numbers; a value is its array already."""
    if not isinstance(operand, Literal) or not sizes_in(operand.type):
        return operand
    shape = [substitute(d, sizes) for d in operand.type.shape]
    return Literal(operand.value, operand.type.with_shape(shape))


def sized(node: Node, sizes: Mapping[str, int]) -> Node:
    """The node with these found sizes as numbers, to be run."""
    attrs = node.attrs.substitute(dict(sizes)) if node.attrs is not None else None
    regions = tuple(specialize(region, sizes) for region in node.regions)
    types = tuple(r.type for r in node.results)
    operands = tuple(filled(x, sizes) for x in node.operands)
    return Node(node.op, operands, attrs, types, regions, node.location, node.copy)


def renamed(graph: Graph, results: bool = False) -> Graph:
    """The graph with fresh names for what it finds, to be put beside a copy of itself; names that
    stand in its results' types change with `results` only.
    """
    own = [name for node in graph.nodes for name in found_by(node)]
    kept = () if results else {name for r in graph.results for name in sizes_in(r.type)}
    names = {name: fresh() for name in own if name not in kept}
    return specialize(graph, names) if names else graph
