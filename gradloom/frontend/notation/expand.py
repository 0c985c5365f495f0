"""The uses of macros: `map[$ + 1]`, `f{ ... }`, `switch[...]`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, final

from gradloom.frontend.notation.holds import found, parameters
from gradloom.frontend.notation.macros import (
    BRANCHING,
    DEFINING,
    NAMING,
    PLACED,
    WRAPPING,
    Template,
    places,
)  # fmt: skip
from gradloom.frontend.notation.making import (
    constant,
    function,
    name,
    partial,
    put,
    runtime,
    runtime_name,
)  # fmt: skip
from gradloom.frontend.notation.marked import own
from gradloom.frontend.notation.skeleton import FUNCTION

if TYPE_CHECKING:
    from gradloom.frontend.notation.lower import Lowering


@final
class Uses:
    """Rewrites the macros of a program."""

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering

    def whole(self, node: Any) -> ast.expr:
        """What `macro[...]` or `macro{...}` becomes."""
        block: list[ast.stmt] | None = getattr(node, "block", None)
        template = self._lowering.macros.template(node)
        if template is not None:
            return self._expanded(node, template)
        word = node.value.id if isinstance(node.value, ast.Name) else ""
        if block is not None and word == "params":
            return self._lowering.blocks.names(node, block)
        if not self._lowering.macros.is_macro(node):
            told = f"{ast.unparse(node.value)}{{...}}: there is no macro of this name"
            raise self._lowering.error(told, node)
        if block is not None:
            return self._wrapped(node, word, self._lowering.blocks.function(node, block))
        if word in BRANCHING and isinstance(node.slice, ast.Tuple):
            return self._branches(node, word)
        if word in PLACED or word in NAMING or word in DEFINING:
            return self._special(node, word)
        return self._wrapped(node, word, self.between(node.slice))

    def _wrapped(self, node: Any, word: str, f: ast.expr) -> ast.expr:
        """What a macro makes of the function between its brackets."""
        if word in ("f", FUNCTION, "otherwise"):
            return f
        if word == "memoize":
            return runtime("memoize", f, at=node)
        if word not in WRAPPING:
            raise self._lowering.error(f"{word} takes no function", node)
        return partial(runtime_name(WRAPPING[word], node), f, at=node)

    def between(self, node: Any, is_branch: bool = False) -> ast.expr:
        """The function that stands between a macro's brackets."""
        holds = found(node, "macro", self._lowering.macros.is_macro)
        if not holds:
            return self._lowering.pipelines.step(node)
        names, _ = parameters(holds, [node])
        with self._lowering.scope(names):
            return function(names, self._lowering.pipelines.body(node, is_branch))

    def _branches(self, node: Any, word: str) -> ast.expr:
        """`fork[f, g]`; the last may say what to do where all others have ended."""
        elements = node.slice.elts
        last = elements[-1]
        is_rest = self._lowering.macros.is_macro(last) and (
            isinstance(last.value, ast.Name) and last.value.id == "otherwise"
        )
        branches = ast.Tuple([self.between(x, is_branch=True) for x in elements], ast.Load())
        chosen = runtime_name(f"{word}_or" if is_rest else word, node)
        return partial(chosen, put(branches, node.slice), at=node)

    def _special(self, node: Any, word: str) -> ast.expr:
        if word in DEFINING:
            told = f"{word}[...] defines a macro: give it a name, `name = {word}[...]`"
            raise self._lowering.error(told, node)
        if word in NAMING:
            is_word = isinstance(node.slice, ast.Name)
            key = constant(node.slice.id, node) if is_word else self._lowering.visit(node.slice)
            return partial(runtime_name(word, node), key, at=node)
        with self._lowering.scope(set()):
            value = function([], self._lowering.visit(node.slice))
        return runtime(word, constant(next(places), node), value, at=node)

    # ---- the user's own --------------------------------------------------------------------------

    def definition(self, node: Any, word: str, kind: str) -> ast.stmt:
        """`word = macro[...]`: remembered; the name's value tells what it is."""
        told = self._lowering.macros.define(word, kind, node.value.slice)
        node.value = constant(told, node.value)
        return node  # type: ignore[no-any-return]  # the statement, as it came

    def _expanded(self, node: Any, template: Template) -> ast.expr:
        given = node.slice
        if hasattr(node, "block"):
            given = put(ast.Subscript(name("f", node), node.slice, ast.Load()), node)
            vars(given)["block"] = node.block
        if template.is_method:
            given = put(ast.Tuple([node.value.value, given], ast.Load()), node)
        try:
            made = template.expand(given, self._lowering.macros.namespace)
        except SyntaxError as error:
            raise self._lowering.error(str(error.msg), node) from None
        for inner in own([made]):
            if "lineno" in inner._attributes:
                ast.copy_location(inner, node)
        return self._lowering.visit(made)  # type: ignore[no-any-return]  # an expression
