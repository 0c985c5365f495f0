"""`try` statements whose exceptions a traced value may decide: for each handler a variable says
whether it has caught one, and a copy of the handler runs after the `try` where it has.

The handlers themselves stay, for the exceptions that are raised whatever the values are.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from gradloom.frontend.source.ending import always, nowhere
from gradloom.frontend.source.settles import settled_by
from gradloom.frontend.source.syntax import (
    assign,
    call,
    constant,
    first_line,
    inside,
    is_static,
    name,
    stored,
    thunk,
)  # fmt: skip

_numbers: Final = itertools.count(1)


@final
@dataclass(frozen=True, slots=True)
class Catch:
    """A `try`: the variable of its mark, and those of its handlers."""

    mark: str
    flags: tuple[str, ...]


def with_flags(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements, each `if` inside of a `try` with the handlers around it (`catches`)."""
    made = _Tries().visit(ast.Module(list(body), []))
    return made.body  # type: ignore[no-any-return]


def catches_of(node: ast.AST) -> tuple[Catch, ...]:
    """The handlers around an `if`, the innermost first."""
    found: tuple[Catch, ...] = getattr(node, "catches", ())
    return found


def flags_of(node: ast.AST) -> list[str]:
    """The variables of the handlers around an `if`."""
    return [flag for catch in catches_of(node) for flag in catch.flags]


@final
class _Tries(ast.NodeTransformer):
    def __init__(self) -> None:
        self._around: tuple[Catch, ...] = ()

    def visit_Try(self, node: ast.Try) -> Any:
        """One `try`."""
        if not node.handlers or not any(map(_is_decided, inside(node.body))):
            return self.generic_visit(node)
        number = next(_numbers)
        flags = tuple(f"_gl_caught{number}_{k}" for k in range(len(node.handlers)))
        catch = Catch(f"_gl_tried{number}", flags)
        copies = copy.deepcopy(node.handlers)
        around, self._around = self._around, (catch, *self._around)
        node.body = self._block(node.body)
        self._around = around
        for handler in (*node.handlers, *copies):
            handler.body = self._block(handler.body)
        node.orelse, final = self._block(node.orelse), self._block(node.finalbody)
        node.finalbody = []
        node.catch = catch  # type: ignore[attr-defined]
        is_all = always(node.body) or always(node.orelse)
        after = self._after(copies, catch, [*node.body, *node.orelse], is_all)
        made: list[ast.stmt] = [assign(flag, ast.Constant(False)) for flag in flags]
        made += [node, *after]
        made = [ast.fix_missing_locations(ast.copy_location(s, node)) for s in made]
        if not final:
            return made
        return ast.copy_location(ast.Try(made, [], [], final), node)

    def visit_With(self, node: ast.With) -> Any:
        """A `with`, whose managers may catch what its body raises."""
        if not any(map(_is_decided, inside(node.body))):
            return self.generic_visit(node)
        number = next(_numbers)
        catch = Catch(f"_gl_tried{number}", (f"_gl_caught{number}_0",))
        managers = [f"_gl_manager{number}_{k}" for k in range(len(node.items))]
        for item, manager in zip(node.items, managers, strict=True):
            kept = ast.NamedExpr(stored(manager), self.visit(item.context_expr))
            item.context_expr = ast.copy_location(kept, item.context_expr)
        around, self._around = self._around, (catch, *self._around)
        node.body = self._block(node.body)
        self._around = around
        node.catch = catch  # type: ignore[attr-defined]
        caught = thunk(call("swallowed", *map(name, managers)))
        lines = constant((node.body[0].lineno, node.body[-1].end_lineno))
        made: list[ast.stmt] = [assign(manager, ast.Constant(None)) for manager in managers]
        made.append(assign(catch.mark, call("mark", lines, caught)))
        made += [assign(flag, ast.Constant(False)) for flag in catch.flags]
        return [ast.fix_missing_locations(first_line(s, node)) for s in made] + [node]

    def _block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for stmt in body:
            made = self.visit(stmt)
            out += made if isinstance(made, list) else [made]
        return out

    def _after(
        self, handlers: Sequence[ast.ExceptHandler], catch: Catch, tried: Sequence[ast.stmt],
        is_all: bool,
    ) -> list[ast.stmt]:  # fmt: skip
        """The handlers, each where it has caught what a traced value decided; `is_all`: unless one
        has, nothing comes to the end of what was tried.
        """
        after: list[ast.stmt] = [nowhere()] if is_all else []
        for k, handler in reversed([*enumerate(handlers)]):
            error = ast.Call(
                ast.Attribute(name(catch.mark), "error", ast.Load()), [ast.Constant(k)], []
            )
            body = [_Again(error).visit(stmt) for stmt in handler.body]
            if handler.name is not None:
                body.insert(0, first_line(assign(handler.name, error), handler))
            made = first_line(ast.If(name(catch.flags[k]), body, after), handler)
            made.settles = settled_by([catch.flags[k]], tried, False)
            if self._around:
                made.catches = self._around
            after = [made]
        return after

    def visit_If(self, node: ast.If) -> Any:
        """An `if`, which knows what is around it."""
        if self._around:
            node.catches = self._around  # type: ignore[attr-defined]
        return self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> Any:
        """An `assert` inside of a `try`, as the `if` that it is."""
        if not self._around or is_static(node.test):
            return node
        told = [] if node.msg is None else [node.msg]
        raised = ast.Raise(ast.Call(name("AssertionError"), told, []), None)
        made = ast.If(ast.UnaryOp(ast.Not(), node.test), [raised], [])
        made.catches = self._around  # type: ignore[attr-defined]
        return ast.fix_missing_locations(ast.copy_location(made, node))

    def _scope(self, node: Any) -> Any:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = _scope


@final
class _Again(ast.NodeTransformer):
    """`raise` in a handler that runs after its `try`."""

    def __init__(self, error: ast.expr) -> None:
        self._error = error

    def visit_Raise(self, node: ast.Raise) -> Any:
        """What raises the error again."""
        if node.exc is not None:
            return node
        return first_line(ast.Raise(first_line(copy.deepcopy(self._error), node), None), node)

    def _scope(self, node: Any) -> Any:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = _scope
    visit_ExceptHandler = _scope


def _is_decided(node: ast.AST) -> bool:
    """Whether a traced value may decide what this statement raises."""
    return isinstance(node, ast.If | ast.Assert) and not is_static(node.test)
