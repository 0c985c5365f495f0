"""Blocks of statements inside expressions: functions that are defined before the statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, final

from gradloom.frontend.notation.binding import assigned, bound_by
from gradloom.frontend.notation.holds import found, parameters
from gradloom.frontend.notation.making import call, definition, name, put, runtime
from gradloom.frontend.notation.marked import own

if TYPE_CHECKING:
    from gradloom.frontend.notation.lower import Lowering


@final
class Blocks:
    """The functions that the blocks of a program become."""

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering
        self._before: list[ast.stmt] = []
        self._locals: set[str] = set()  # of the function around
        self._count = 0

    @contextmanager
    def before(self, statements: list[ast.stmt]) -> Iterator[None]:
        """While a statement is rewritten: its blocks become functions, put into `statements`."""
        outer, self._before = self._before, statements
        yield
        self._before = outer

    @contextmanager
    def inside(self, names: set[str]) -> Iterator[None]:
        """Inside a function that has these names."""
        outer, self._locals = self._locals, names
        yield
        self._locals = outer

    def function(self, node: ast.Subscript, block: list[ast.stmt]) -> ast.expr:
        """`f{ ... }`: the function of the block's `$`; its last expression is what it gives.

        Names of the function around are the block's too; other names are the block's own.
        """
        if not block:
            raise self._lowering.error("there is nothing between these braces", node)
        is_macro = self._lowering.macros.is_macro
        holds = [hold for s in block for hold in found(s, "block", is_macro)]
        names, _ = parameters(holds, block, one=True)
        outer = sorted((bound_by(block) & self._locals) - {*names})
        body = [*block]
        if isinstance(body[-1], ast.Expr):
            body[-1] = put(ast.Return(body[-1].value), body[-1])
        if outer:
            body.insert(0, ast.Nonlocal(outer))
        title = (
            node.value.attr if isinstance(node.value, ast.Attribute) else ast.unparse(node.value)
        )
        return self._defined(node, title, names, body, rest="_rest", outer=outer)

    def names(self, node: ast.Subscript, block: list[ast.stmt]) -> ast.expr:
        """`params{ w = ...; b = ... }`: the parameters of the names that the block gives values to.

        Those that start with an underscore are the block's own.
        """
        kept = [word for word in assigned(block) if not word.startswith("_")]
        if not kept:
            told = "params{...} gives no parameter a value: write `name = value` in it"
            raise self._lowering.error(told, node)
        body = [*block]
        given = ast.Dict([ast.Constant(word) for word in kept], [name(w, node) for w in kept])
        body.append(put(ast.Return(given), node))
        block_function = self._defined(node, "params", [], body)
        return runtime("named", call(block_function, [], node), at=node)

    def _defined(
        self,
        node: ast.AST,
        title: str,
        names: Sequence[str],
        body: Sequence[ast.stmt],
        rest: str = "",
        outer: Sequence[str] = (),
    ) -> ast.expr:
        """The function with this body, defined before the statement that it stands in.

        Where the body reads names of the expressions around, which no statement can see, it is
        made anew from their values each time.
        """
        self._count += 1
        word = f"_{title}_block_{self._count}"
        bound = bound_by(body) | {*names}
        read = {n.id for n in own(body) if isinstance(n, ast.Name)}
        captured = sorted((read & self._lowering.captured) - bound)
        with self._lowering.alone(), self.inside(bound - {*outer}):
            statements = self._lowering.statements(body)
        made = definition(word, names, statements, node, rest)
        if captured:
            made = definition(word, captured, [made, put(ast.Return(name(word, node)), node)], node)
        self._before.append(made)
        f = name(word, node)
        return call(f, [name(n, node) for n in captured], node) if captured else f
