"""A marked tree as plain Python: pipelines as calls, `$` as parameters, blocks as functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from gradloom.frontend.notation.binding import bound_in_expression, bound_in_function
from gradloom.frontend.notation.blocks import Blocks
from gradloom.frontend.notation.chains import Chains
from gradloom.frontend.notation.expand import Uses
from gradloom.frontend.notation.holds import is_pipe
from gradloom.frontend.notation.macros import DEFINING, HELPERS, WORDS, Macros
from gradloom.frontend.notation.making import given as given_name
from gradloom.frontend.notation.making import runtime_import, runtime_name, unless_none
from gradloom.frontend.notation.pipelines import Pipelines

_SCOPES: Final = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Lowering(ast.NodeTransformer):
    """Rewrites a program from the outside in, so that each `$` goes to the scope that it is of.

    `macros` is what it may use, `blocks`, `chains`, `pipelines` and `uses` rewrite what their names
    say.
    """

    def __init__(self, macros: Macros, filename: str = "<notation>") -> None:
        self.macros = macros
        self._filename = filename
        self.blocks = Blocks(self)
        self.chains = Chains(self)
        self.pipelines = Pipelines(self)
        self.uses = Uses(self)
        self._scopes: list[set[str]] = []

    # ---- statements ------------------------------------------------------------------------------

    def program(self, tree: ast.Module) -> ast.Module:
        """The whole program, which imports what it calls."""
        tree.body = self.statements(tree.body)
        tree.body.insert(_after_header(tree.body), runtime_import())
        return ast.fix_missing_locations(tree)

    def statements(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Statements, each behind the functions that its blocks have become."""
        made: list[ast.stmt] = []
        for statement in body:
            with self.blocks.before(made):
                made.append(self.visit(statement))
        return made

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """The node's own expressions, then the statements inside of it."""
        bodies: dict[str, list[ast.stmt]] = {}
        for field, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                bodies[field] = value
                setattr(node, field, [])
        super().generic_visit(node)
        for field, body in bodies.items():
            setattr(node, field, self.statements(body))
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """`name = macro[...]` defines a macro, and is a statement still."""
        target = node.targets[0]
        if isinstance(target, ast.Name):
            kind = self._defined_kind(node.value)
            self.macros.templates.pop(target.id, None)
            if kind:
                return self.uses.definition(node, target.id, kind)
        return self.generic_visit(node)

    def _defined_kind(self, value: Any) -> str:
        """`macro` or `method`, where a value defines one."""
        if not isinstance(value, ast.Subscript) or not isinstance(value.value, ast.Name):
            return ""
        kind = value.value.id
        return kind if kind in DEFINING and self.macros.is_macro(value) else ""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function: blocks inside of it may give values to its names."""
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """A function: blocks inside of it may give values to its names."""
        return self._function(node)

    def _function(self, node: Any) -> ast.AST:
        body, node.body = node.body, []
        super().generic_visit(node)  # decorators and defaults
        with self.alone(), self.blocks.inside(bound_in_function(node, body)):
            node.body = self.statements(body)
        return node  # type: ignore[no-any-return]  # as it came

    # ---- the scopes of expressions ---------------------------------------------------------------

    @contextmanager
    def scope(self, names: Sequence[str] | set[str]) -> Iterator[None]:
        """Inside an expression that binds names."""
        self._scopes.append({*names})
        yield
        self._scopes.pop()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Inside a function that is defined by a statement."""
        scopes, self._scopes = self._scopes, []
        yield
        self._scopes = scopes

    @property
    def is_inside(self) -> bool:
        """Whether this is inside an expression that has names of its own."""
        return bool(self._scopes)

    @property
    def captured(self) -> set[str]:
        """The names that the expressions around have bound."""
        return set().union(*self._scopes)

    # ---- expressions -----------------------------------------------------------------------------

    def visit(self, node: Any) -> Any:
        """What stands for a node."""
        if isinstance(node, _SCOPES):
            with self.scope(bound_in_expression(node)):
                return super().visit(node)
        return super().visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A name; the notation's own words need no import."""
        hold: str | None = getattr(node, "hold", None)
        if hold is not None:
            raise self.error(f"${hold} stands in no pipeline step, macro or call", node)
        is_known = node.id in HELPERS or node.id in WORDS
        if is_known and isinstance(node.ctx, ast.Load) and not self._is_named(node.id):
            return runtime_name(node.id, node)
        return node

    def _is_named(self, word: str) -> bool:
        return word in self.macros.namespace or word in self.macros.taken or word in self.captured

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """A pipeline, a function's power, or plain arithmetic."""
        if is_pipe(node):
            return self.pipelines.whole(node)
        return self.pipelines.power(node) if hasattr(node, "pipe") else self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """`a ?? b` gives b, read only where it is needed, in the place of None."""
        marks: list[bool] | None = getattr(node, "elvis", None)
        if marks is None:
            return self.generic_visit(node)
        made: ast.expr = self.visit(node.values[0])
        for mark, value in zip(marks, node.values[1:], strict=True):
            with self.scope(set()):
                other = self.visit(value)
            if mark:
                made = unless_none(given_name(node), made, node, other)
            else:
                made = ast.copy_location(ast.BoolOp(ast.Or(), [made, other]), node)
        return made

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A chain of calls, attributes and items."""
        return self.chains.whole(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """A chain of calls, attributes and items."""
        return self.chains.whole(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """A macro, or a chain of calls, attributes and items."""
        return self.uses.whole(node) if self.is_macro(node) else self.chains.whole(node)

    def is_macro(self, node: ast.AST) -> bool:
        """Whether this uses a macro."""
        return hasattr(node, "block") or self.macros.is_macro(node)

    def error(self, message: str, node: ast.AST) -> SyntaxError:
        """The error that points at a node."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        return SyntaxError(message, (self._filename, line, column + 1, None))


def _after_header(body: Sequence[ast.stmt]) -> int:
    """Where the first statement after the docstring and the `__future__` imports stands."""
    i = 0
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        i = int(isinstance(body[0].value.value, str))
    while i < len(body) and getattr(body[i], "module", None) == "__future__":
        i += 1
    return i
