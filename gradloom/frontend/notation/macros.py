"""The macros `name[...]` and `name{...}`: which there are, and what each becomes."""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, final

from gradloom.frontend.notation.marked import own
from gradloom.frontend.notation.skeleton import FUNCTION

WRAPPING: Final = {
    "do": "do", "expect": "expect", "when": "when", "unless": "unless", "until": "until",
    "repeat": "repeat", "future": "future", "context": "context",
    "map": "map", "filter": "filter", "imap": "imap", "ifilter": "ifilter", "reduce": "reduce",
    "mapf": "map", "filterf": "filter", "imapf": "imap", "ifilterf": "ifilter",
    "reducef": "reduce", "fork": "fork", "parallel": "parallel",
}  # fmt: skip
"""Macros that give a function to one of the runtime's functions."""
BRANCHING: Final = ("fork", "parallel")
PLACED: Final = ("once", "ntimes")
NAMING: Final = ("read", "write")
DEFINING: Final = ("macro", "method")
BLOCKS: Final = ("params",)
"""Macros whose braces hold names and values, not a function."""
STATIC: Final = frozenset(
    {*WRAPPING, *PLACED, *NAMING, *DEFINING, *BLOCKS, "f", FUNCTION, "memoize", "otherwise"}
)
HELPERS: Final = frozenset({
    "collapse", "lshift", "null", "peek", "pop", "push", "reduce", "replace", "rshift", "unnest",
})  # fmt: skip
"""Functions that a program may name without importing them."""
WORDS: Final = ("params", "frozen", "tied", "buffer")
"""gradloom's own, which a program may name without importing them."""

places: Final = itertools.count()
"""A number of its own for each place in a program that keeps something."""

Transformer = Callable[[ast.expr], ast.expr]


@final
@dataclass(frozen=True)
class Template:
    """A macro of the user's: `switch = macro[fork[$$] .> collapse]`."""

    body: ast.expr | Transformer
    """What it becomes, with its `$$`; or what makes that of the tree between the brackets."""
    names: tuple[str, ...]
    is_method: bool

    def expand(self, given: ast.expr) -> ast.expr:
        """What a use of the macro becomes; raises SyntaxError where the arguments are too few."""
        if not isinstance(self.body, ast.AST):
            made = self.body() if isinstance(self.body, type) else self.body
            return made(given)
        body = copy.deepcopy(self.body)
        slots = [n for n in own([body]) if getattr(n, "hold", "").startswith("$")]
        names, values = [*self.names], {}
        for i, slot in enumerate(slots):
            name = slot.hold[1:] or f"${i}"  # type: ignore[attr-defined]  # a mark
            values[id(slot)] = name
            if name not in names:
                names.append(name)
        elements = getattr(given, "elts", None) if len(names) != 1 else [given]
        if elements is None or len(elements) != len(names):
            count = len(elements) if elements is not None else 1
            raise SyntaxError(f"the macro takes {len(names)} arguments, and is given {count}")
        arguments = dict(zip(names, elements, strict=True))
        return _Filled({i: arguments[name] for i, name in values.items()}).visit(body)  # type: ignore[no-any-return]  # an expression


class _Filled(ast.NodeTransformer):
    """Puts a macro's arguments in the places of its `$$`."""

    def __init__(self, values: Mapping[int, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """The argument that this stands for."""
        value = self._values.get(id(node))
        return node if value is None else copy.deepcopy(value)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """A macro inside, its statements included."""
        block: list[ast.stmt] | None = getattr(node, "block", None)
        if block is not None:
            node.block = [self.visit(statement) for statement in block]  # type: ignore[attr-defined]  # a mark
        return self.generic_visit(node)


@final
@dataclass
class Macros:
    """The user's macros that a program may use, and the names that it has given to other things."""

    templates: dict[str, Template] = field(default_factory=dict)
    namespace: Mapping[str, Any] = field(default_factory=dict)
    """What is already named when the program is read: a notebook's names, say."""
    taken: set[str] = field(default_factory=set)
    """Names that the program itself binds."""

    def is_macro(self, node: ast.AST) -> bool:
        """Whether `name[...]` is a macro's use, and not an item of something of the user's."""
        if not isinstance(node, ast.Subscript):
            return False
        if self.template(node) is not None:
            return True
        word = node.value.id if isinstance(node.value, ast.Name) else ""
        return word in STATIC and not self.is_bound(word)

    def template(self, node: ast.Subscript) -> Template | None:
        """The user's macro that `node` uses."""
        value = node.value
        is_method = isinstance(value, ast.Attribute)
        word = getattr(value, "attr" if is_method else "id", "")
        found = self.templates.get(word)
        return found if found is not None and found.is_method == is_method else None

    def is_bound(self, name: str) -> bool:
        """Whether the user has given this name to something else."""
        if name in WORDS:
            return name in self.taken
        return name in self.taken or (
            name in self.namespace and self.namespace[name] is not _builtin(name)
        )

    def define(self, name: str, kind: str, between: ast.expr) -> None:
        """Remember `name = macro[between]`."""
        body, names = between, ()
        if isinstance(between, ast.Tuple) and len(between.elts) > 1:
            rest = between.elts[1:]
            if all(isinstance(x, ast.Name) and not hasattr(x, "hold") for x in rest):
                body, names = between.elts[0], tuple(x.id for x in rest)  # type: ignore[attr-defined, assignment]  # all Names
        given: Any = body
        if isinstance(body, ast.Name) and not hasattr(body, "hold") and not names:
            found = self.namespace.get(body.id)
            given = found if callable(found) else body
        self.templates[name] = Template(given, names, kind == "method")


def _builtin(name: str) -> Any:
    import builtins

    return getattr(builtins, name, None)
