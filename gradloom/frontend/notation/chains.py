"""Chains of calls, attributes and items: `f($, 2).T[0]` is a function, `a?.b.c` may end at None."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final, final

from gradloom.frontend.notation.holds import found, parameters
from gradloom.frontend.notation.making import (
    constant,
    function,
    given,
    partial,
    runtime,
    unless_none,
)

if TYPE_CHECKING:
    from gradloom.frontend.notation.lower import Lowering

LINKS: Final = (ast.Call, ast.Attribute, ast.Subscript)


@final
class Chains:
    """Rewrites the chains of a program."""

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering

    def whole(self, node: Any) -> ast.expr:
        """A chain with all that is to its right."""
        is_macro = self._lowering.macros.is_macro
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
            values = (*node.args, *(k.value for k in node.keywords))
            if not any(found(x, "macro", is_macro) for x in values):
                # `sorted($, reverse=$)(items, True)`: a function that is called here
                return self._linked(node, self._lowering.visit(node.func))
        holds = found(node, "chain", is_macro)
        if not holds:
            return self.links(node)
        names, _ = parameters(holds, [node])
        with self._lowering.scope(names):
            return function(names, self.links(node))

    def links(self, node: Any) -> ast.expr:
        """A chain whose `$` have been given away, from what it starts with on."""
        links: list[Any] = []
        while isinstance(node, LINKS) and not self._lowering.is_macro(node):
            links.append(node)
            node = node.func if isinstance(node, ast.Call) else node.value
        return self._joined(self._lowering.visit(node), links)

    def _joined(self, start: ast.expr, links: list[Any]) -> ast.expr:
        """What a chain reaches from its start by these links, the last of which comes first."""
        while links:
            link = links.pop()
            if not getattr(link, "chain", "").startswith("?"):
                start = self._linked(link, start)
                continue
            with self._lowering.scope({given(link).id}):
                reached = self._joined(self._linked(link, given(link)), links)
            return unless_none(reached, start, link)
        return start

    def _linked(self, link: Any, start: ast.expr) -> ast.expr:
        """One call, attribute or item of what a chain has reached."""
        may_lack = "?" in getattr(link, "chain", "").removeprefix("?")  # `.?b`
        if isinstance(link, ast.Call):
            return self._call(link, start)
        if isinstance(link, ast.Attribute) and may_lack:
            return runtime("attribute", start, constant(link.attr, link), at=link)
        link.value = start
        if isinstance(link, ast.Subscript):
            link.slice = self._lowering.visit(link.slice)
            if may_lack:
                return runtime("item", start, link.slice, at=link)
        return link  # type: ignore[no-any-return]  # an expression, as it came

    def _call(self, node: ast.Call, f: ast.expr) -> ast.expr:
        node.func = f
        node.args = [self._lowering.visit(x) for x in node.args]
        node.keywords = [self._lowering.visit(x) for x in node.keywords]
        if not getattr(node, "partial", False):
            return node
        made = partial(f, *node.args, at=node)
        made.keywords = node.keywords  # type: ignore[attr-defined]  # it is a call
        return made
