"""Pieces of Python with holes, and the writer that fills them: what a random program is made of.

In the text of a form `«f»` is any expression of type `f`, `«.f»` a variable of it, `«=f»` a target
to assign to, `«#v»` the same text as the `«.v#»` before it, `‹a|b›` one of these, `$q` a name of
its own, `«f q:f»` an expression in which `$q` may occur, `«block loop q:f»` some statements. The
types are told in expressions.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

_VARIABLE: Final = re.compile(r"«([.!])(\w)")
_LOOSE: Final = (
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.NamedExpr, ast.Lambda,
)  # fmt: skip
_GROWING: Final = (".append(", ".insert(", ".extend(", "+= [")
_PART: Final = re.compile(r"«([^»]*)»|‹([^›]*)›|\$(\w+)")


@dataclass(frozen=True)
class Form:
    """One piece: its text, the variables that it leaves, and how often it is chosen."""

    text: str
    gives: Mapping[str, str] = field(default_factory=dict)
    weight: int = 1


@dataclass(frozen=True)
class Scope:
    """What a piece of the program may name, assign to and do."""

    names: Mapping[str, str]
    own: frozenset[str]
    returns: tuple[str, ...]
    is_loop: bool = False
    is_fixed: bool = False  # a loop goes through a list, which must not grow
    depth: int = 0

    def having(self, more: Mapping[str, str]) -> Scope:
        """The same with further variables of its own."""
        return replace(self, names={**self.names, **more}, own=self.own | set(more))

    def of(self, type: str, targets: bool = False) -> list[str]:
        """The variables of a type; `targets`: those that may be assigned."""
        return [n for n, t in self.names.items() if t == type and (n in self.own or not targets)]


class Writer:
    """Writes a program out of forms, with choices from `rng`."""

    def __init__(
        self, rng: Random, expressions: Mapping[str, Sequence[Form]],
        statements: Sequence[Form], size: int,
    ) -> None:  # fmt: skip
        self.rng = rng
        self.expressions = expressions
        self.statements = statements
        self.left = size
        self._count = 0

    def fresh(self) -> str:
        """A name that nothing has."""
        self._count += 1
        return f"t{self._count}"

    # ---- filling ---------------------------------------------------------------------------------

    def fill(self, form: Form, scope: Scope, level: int) -> tuple[str, dict[str, str]]:
        """The text of a form without holes, and the variables that it gives."""
        names = {key: self.fresh() for key in dict.fromkeys(re.findall(r"\$(\w+)", form.text))}
        gives: dict[str, str] = {}
        said: dict[str, str] = {}

        def part(found: re.Match[str]) -> str:
            hole, options, name = found.groups()
            if name is not None:
                return names[name]
            if options is not None:
                return self.rng.choice(options.split("|"))
            return self._hole(hole, found, scope, level, names, gives, said)

        text = _PART.sub(part, form.text)
        return text, {**gives, **{names[key]: type for key, type in form.gives.items()}}

    def _hole(
        self, hole: str, found: re.Match[str], scope: Scope, level: int,
        names: Mapping[str, str], gives: dict[str, str], said: dict[str, str],
    ) -> str:  # fmt: skip
        kind, *words = hole.split()
        bound = {names[a]: t for a, t in (w.split(":") for w in words if ":" in w)}
        inner = scope.having(bound) if bound else scope
        if kind == "block":
            return _indented(self.block(_inside(inner, words), level), found)
        if kind == "body":
            returns = tuple(w[2:] for w in words if w.startswith("->"))
            return _indented(self.body(inner, bound, returns, level), found)
        if kind == "return":
            return self.returned(inner)
        if kind[0] == "#":
            return said[kind[1:]]
        if kind[0] == "=":
            return self._target(kind[1:], inner, gives, _is_indented(found))
        if kind[0] == "!":
            return self._recent(inner.of(kind[1:], targets=True))
        if kind[0] == ".":
            type = kind[1:].rstrip("#")
            text = self._recent(inner.of(type))
            if kind[-1] == "#":
                said[type] = text
            return text
        return self.expression(kind, inner, level + 1)

    def _target(self, type: str, scope: Scope, gives: dict[str, str], perhaps: bool) -> str:
        """A target; one that is assigned only `perhaps` is not known afterwards."""
        known = scope.of(type, targets=True)
        if known and self.rng.random() < 0.7:
            return self.rng.choice(known)
        name = self.fresh()
        if not perhaps:
            gives[name] = type
        return name

    def _recent(self, names: Sequence[str]) -> str:
        """One of these, the last ones the likelier."""
        return names[-1 - min(self.rng.randrange(len(names)), self.rng.randrange(len(names)))]

    def expression(self, type: str, scope: Scope, level: int = 0) -> str:
        """Any expression of a type."""
        known = scope.of(type)
        if known and self.rng.random() < (0.35 if level < 3 else 0.9):
            return self._recent(known)
        forms = [form for form in self.expressions[type] if _has_variables(form, scope)]
        if level >= 3:
            forms = [form for form in forms if "«" not in form.text] or forms[:1]
        return _closed(self.fill(self._one(forms), scope, level)[0])

    def _one(self, forms: Sequence[Form]) -> Form:
        return self.rng.choices(forms, [form.weight for form in forms])[0]

    # ---- statements ------------------------------------------------------------------------------

    def block(self, scope: Scope, level: int, most: int = 3) -> str:
        """Some statements, one at least."""
        lines: list[str] = []
        for _ in range(self.rng.randint(1, most)):
            text, gives = self.statement(scope)
            lines.append(text)
            scope = scope.having(gives)
        return "\n".join(lines)

    def statement(self, scope: Scope) -> tuple[str, dict[str, str]]:
        """One statement, and the variables that it gives."""
        self.left -= 1
        forms = [form for form in self.statements if self._may(form, scope)]
        return self.fill(self._one(forms), scope, 0)

    def _may(self, form: Form, scope: Scope) -> bool:
        text = form.text
        if ("«block" in text or "«body" in text) and (scope.depth > 2 or self.left <= 0):
            return False
        if "‹break" in text and not scope.is_loop:
            return False
        if "«return" in text and not scope.depth:
            return False
        if scope.is_fixed and any(word in text for word in _GROWING):
            return False
        return _has_variables(form, scope)

    def body(
        self, scope: Scope, parameters: Mapping[str, str], returns: tuple[str, ...], level: int
    ) -> str:
        """The body of a function in a function, which may change variables of that one."""
        around = [n for n in scope.own if n not in parameters and scope.names[n] in "fivwb"]
        shared = sorted(n for n in around if self.rng.random() < 0.3)
        own = frozenset({*parameters, *shared})
        inside = replace(scope, own=own, returns=returns, is_loop=False, depth=scope.depth + 1)
        lines = [f"nonlocal {', '.join(shared)}"] if shared else []
        for _ in range(self.rng.randint(0, 2)):
            text, gives = self.statement(inside)
            lines.append(text)
            inside = inside.having(gives)
        if returns != ("yield",):
            lines.append(self.returned(inside))
        return "\n".join(lines) or "pass"

    def returned(self, scope: Scope) -> str:
        """A `return` of what the function returns."""
        if scope.returns == ("yield",):
            return "return"
        made = [self.expression(t, scope, 1) for t in scope.returns]
        return f"return {', '.join(made)}"


def _has_variables(form: Form, scope: Scope) -> bool:
    """Whether there is one of each type that the form wants."""
    return all(scope.of(type, mark == "!") for mark, type in _VARIABLE.findall(form.text))


def _closed(text: str) -> str:
    """The expression in parentheses, where it is one that binds loosely."""
    body = ast.parse(text, mode="eval").body
    is_loose = isinstance(body, _LOOSE) and body.col_offset == 0
    return f"({text})" if is_loose else text


def _inside(scope: Scope, words: Iterable[str]) -> Scope:
    return replace(
        scope, depth=scope.depth + 1, is_loop=scope.is_loop or "loop" in words,
        is_fixed=scope.is_fixed or "fixed" in words,
    )  # fmt: skip


def _is_indented(found: re.Match[str]) -> bool:
    return found.string[: found.start()].rsplit("\n", 1)[-1].startswith(" ")


def _indented(text: str, found: re.Match[str]) -> str:
    """The text with each line but the first as far in as the hole is."""
    before = found.string[: found.start()].rsplit("\n", 1)[-1]
    return text.replace("\n", "\n" + " " * len(before))
