"""What a program is: values, literals, nodes and graphs. Data only.

A `Graph` is a list of nodes in order, each defining the values that later ones use (SSA). A region
of a node (the branch of a `cond`, the body of a `scan`) is a `Graph` too, which captures nothing:
every outside value is an operand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from gradloom.ir import hooks
from gradloom.ir.arithmetic import Arithmetic
from gradloom.ir.location import Location
from gradloom.ir.types import Dim, TensorType, symbols_of

if TYPE_CHECKING:
    from gradloom.ir.op import Attrs, Op


@final
class Value(Arithmetic):
    """One result of a node, or a parameter of a graph (then `node` is None)."""

    __slots__ = ("__weakref__", "index", "name", "node", "type")

    def __init__(
        self, type: TensorType, node: Node | None = None, index: int = 0, name: str = ""
    ) -> None:
        self.type = type
        self.node = node
        self.index = index
        self.name = name

    def __repr__(self) -> str:
        made_by = f"{self.node.op.name}[{self.index}]" if self.node is not None else "parameter"
        return f"<{self.name or 'value'}: {self.type} of {made_by}>"


@final
class Literal(Arithmetic):
    """A scalar that stands inline, broadcast to its type's shape: the `2.0` of `multiply(%x,
    2.0)`.
    """

    __slots__ = ("type", "value")

    def __init__(self, value: np.generic, type: TensorType) -> None:
        self.value = value
        self.type = type

    def _key(self) -> tuple[bytes, TensorType]:
        return self.value.tobytes(), self.type

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"Literal({self.value!r}, {self.type})"


Operand = Value | Literal


_F64 = np.dtype(np.float64)


def literal(value: object, type: TensorType) -> Literal:
    """`value` as a literal of this type (cast to its dtype as numpy casts)."""
    if isinstance(value, np.generic) and value.dtype == type.dtype:
        return Literal(value, type)
    if type.dtype is _F64 and isinstance(value, float):
        return Literal(np.float64(value), type)
    with np.errstate(all="ignore"):
        cast: Any = np.asarray(value).astype(type.dtype)[()]
    return Literal(cast, type)


@final
class Node:
    """An op applied to operands. `copy` > 0 marks a recomputed copy, which equality and CSE keep
    apart.
    """

    __slots__ = ("attrs", "copy", "location", "op", "operands", "regions", "results")

    def __init__(
        self,
        op: Op,
        operands: tuple[Operand, ...],
        attrs: Attrs | None,
        types: tuple[TensorType, ...],
        regions: tuple[Graph, ...] = (),
        location: Location | None = None,
        copy: int = 0,
    ) -> None:
        self.op = op
        self.operands = operands
        self.attrs = attrs
        self.regions = regions
        self.location = location
        self.copy = copy
        self.results = (
            (Value(types[0], self),)  # the commonest case, for which no loop pays
            if len(types) == 1
            else tuple([Value(t, self, i) for i, t in enumerate(types)])
        )

    @property
    def result(self) -> Value:
        """The only result."""
        (result,) = self.results
        return result

    def __repr__(self) -> str:
        return f"<{self.op.name} -> {', '.join(str(r.type) for r in self.results)}>"


_new: Final = object.__new__


def node_of_one(
    op: Op,
    operands: tuple[Operand, ...],
    attrs: Attrs | None,
    type: TensorType,
    location: Location | None,
) -> Node:
    """A node of one result, in half the time that the constructors take: Python calls an
    `__init__` slowly, and a trace makes little else.
    """
    node, value = _new(Node), _new(Value)
    node.op = op
    node.operands = operands
    node.attrs = attrs
    node.regions = ()
    node.location = location
    node.copy = 0
    node.results = (value,)
    value.type = type
    value.node = node
    value.index = 0
    value.name = ""
    return node


@final
class Graph:
    """A program: parameters, nodes in order, results.

    `notes` are lines for its header (arrays that were baked in). `signature` is what the frontend
    knows of the Python function (argument structure, result structure); `history` lists (pass,
    graph, seconds) of how it was made; `finds` is what `found.holds` said, once it was asked. None
    of these belongs to equality.
    """

    __slots__ = (
        "__weakref__",
        "finds",
        "history",
        "name",
        "nodes",
        "notes",
        "parameters",
        "results",
        "signature",
    )

    def __init__(
        self,
        parameters: tuple[Value, ...],
        nodes: tuple[Node, ...],
        results: tuple[Operand, ...],
        name: str = "main",
        notes: tuple[str, ...] = (),
        signature: Any = None,
    ) -> None:
        self.parameters = parameters
        self.nodes = nodes
        self.results = results
        self.name = name
        self.notes = notes
        self.signature = signature
        self.history: tuple[Any, ...] = ()
        self.finds: bool | None = None

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    @property
    def inputs(self) -> tuple[Value, ...]:
        """The parameters."""
        return self.parameters

    @property
    def outputs(self) -> tuple[Operand, ...]:
        """The results."""
        return self.results

    @property
    def symbols(self) -> tuple[str, ...]:
        """The named sizes of the parameters, in order of appearance."""
        return symbols_of([p.type for p in self.parameters])

    def text(self, locations: bool = False) -> str:
        """The graph as text that `gradloom.parse` reads back; with the user's lines on demand.

        >>> import numpy as np, gradloom as gl
        >>> print(gl.trace(np.sin, gl.spec("f64[n]")).text(), end="")
        func @sin(%arg0: f64[n]) -> (f64[n]) {
          %0: f64[n] = sin(%arg0)
          return %0
        }
        """
        from gradloom.ir.text import graph_text

        return graph_text(self, locations=locations)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        sizes = (
            f"{len(self.parameters)} inputs, {len(self.nodes)} nodes, {len(self.results)} outputs"
        )
        return f"<Graph {self.name}: {sizes}>"

    def __eq__(self, other: object) -> bool:
        from gradloom.ir.equality import equal_graphs

        return isinstance(other, Graph) and equal_graphs(self, other)

    def __hash__(self) -> int:
        ops = tuple(node.op.name for node in self.nodes)
        return hash(
            (tuple(p.type for p in self.parameters), ops, tuple(r.type for r in self.results))
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the graph on numpy; arguments are flat arrays, or structured as the traced function's
        were.
        """
        return hooks.of("call")(self, *args, **kwargs)

    def cost(self, **sizes: int) -> Any:
        """FLOPs, bytes moved and peak bytes, per node and in total.

        >>> import numpy as np, gradloom as gl
        >>> gl.trace(np.matmul, np.ones((3, 4)), np.ones((4, 5))).cost().flops
        120
        """
        return hooks.of("cost")(self, **sizes)

    def to_dot(self) -> str:
        """The graph as Graphviz text (needs no `dot`).

        >>> import numpy as np, gradloom as gl
        >>> gl.trace(np.sin, np.ones(3)).to_dot().splitlines()[0]
        'digraph "sin" {'
        """
        return str(hooks.of("to_dot")(self))

    def show(self) -> Any:
        """A picture of the graph: in a notebook inline, else in the browser."""
        return hooks.of("show")(self)

    def __rich_console__(self, console: Any, options: Any) -> Any:
        yield hooks.of("rich")(self, options.max_width)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        bundle: dict[str, str] = hooks.of("mimebundle")(self)
        return bundle


def walk(graph: Graph) -> Iterator[Node]:
    """Every node, those inside regions after the node that holds them."""
    for node in graph.nodes:
        yield node
        for region in node.regions:
            yield from walk(region)


__all__ = ["Dim", "Graph", "Literal", "Node", "Operand", "Value", "literal", "node_of_one", "walk"]
