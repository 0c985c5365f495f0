"""A graph as text: one node per line, types at definitions, the user's argument names.

    func @loss(%w: f64[3,4], %x: f64[batch,3]) -> (f64[batch,4]) {
      %0: f64[batch,4] = matmul(%x, %w)                      # model.py:19
      %1: f64[batch,4] = multiply(%0, 2.0)                   # model.py:20
      return %1
    }

A literal without a type has the type of the node's first computed operand; else it says its own: `2.0: f64[3]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final

import numpy as np

from gradloom.ir.constants import Constant
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.op import Attrs
from gradloom.ir.types import Dim, TensorType, dtype_name

INLINE_ELEMENTS: Final = 16
"""Constants up to this many elements stand inline; a larger one as its hash."""
_IDENTIFIER: Final = re.compile(r"[A-Za-z_]\w*\Z")
_LOCATION_COLUMN: Final = 64


class Namer:
    """Gives each value of a graph its name: the user's for parameters, numbers for results."""

    def __init__(self) -> None:
        self._names: dict[Value, str] = {}
        self._taken: set[str] = set()
        self._next = 0

    def parameter(self, value: Value) -> str:
        """The name of a parameter, made unique."""
        base = value.name if _IDENTIFIER.match(value.name) else ""
        name, suffix = base, 1
        while not name or name in self._taken:
            name, suffix = (f"{base}_{suffix}", suffix + 1) if base else (f"arg{len(self._taken) + suffix - 1}", suffix + 1)
        return self._set(value, name)

    def result(self, value: Value) -> str:
        """The name of a node's result: the next number."""
        name, self._next = str(self._next), self._next + 1
        return self._set(value, name)

    def _set(self, value: Value, name: str) -> str:
        self._taken.add(name)
        self._names[value] = name
        return name

    def __getitem__(self, value: Value) -> str:
        return self._names[value]


def graph_text(graph: Graph, locations: bool = False) -> str:
    """The text of a graph."""
    namer = Namer()
    lines = [f"# {line}" for note in graph.notes for line in note.splitlines()]
    results = ", ".join(str(r.type) for r in graph.results)
    lines.append(f"func @{graph.name}({_parameters(graph, namer)}) -> ({results}) {{")
    lines += _body(graph, namer, "  ", locations)
    return "\n".join([*lines, "}"]) + "\n"


def _parameters(graph: Graph, namer: Namer) -> str:
    return ", ".join(f"%{namer.parameter(p)}: {p.type}" for p in graph.parameters)


def _body(graph: Graph, namer: Namer, indent: str, locations: bool) -> Iterator[str]:
    for node in graph.nodes:
        yield from _node(node, namer, indent, locations)
    yield f"{indent}return {', '.join(_operand(r, None, namer) for r in graph.results)}".rstrip()


def _node(node: Node, namer: Namer, indent: str, locations: bool) -> Iterator[str]:
    inline = first_type(node.operands)
    parts = [_operand(x, inline, namer) for x in node.operands]
    if node.attrs is not None:
        parts += [f"{f.name}={attr_text(getattr(node.attrs, f.name))}" for f in fields(node.attrs)]
    results = ", ".join(f"%{namer.result(r)}: {r.type}" for r in node.results)
    mark = f"@{node.copy}" if node.copy else ""
    line = f"{indent}{results}{' = ' if results else ''}{node.op.name}{mark}({', '.join(parts)})"
    if node.regions:
        line += " {"
    if locations and node.location is not None:
        line = f"{line.ljust(_LOCATION_COLUMN)} # {node.location}"
    yield line
    if node.regions:
        for region in node.regions:
            yield f"{indent}  region({_parameters(region, namer)}) {{"
            yield from _body(region, namer, indent + "    ", locations)
            yield indent + "  }"
        yield indent + "}"


def first_type(operands: tuple[Operand, ...]) -> TensorType | None:
    """The type that literals without one have."""
    return next((x.type for x in operands if isinstance(x, Value)), None)


def _operand(operand: Operand, inline: TensorType | None, namer: Namer) -> str:
    if isinstance(operand, Value):
        return f"%{namer[operand]}"
    text = scalar_text(operand.value)
    return text if operand.type == inline else f"{text}: {operand.type}"


def scalar_text(value: Any) -> str:
    """A number as text that reads back to the same bits."""
    dtype = np.asarray(value).dtype
    if dtype.kind == "b":
        return "true" if value else "false"
    if dtype.kind in "iu":
        return str(int(value))
    if dtype.kind == "c":
        return f"({scalar_text(value.real)}, {scalar_text(value.imag)})"
    if np.isnan(value):
        return "-nan" if np.signbit(value) else "nan"
    return repr(float(value)) if dtype.itemsize != 4 else _short_float(value)


def _short_float(value: np.float32) -> str:
    text = np.format_float_positional(value, trim="0") if 1e-4 <= abs(value) < 1e6 or value == 0 else np.format_float_scientific(value)
    return text


def attr_text(value: Any) -> str:
    """An attribute as text."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Dim():
            return str(value).replace(" ", "")
        case float() | np.generic():
            return scalar_text(value)
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r") + '"'
        case np.dtype():
            return dtype_name(value)
        case tuple():
            return "(" + ", ".join(map(attr_text, value)) + ("," if len(value) == 1 else "") + ")"
        case TensorType():
            return str(value)
        case Constant():
            return constant_text(value)
        case None:
            return "none"
    raise TypeError(f"{type(value).__name__} cannot stand in an attribute")


def constant_text(constant: Constant) -> str:
    """A small constant as nested lists, a large one as its hash; both with its type."""
    array = constant.array
    if array.size <= INLINE_ELEMENTS:
        return f"{_nested(array)}: {constant.type}"
    return f"#{constant.digest}: {constant.type}"


def _nested(array: np.ndarray) -> str:
    if array.ndim == 0:
        return scalar_text(array[()])
    return "[" + ", ".join(_nested(part) for part in array) + "]"


__all__ = ["Attrs", "Namer", "attr_text", "constant_text", "first_type", "graph_text", "scalar_text"]
