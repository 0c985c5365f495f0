"""Which names the parts of a program bind."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any, Final

from gradloom.frontend.notation.marked import own

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def bound_anywhere(tree: ast.Module) -> set[str]:
    """The names that a program binds anywhere, in functions and blocks too."""
    return set().union(*[_bound_at(node) for node in own([tree])])


def bound_by(body: Iterable[ast.AST]) -> set[str]:
    """The names that statements bind where they stand: those inside functions are left out."""
    names: set[str] = set()
    for node in body:
        names |= _bound_at(node)
        if not isinstance(node, (*_FUNCTIONS, ast.Lambda)):
            names |= bound_by(ast.iter_child_nodes(node))
    return names


def bound_in_expression(node: Any) -> set[str]:
    """The names that a lambda or a comprehension binds for what is inside of it."""
    if isinstance(node, ast.Lambda):
        return bound_by(x for x in ast.walk(node.args) if isinstance(x, ast.arg))
    return bound_by(generator.target for generator in node.generators)


def bound_in_function(node: Any, body: Sequence[ast.stmt]) -> set[str]:
    """A function's own names."""
    parameters = bound_by(x for x in ast.walk(node.args) if isinstance(x, ast.arg))
    outer = [x for s in body for x in ast.walk(s) if isinstance(x, ast.Global | ast.Nonlocal)]
    return (parameters | bound_by(body)) - {word for x in outer for word in x.names}


def assigned(body: Iterable[ast.stmt]) -> list[str]:
    """The names that statements give values to by `=`, in order; those inside of others not."""
    names: dict[str, None] = {}
    for statement in body:
        for target in _targets(statement):
            names.update(dict.fromkeys(_stored(target)))
    return list(names)


def _targets(statement: ast.stmt) -> Sequence[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    if isinstance(statement, ast.AugAssign | ast.AnnAssign) and statement.value is not None:
        return [statement.target]
    return []


def _stored(target: ast.expr) -> Iterable[str]:
    names = [x for x in ast.walk(target) if isinstance(x, ast.Name)]
    return (x.id for x in names if isinstance(x.ctx, ast.Store))


def _bound_at(node: ast.AST) -> set[str]:
    """The names that one node binds by itself."""
    match node:
        case ast.arg(arg=word):
            return {word}
        case ast.FunctionDef(name=word) | ast.AsyncFunctionDef(name=word) | ast.ClassDef(name=word):
            return {word}
        case ast.Name(id=word, ctx=ast.Store()):
            return {word}
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return {a.asname or a.name.partition(".")[0] for a in aliases}
        case ast.ExceptHandler(name=str(word)) | ast.MatchAs(name=str(word)):
            return {word}
        case ast.MatchStar(name=str(word)):
            return {word}
    return set()
