"""Readable Python source of a graph: a line per node, nothing of a graph's text pasted in.

Identifiers are generated or plainly identifiers, attributes go through the literal writer,
comments are filtered: a
hostile graph can at worst fail. Named sizes are bound at entry from the arguments' shapes.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, Final, final

from gradloom.backends.backend import Backend, Dialect, Row
from gradloom.backends.broadcasts import folded_broadcasts
from gradloom.backends.frees import Plan
from gradloom.backends.lower import lower
from gradloom.backends.names import Names, comment
from gradloom.backends.site import Site, joined
from gradloom.backends.sizes import bind_sizes
from gradloom.backends.source import INLINE, Source, constant_lines
from gradloom.backends.writer import dim_text, number
from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.errors import GradloomError, NotSupported
from gradloom.ir.found import found_by
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.op import Op
from gradloom.ir.types import DType

_INDENT: Final = "    "


def emit(
    graph: Graph,
    backend: Backend,
    plan: Plan | None = None,
    standalone: bool = True,
    inline: int = INLINE,
) -> Source:
    """The graph as source for `backend`; stand-alone source holds its constants, other is given
    them when executed.
    """
    return Emitter(backend, lower(graph, backend), inline).source(plan, standalone)


@final
class Emitter:
    """Writes one module: imports, constants, helpers, `def main(...)`."""

    def __init__(self, backend: Backend, graph: Graph, inline: int = INLINE) -> None:
        self.inline = inline
        self.backend = backend
        self.dialect: Dialect = backend.dialect
        self.graph = graph
        self.names = Names([*self.dialect.names, "main", "constants", "annotations"])
        self._texts: dict[Value, str] = {}
        self._sizes: dict[str, str] = {}
        self._constants: dict[Constant, str] = {}
        self._helpers: dict[FunctionType, None] = {}
        self._imports: dict[str, None] = dict.fromkeys(self.dialect.imports)
        self._lines: list[str] = []
        self._depth = 1
        self._device = ""

    # ---- the whole ----

    def source(self, plan: Plan | None, standalone: bool) -> Source:
        """The module of this graph."""
        for symbol in self.graph.symbols:
            self._sizes[symbol] = self.names.claim(symbol, "n")
        parameters = self._claim(self.graph)
        bindings = bind_sizes(self.graph, parameters, self.size, self.dialect.size)
        self._body(self.graph, plan)
        if self._device:
            bindings.append(f"device = {self._entry_device(parameters)}")
        if self.dialect.bound_inside:
            bindings += [
                f"{name} = {self.dialect.constant(f'_{name}', '')}"
                for name in self._constants.values()
            ]
        decorator = self.dialect.decorator
        head = [
            *([decorator] if decorator else []),
            f"def main({', '.join([*parameters, *self._late_parameters()])}):",
        ]
        body = [*head, *[_INDENT + line for line in bindings], *self._lines, ""]
        given = [c for c in self._constants if not standalone and c.array.size > self.inline]
        text = self._top(standalone) + "\n".join(body)
        return Source(text, given, standalone)

    def _late_parameters(self) -> list[str]:
        """The constants, where they are handed over at each call."""
        return list(self._constants.values()) if self.dialect.constants_late else []

    def _top(self, standalone: bool) -> str:
        helpers = [_text_of(f) for f in self._helpers]
        here = {} if self.dialect.constants_late else self._constants
        constants = constant_lines(here, self.backend, self, standalone)
        parts = [f'"""{comment(self.graph.name)}: emitted by gradloom for {self.backend.name}."""']
        if helpers:
            parts.append("from __future__ import annotations")
        parts.append(
            "\n".join(sorted(self._imports, key=lambda line: (not line.startswith("import"), line)))
        )
        parts += ["\n".join(constants)] if constants else []
        return "\n\n".join(parts) + "\n\n\n" + "".join(text + "\n\n" for text in helpers)

    def _entry_device(self, parameters: list[str]) -> str:
        return f"{parameters[0]}.device" if parameters else 'torch.device("cpu")'

    # ---- a graph or region ----

    def _claim(self, graph: Graph) -> list[str]:
        found = [self.names.claim(p.name, "x") for p in graph.parameters]
        self._texts.update(zip(graph.parameters, found, strict=True))
        return found

    def _body(self, graph: Graph, plan: Plan | None = None) -> None:
        returned = self._statements(graph, plan)
        self.line("return " + (joined(returned) if returned else "()"))

    def _statements(self, graph: Graph, plan: Plan | None = None) -> list[str]:
        """Write the nodes of `graph`; its results as expressions."""
        folded = folded_broadcasts(graph)
        plan = plan or self.backend.plan(graph, folded) or _NO_PLAN
        for node in graph.nodes:
            if node.results and node.results[0] in folded:
                continue
            if node.op is o.constant:
                self._texts[node.results[0]] = self.constant(node.attrs.value)  # type: ignore[union-attr]
                continue
            try:
                self._node(node, folded, plan)
            except GradloomError as error:
                error.location = error.location or node.location
                raise
        return [self._result(result, graph) for result in graph.results]

    def _result(self, result: Operand, graph: Graph) -> str:
        return self.dialect.returned(result, self.array(result, None))

    def _node(self, node: Node, folded: dict[Value, Value], plan: Plan) -> None:
        over = plan.over.get(node)
        site = Site(self, node, folded, self.value(over, folded) if over is not None else "")
        expression = self._expression(node, site)
        where = f"  # {comment(str(node.location))}" if node.location is not None else ""
        if over is not None:
            self._texts[node.results[0]] = site.over
            self.line(expression + where)
        else:
            self.line(self._targets(node, site) + expression + where)
        for symbol in found_by(node):
            self._sizes[symbol] = self.names.claim(symbol, "n")
            size = self.dialect.found_size.format(self._texts[node.results[0]])
            self.line(f"{self._sizes[symbol]} = {size}")
        dead = plan.frees.get(node)
        if dead:
            self.line("del " + ", ".join(dict.fromkeys(self._texts[v] for v in dead)))

    def _targets(self, node: Node, site: Site) -> str:
        targets = [self.names.claim(r.name) for r in node.results]
        self._texts.update(zip(node.results, targets, strict=True))
        if not targets:
            return ""
        return (joined(targets) if site.tuple_result else targets[0]) + " = "

    def _expression(self, node: Node, site: Site) -> str:
        return site.written(self._row(node))

    def _row(self, node: Node) -> Row:
        native = (
            self.backend.calls.get(getattr(node.attrs, "kind", "")) if node.op is o.call else None
        )
        row = native or self.backend.table.get(node.op)
        if row is None:
            raise unsupported(node.op, self.backend)
        return row

    def region(self, region: Graph, name: str) -> str:
        """Write `region` as a local function; its name."""
        name = self.names.fresh(name)
        parameters = self._claim(region)
        self.line(f"def {name}({', '.join(parameters)}):")
        self._depth += 1
        self._body(region)
        self._depth -= 1
        return name

    def spliced(self, region: Graph, arguments: Sequence[str]) -> list[str]:
        """Write the nodes of `region` one level deeper, on these names; its results."""
        self._texts.update(zip(region.parameters, arguments, strict=True))
        self._depth += 1
        results = self._statements(region)
        self._depth -= 1
        return results

    # ---- pieces of text ----

    def line(self, text: str) -> None:
        """Write a statement."""
        self._lines.append(_INDENT * self._depth + text)

    def value(self, value: Value, folded: Mapping[Value, Value]) -> str:
        """The expression of a computed value."""
        return self._texts[folded.get(value, value)]

    def array(self, operand: Operand, site: Site | None) -> str:
        """The operand at its full shape."""
        if not isinstance(operand, Literal):
            return self._texts[operand]
        if operand.type.shape == ():
            return self.scalar(operand)
        shape = joined([dim_text(d, self.size) for d in operand.type.shape])
        where = site or Site(self, _NOWHERE, {})
        return self.dialect.full(
            shape, number(operand.value), self.dtype(operand.type.dtype), where
        )

    def scalar(self, literal: Literal) -> str:
        """A literal as a rank-0 array or scalar of its dtype."""
        return self.dialect.scalar(number(literal.value), self.dtype(literal.type.dtype))

    def constant(self, constant: Constant) -> str:
        """The module-level name of a constant."""
        if constant not in self._constants:
            self._constants[constant] = self.names.fresh("c")
        return self._constants[constant]

    def dtype(self, dtype: DType) -> str:
        """A dtype as the framework spells it."""
        text = self.dialect.dtype(dtype)
        if text.startswith("ml_dtypes."):
            self.need("import ml_dtypes")
        return text

    def size(self, symbol: str) -> str:
        """The local name of a named size."""
        return self._sizes[symbol]

    def device(self) -> str:
        """The name that holds the arguments' device."""
        self._device = "device"
        return "device"

    def helper(self, function: Callable[..., Any]) -> str:
        """The name of a function whose text goes along, after those that it calls."""
        assert isinstance(function, FunctionType)
        if function not in self._helpers:
            for name in _globals_of(function.__code__):
                needed = function.__globals__.get(name)
                if isinstance(needed, FunctionType) and needed.__module__.startswith(_OURS):
                    self.helper(needed)
            self._helpers[function] = None
            self.need(*_imports_of(function))
        return function.__name__

    def need(self, *imports: str) -> None:
        """Make sure that these import lines stand at the top."""
        self._imports.update(dict.fromkeys(imports))


_NO_PLAN: Final = Plan({})
_NOWHERE: Final = Node(o.stop_gradient, (), None, ())


def unsupported(op: Op, backend: Backend) -> NotSupported:
    """The error for an op that a backend leaves out."""
    reason = backend.absences.get(op, "its table has no row for it")
    return NotSupported(
        f"{op.name} cannot run on {backend.name}: {reason}",
        hint='compile with backend="numpy", which runs every op',
    )


@lru_cache(maxsize=1024)
def _text_of(function: FunctionType) -> str:
    return inspect.getsource(function)


_OURS: Final = ("gradloom.backends.", "gradloom.ir.ops.")
_MODULES: Final = {
    "sys": "import sys",
    "math": "import math",
    "np": "import numpy as np",
    "ml_dtypes": "import ml_dtypes",
}


def _imports_of(function: FunctionType) -> list[str]:
    return [_MODULES[name] for name in _globals_of(function.__code__) if name in _MODULES]


@lru_cache(maxsize=1024)
def _globals_of(code: CodeType) -> tuple[str, ...]:
    """The global names that code reads, nested code too."""
    mine = [i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"]
    nested = [name for c in code.co_consts if isinstance(c, CodeType) for name in _globals_of(c)]
    return tuple(dict.fromkeys([*mine, *nested]))
