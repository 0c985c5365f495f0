"""The builder in scope: where calling an op adds its node, with types inferred and a location
attached.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from gradloom.ir import found
from gradloom.ir.errors import GradloomError
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value, node_of_one
from gradloom.ir.location import Location
from gradloom.ir.types import TensorType

if TYPE_CHECKING:
    from gradloom.ir.op import Attrs, Op


@final
class Builder:
    """Collects nodes, or hands them to `sink`; `location` is given to each new one. `is_open`:
    whether it is the builder in scope.
    """

    __slots__ = ("is_open", "location", "nodes", "sink")

    def __init__(self, sink: Callable[[Node], None] | None = None) -> None:
        self.nodes: list[Node] = []
        self.location: Location | None = None
        self.is_open = False
        self.sink = sink if sink is not None else self.nodes.append

    def emit(
        self,
        op: Op,
        operands: tuple[Operand, ...],
        attrs: Attrs | None = None,
        regions: tuple[Graph, ...] = (),
        copy: int = 0,
    ) -> tuple[Operand, ...]:
        """Add a node; an elementwise op on literals alone is folded at once."""
        try:
            types = op.types(attrs, tuple([operand.type for operand in operands]), regions)
        except GradloomError as error:
            error.location = error.location or self.location
            raise
        if op.elementwise and not any(isinstance(operand, Value) for operand in operands):
            return (_folded(op, operands, attrs, types[0]),)
        if len(types) == 1 and not regions and not copy:
            node = node_of_one(op, operands, attrs, types[0], self.location)
        else:
            node = Node(op, operands, attrs, types, regions, self.location, copy)
        self.sink(node)
        return node.results


def _folded(
    op: Op, operands: tuple[Operand, ...], attrs: Attrs | None, type: TensorType
) -> Literal:
    values = [operand.value for operand in operands]  # type: ignore[union-attr]
    with np.errstate(all="ignore"):
        result = op.numpy(*values) if op.attrs is None else op.numpy(attrs, *values)
    scalar: Any = np.asarray(result, dtype=type.dtype)[()]
    return Literal(scalar, type)


class _Scope(threading.local):
    builder: Builder | None = None


_scope: Final = _Scope()


def current() -> Builder:
    """The builder in scope."""
    builder = _scope.builder
    if builder is None:
        raise RuntimeError("no builder in scope: ops are called inside `with build.scope(...)`")
    return builder


def emit(
    op: Op,
    operands: tuple[Operand, ...],
    attrs: Attrs | None = None,
    regions: tuple[Graph, ...] = (),
) -> tuple[Operand, ...]:
    """Add a node to the builder in scope."""
    return current().emit(op, operands, attrs, regions)


def switch(builder: Builder | None) -> None:
    """Make `builder` the one that ops add their nodes to, until the scope around it ends."""
    if _scope.builder is not None:
        _scope.builder.is_open = False
    _scope.builder = builder
    if builder is not None:
        builder.is_open = True


@contextmanager
def scope(builder: Builder) -> Iterator[Builder]:
    """Make `builder` the one that ops add their nodes to, in this thread."""
    outer = _scope.builder
    switch(builder)
    try:
        yield builder
    finally:
        switch(outer)


@contextmanager
def located(location: Location | None) -> Iterator[None]:
    """Give this location to the nodes that are made inside."""
    builder = current()
    outer, builder.location = builder.location, location
    try:
        yield
    finally:
        builder.location = outer


def inline(graph: Graph, operands: Sequence[Operand], copies: int = 0) -> tuple[Operand, ...]:
    """The results of `graph` on these operands, its nodes added to the builder in scope (as copies,
    when asked).
    """
    builder = current()
    if found.holds(graph):
        graph = found.renamed(graph)
    names: dict[Operand, Operand] = dict(zip(graph.parameters, operands, strict=True))
    outer = builder.location
    for node in graph.nodes:
        builder.location = node.location or outer
        mapped = tuple([names.get(x, x) for x in node.operands])
        regions = tuple(map(copied, node.regions))
        results = builder.emit(node.op, mapped, node.attrs, regions, node.copy + copies)
        names.update(zip(node.results, results, strict=True))
    builder.location = outer
    return tuple([names.get(r, r) for r in graph.results])


def copied(graph: Graph) -> Graph:
    """The graph with values of its own, in regions too: a value stands in one place only."""
    return graph_of(
        lambda *values: inline(graph, values),
        [p.type for p in graph.parameters],
        [p.name for p in graph.parameters],
        graph.name,
    )


def graph_of(
    f: Callable[..., Any],
    types: Sequence[TensorType],
    names: Sequence[str] = (),
    name: str = "main",
) -> Graph:
    """The graph of `f`, called with one value per type; it returns an operand or a sequence of
    them.

    This is how rules make regions, and tests make graphs:

    >>> from gradloom.ir import ops as o
    >>> from gradloom.ir.types import parse_type
    >>> g = graph_of(lambda x: o.tanh(x), [parse_type("f64[3]")])
    >>> [node.op.name for node in g]
    ['tanh']
    """
    padded = [*names, *[""] * (len(types) - len(names))]
    parameters = tuple(Value(t, name=n) for t, n in zip(types, padded, strict=True))
    builder = Builder()
    builder.location = _scope.builder.location if _scope.builder is not None else None
    with scope(builder):
        results = f(*parameters)
    if isinstance(results, Value | Literal):
        results = (results,)
    return Graph(parameters, tuple(builder.nodes), tuple(results), name)
