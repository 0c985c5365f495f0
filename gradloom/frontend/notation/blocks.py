"""Blocks of statements inside expressions: functions that are defined before the statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gradloom.frontend.notation.holds import found, parameters


class Blocks:
    """The functions that the blocks of a program become."""

    def __init__(self, lowering: Any) -> None:
        self._lowering = lowering
        self._before: list[ast.stmt] = []
        self._locals: set[str] = set()  # of the function around
        self._count = 0

    @contextmanager
    def before(self, statements: list[ast.stmt]) -> Iterator[None]:
        """While a statement is rewritten: what its blocks become goes to the end of `statements`."""
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
        """`f{ ... }`: the function of the block's `$`, whose value is the last statement's."""
        is_macro = self._lowering._macros.is_macro
        holds = [hold for s in block for hold in found(s, "block", is_macro)]
        names, _ = parameters(holds, block, one=True)
        assigned = _assigned(block)
        outer = sorted((assigned & self._locals) - {*names})
        if block and isinstance(block[-1], ast.Expr):
            block[-1] = ast.copy_location(ast.Return(block[-1].value), block[-1])
        body: list[ast.stmt] = [ast.Nonlocal(outer)] if outer else []
        title = getattr(node.value, "id", "f")
        return self._defined(node, title, [*names], [*body, *block], assigned - {*outer})

    def names(self, node: ast.Subscript, block: list[ast.stmt]) -> ast.expr:
        """`params{ w = ...; b = ... }`: the parameters of these names."""
        for statement in block:
            _TiedByName().visit(statement)
        kept = [n for n in _kept(block) if not n.startswith("_")]
        if not kept:
            told = "params{...} gives no parameter a value: write `name = value` in it"
            raise self._lowering.error(told, node)
        values: list[ast.expr] = [ast.Name(n, ast.Load()) for n in kept]
        made = ast.Dict([ast.Constant(n) for n in kept], values)
        for value in (made, *made.keys, *values):
            ast.copy_location(value, node)  # type: ignore[type-var]  # no key is None
        last = ast.copy_location(ast.Return(made), node)
        call = self._defined(node, "params", [], [*block, last], _assigned(block))
        from gradloom.frontend.notation.lower import runtime

        return runtime("named", ast.copy_location(ast.Call(call, [], []), node), at=node)

    def _defined(
        self, node: ast.AST, title: str, names: list[str], body: list[ast.stmt], assigned: set[str]
    ) -> ast.expr:
        """The function with this body, defined before the statement that it stands in."""
        self._count += 1
        used = {n.id for s in body for n in _walk(s) if isinstance(n, ast.Name)}
        captured = sorted((used & self._lowering.captured) - assigned - {*names})
        name = f"_{title}_block_{self._count}"
        lowering = self._lowering
        inner, lowering._inner = lowering._inner, []
        with self.inside({*names} | assigned):
            statements = lowering.statements(body)
        lowering._inner = inner
        rest = "" if title == "params" else "_rest"
        made = _definition(name, names, statements, rest, node)
        if captured:  # a function of the expression's own names, which it is given where they are
            inner_name = ast.copy_location(ast.Name(name, ast.Load()), node)
            back = ast.copy_location(ast.Return(inner_name), node)
            made = _definition(name, captured, [made, back], "", node)
        self._before.append(made)
        called = ast.copy_location(ast.Name(name, ast.Load()), node)
        if not captured:
            return called
        given = [ast.copy_location(ast.Name(n, ast.Load()), node) for n in captured]
        return ast.copy_location(ast.Call(called, [*given], []), node)


class _TiedByName(ast.NodeTransformer):
    """`t = tied[w]` names the parameter that it is tied to."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """`tied[w]` becomes `tied("w", w)`."""
        inner = node.slice
        if isinstance(node.value, ast.Name) and node.value.id == "tied" and isinstance(inner, ast.Name):
            key = ast.copy_location(ast.Constant(inner.id), inner)
            return ast.copy_location(ast.Call(node.value, [key, inner], []), node)
        return self.generic_visit(node)


def _definition(
    name: str, names: Sequence[str], body: list[ast.stmt], rest: str, at: ast.AST
) -> ast.stmt:
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(n) for n in names], vararg=ast.arg(rest) if rest else None,
        kwonlyargs=[], kw_defaults=[], defaults=[],
    )  # fmt: skip
    made = ast.FunctionDef(name, arguments, body or [ast.Pass()], [])
    for node in (made, *ast.walk(arguments), *[s for s in made.body if not hasattr(s, "lineno")]):
        ast.copy_location(node, at)
    return made


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    from gradloom.frontend.notation.marked import own

    return own([node])


def _kept(block: Sequence[ast.stmt]) -> list[str]:
    """The names that a block's own statements give values to, in order."""
    names: dict[str, None] = {}
    for statement in block:
        for target in _targets(statement):
            for node in ast.walk(target):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    names[node.id] = None
    return list(names)


def _targets(statement: ast.stmt) -> Sequence[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    if isinstance(statement, ast.AugAssign | ast.AnnAssign) and statement.value is not None:
        return [statement.target]
    return []


def _assigned(body: Sequence[ast.stmt]) -> set[str]:
    """The names that statements bind, those in inner functions left out."""
    names: set[str] = set()
    for statement in body:
        names |= _bound(statement)
    return names


def _bound(node: ast.AST) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Lambda):
        return set()
    names: set[str] = set()
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        names.add(node.id)
    if isinstance(node, ast.Import | ast.ImportFrom):
        names |= {a.asname or a.name.partition(".")[0] for a in node.names}
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        names.add(node.name)
    return names.union(*[_bound(child) for child in ast.iter_child_nodes(node)])


def local_names(node: Any, body: Sequence[ast.stmt]) -> set[str]:
    """The names of a function's own."""
    given = {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
    said = {n for s in body for x in ast.walk(s) if isinstance(x, ast.Global | ast.Nonlocal) for n in x.names}
    return (given | _assigned(body)) - said


def bound_names(tree: ast.Module) -> set[str]:
    """The names that a program binds anywhere."""
    names: set[str] = set()
    for node in _walk(tree):
        names |= _bound_here(node)
    return names


def _bound_here(node: ast.AST) -> set[str]:
    if isinstance(node, ast.arg):
        return {node.arg}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {a.asname or a.name.partition(".")[0] for a in node.names}
    return set()
