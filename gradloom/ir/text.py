"""A graph as text: one node per line, types at definitions, the user's argument names.

    func @loss(%w: f64[3,4], %x: f64[batch,3]) -> (f64[batch,4]) {
      %0: f64[batch,4] = matmul(%x, %w)                      # model.py:19
      %1: f64[batch,4] = multiply(%0, 2.0)                   # model.py:20
      return %1
    }

A literal without a type has the type of the node's first computed operand; else it says its own:
`2.0: f64[3]`. A recomputed copy is marked, `tanh@1(%x)`; a node's regions follow it in braces.
Comments before `func` are the graph's notes. Saved files keep the whole of each location:
`# @ "model.py":19 "forward" "transpose of tanh"`. `gradloom/ir/parse.py` is the inverse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, Final

import numpy as np

from gradloom.ir.callee import Callee
from gradloom.ir.constants import Constant
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.location import Location
from gradloom.ir.names import Namer, is_name
from gradloom.ir.scalars import printable, scalar_text
from gradloom.ir.types import Dim, TensorType, dtype_name

INLINE_ELEMENTS: Final = 16
"""Constants up to this many elements stand inline; a larger one as its hash."""
_LOCATION_COLUMN: Final = 64

LocationText = Callable[[Location], str]


def graph_text(graph: Graph, locations: bool | LocationText = False) -> str:
    """The text of a graph; `locations` adds the user's lines, as `model.py:19` or as it writes."""
    write = locations if callable(locations) else _short_location if locations else None
    lines = [
        f"# {printable(line)}".rstrip()
        for note in graph.notes
        for line in note.splitlines() or [""]
    ]
    results = ", ".join(str(r.type) for r in graph.results)
    namer = Namer(graph)
    lines.append(f"func @{_graph_name(graph)}({_parameters(graph, namer)}) -> ({results}) {{")
    lines += _body(graph, namer, "  ", write)
    return "\n".join([*lines, "}"]) + "\n"


def _graph_name(graph: Graph) -> str:
    return graph.name if is_name(graph.name) else string_text(graph.name)


def _parameters(graph: Graph, namer: Namer) -> str:
    return ", ".join(f"%{namer[p]}: {p.type}" for p in graph.parameters)


def _short_location(location: Location) -> str:
    return printable(str(location))


def _body(graph: Graph, namer: Namer, indent: str, write: LocationText | None) -> Iterator[str]:
    for node in graph.nodes:
        yield from _node(node, namer, indent, write)
    yield f"{indent}return {', '.join(_operand(r, None, namer) for r in graph.results)}".rstrip()


def _node(node: Node, namer: Namer, indent: str, write: LocationText | None) -> Iterator[str]:
    inline = first_type(node.operands)
    parts = [_operand(x, inline, namer) for x in node.operands]
    if node.attrs is not None:
        parts += [f"{f.name}={attr_text(getattr(node.attrs, f.name))}" for f in fields(node.attrs)]
    results = ", ".join(f"%{namer.result(r)}: {r.type}" for r in node.results)
    mark = f"@{node.copy}" if node.copy else ""
    line = f"{indent}{results}{' = ' if results else ''}{node.op.name}{mark}({', '.join(parts)})"
    if node.regions:
        line += " {"
    if write is not None and node.location is not None:
        line = f"{line.ljust(_LOCATION_COLUMN)} # {write(node.location)}"
    yield line
    if node.regions:
        for region in node.regions:
            yield from _region(region, indent + "  ", write)
        yield indent + "}"


def _region(region: Graph, indent: str, write: LocationText | None) -> Iterator[str]:
    namer = Namer(region)
    name = "" if region.name == "main" else f" @{_graph_name(region)}"
    yield f"{indent}region{name}({_parameters(region, namer)}) {{"
    yield from _body(region, namer, indent + "  ", write)
    yield indent + "}"


def first_type(operands: tuple[Operand, ...]) -> TensorType | None:
    """The type that literals without one have."""
    return next((x.type for x in operands if isinstance(x, Value)), None)


def _operand(operand: Operand, inline: TensorType | None, namer: Namer) -> str:
    if isinstance(operand, Value):
        return f"%{namer[operand]}"
    text = scalar_text(operand.value)
    return text if operand.type == inline else f"{text}: {operand.type}"


def attr_text(value: Any) -> str:
    """An attribute as text; raises `NotSupported` for what graphs cannot hold."""
    match value:
        case bool() | np.bool_():
            return "true" if value else "false"
        case int() | np.integer() | Dim():
            return str(value).replace(" ", "")
        case float() | np.floating():
            return scalar_text(float(value))
        case str():
            return string_text(value)
        case np.dtype():
            return dtype_name(value)
        case tuple():
            return "(" + ", ".join(map(attr_text, value)) + ("," if len(value) == 1 else "") + ")"
        case TensorType():
            return str(value)
        case Constant():
            return constant_text(value)
        case Callee():
            return string_text(value.symbol)
        case None:
            return "none"
    raise NotSupported(
        f"{type(value).__name__} cannot stand in a graph's text",
        hint="attributes are numbers, strings, dtypes, dimensions, tuples and constants",
    )


_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def string_text(value: str) -> str:
    """A string in quotes, on one line, in printable characters."""
    if value.isprintable() and "\\" not in value and '"' not in value:
        return f'"{value}"'
    return '"' + "".join(_ESCAPES.get(c) or printable(c) for c in value) + '"'


def constant_text(constant: Constant) -> str:
    """A small constant as nested lists, a large one as its hash; both with its type."""
    array = constant.array
    if array.size == 0:
        return f"[]: {constant.type}"
    if array.size <= INLINE_ELEMENTS:
        return f"{_nested(array)}: {constant.type}"
    return f"#{constant.digest}: {constant.type}"


def _nested(array: np.ndarray) -> str:
    if array.ndim == 0:
        return scalar_text(array[()])
    return "[" + ", ".join(_nested(part) for part in array) + "]"
