"""What is known of a node without running it: op, types, attributes, bytes, FLOPs, place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final, Literal, final

from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph, Node, Value
from gradloom.ir.scalars import scalar_text
from gradloom.ir.text import attr_text
from gradloom.passes.cost import node_bytes, node_flops
from gradloom.viz.weights import node_name

Kind = Literal["op", "derivative", "constant", "region"]

_CONSTANTS: Final = frozenset({"constant", "iota", "dim"})
_LONGEST: Final = 400
"""Characters of an attribute that a page shows: a constant written out may have many more."""
_DERIVED: Final = re.compile(r"(?:tangent|transpose) of (\w+)")


@final
@dataclass(frozen=True, slots=True)
class Where:
    """A line of the user's program."""

    file: str
    line: int
    function: str


@final
@dataclass(frozen=True, slots=True)
class Facts:
    """A node by itself. `op` is the Python function's name where it calls one; `of` is the op whose
    derivative it belongs to (its own op, if it is none); `bytes` are its results', `moved` what it
    reads and writes.
    """

    op: str
    kind: Kind
    types: tuple[str, ...]
    dtype: str
    attrs: str
    copy: int
    where: Where | None
    note: str
    of: str
    bytes: int
    moved: int
    flops: int


def facts(node: Node, sizes: Mapping[str, int] | None = None) -> Facts:
    """The facts of a node; named sizes count as `sizes` says, 64 where it does not."""
    sizes = sizes or {}
    place = node.location
    note = place.note if place is not None else ""
    types = [r.type for r in node.results]
    return Facts(
        node_name(node),
        kind_of(node),
        tuple(str(t) for t in types),
        str(types[0]).partition("[")[0] if types else "",
        ", ".join(_attributes(node)),
        node.copy,
        Where(place.file, place.line, place.function) if place is not None else None,
        note,
        derived_from(note) or node.op.name,
        sum(t.nbytes(sizes) for t in types),
        node_bytes(node, sizes),
        node_flops(node, sizes),
    )


def kind_of(node: Node) -> Kind:
    """What a node is to a reader."""
    if node.regions:
        return "region"
    if node.location is not None and node.location.note:
        return "derivative"
    return "constant" if node.op.name in _CONSTANTS else "op"


def derived_from(note: str) -> str:
    """The op that a derivative's note names, or "".

    >>> derived_from("transpose of tanh")
    'tanh'
    """
    found = _DERIVED.search(note)
    return found[1] if found else ""


def _attributes(node: Node) -> Iterator[str]:
    for field in fields(node.attrs) if node.attrs is not None else ():
        try:
            text = attr_text(getattr(node.attrs, field.name))
        except NotSupported:  # a Python callable, say
            text = type(getattr(node.attrs, field.name)).__name__
        short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        yield f"{field.name}={short}"


def literals(node: Node) -> Iterator[str]:
    """The scalars that stand among a node's operands, as text."""
    return (scalar_text(x.value) for x in node.operands if not isinstance(x, Value))


def named(graph: Graph, prefix: str = "n") -> Iterator[tuple[str, Node]]:
    """Every node with its id: "n12", or "n12.0.3" for node 3 of region 0 of node 12."""
    for i, node in enumerate(graph.nodes):
        id = f"{prefix}{i}"
        yield id, node
        for k, region in enumerate(node.regions):
            yield from named(region, f"{id}.{k}.")
