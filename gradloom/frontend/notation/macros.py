"""The macros `name[...]` and `name{...}`: which there are, and what each becomes."""

from __future__ import annotations

import ast
import builtins
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
STATIC: Final = frozenset(
    {*WRAPPING, *PLACED, *NAMING, *DEFINING, "f", FUNCTION, "memoize", "otherwise"}
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

    body: ast.expr
    """What it becomes, with its `$$`; or the name of what makes that of a tree."""
    names: tuple[str, ...]
    is_method: bool
    value: str = ""
    """What the macro's name is bound to in the program."""

    def expand(self, given: ast.expr, namespace: Mapping[str, Any]) -> ast.expr:
        """What a use of the macro becomes; raises SyntaxError where the arguments do not fit it."""
        transformer = self._transformer(namespace)
        if transformer is not None:
            return transformer(given)
        body = copy.deepcopy(self.body)
        slots: list[Any] = [n for n in own([body]) if getattr(n, "hold", "").startswith("$")]
        names, values = [*self.names], {}
        for i, slot in enumerate(slots):
            name = slot.hold[1:] or f"${i}"
            values[id(slot)] = name
            if name not in names:
                names.append(name)
        elements = getattr(given, "elts", None) if len(names) != 1 else [given]
        if elements is None or len(elements) != len(names):
            count = len(elements) if elements is not None else 1
            raise SyntaxError(f"the macro takes {len(names)} arguments, and is given {count}")
        arguments = dict(zip(names, elements, strict=True))
        return _Filled({i: arguments[name] for i, name in values.items()}).visit(body)  # type: ignore[no-any-return]  # an expression

    def _transformer(self, namespace: Mapping[str, Any]) -> Transformer | None:
        """The user's function that rewrites trees, where the macro is made of one."""
        if not isinstance(self.body, ast.Name) or hasattr(self.body, "hold") or self.names:
            return None
        found: Any = namespace.get(self.body.id)
        if not callable(found):
            return None
        return found() if isinstance(found, type) else found  # type: ignore[no-any-return]  # the user's


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
            vars(node)["block"] = [self.visit(statement) for statement in block]
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
        if word not in STATIC or self.is_bound(word):
            return False
        if "*" not in self.taken or hasattr(node, "block"):
            return True
        # A star import may have bound the name.
        return word in vars(builtins) or any(hasattr(x, "hold") for x in own([node.slice]))

    def template(self, node: ast.Subscript) -> Template | None:
        """The user's macro that `node` uses."""
        value = node.value
        is_method = isinstance(value, ast.Attribute)
        word = getattr(value, "attr" if is_method else "id", "")
        found = self.templates.get(word)
        if found is None or found.is_method != is_method:
            return None
        return found if is_method or self._is_still(word, found.value) else None

    def _is_still(self, word: str, value: str) -> bool:
        """Whether a macro's name has not been given to something else since."""
        bound = self.namespace.get(word, value)
        return isinstance(bound, str) and bound == value

    def is_bound(self, word: str) -> bool:
        """Whether the user has given this name to something else."""
        if word in self.taken:
            return True
        return word in self.namespace and self.namespace[word] is not vars(builtins).get(word)

    def define(self, name: str, kind: str, between: ast.expr) -> str:
        """Remember `name = macro[between]`; gives what the name is bound to."""
        body, names = between, ()
        if isinstance(between, ast.Tuple) and len(between.elts) > 1:
            rest = between.elts[1:]
            if all(isinstance(x, ast.Name) and not hasattr(x, "hold") for x in rest):
                body, names = between.elts[0], tuple(x.id for x in rest)  # type: ignore[attr-defined]  # all Names
        made = Template(body, names, kind == "method", f"the {kind} {name}")
        self.templates[name] = made
        return made.value
