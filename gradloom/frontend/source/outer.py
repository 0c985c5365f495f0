"""Variables that several functions set, or that are the module's: noted before one of them does."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gradloom.frontend.source.syntax import call, constant, inside, name, thunk


def notes(names: Sequence[str]) -> list[ast.stmt]:
    """What notes variables that several functions set, or that are the module's."""
    if not names:
        return []
    given = thunk(ast.Tuple([name(n) for n in names], ast.Load()))
    return [ast.Expr(call("outer", constant(tuple(names)), given))]


def declarations(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The `nonlocal` and `global` of a function, for its head: they may stand anywhere before the
    names are used, and what notes these comes first.
    """
    found: list[ast.stmt] = []
    for kind in (ast.Nonlocal, ast.Global):
        stated = [n for n in inside(body) if isinstance(n, kind)]
        names = [*dict.fromkeys(name for n in stated for name in n.names)]
        found += [kind(names)] if names else []
    return found


def declared(body: Sequence[ast.stmt]) -> list[str]:
    """The variables of functions around and of the module that a function may set."""
    declared = [n for n in inside(body) if isinstance(n, ast.Nonlocal | ast.Global)]
    return [*dict.fromkeys(name for n in declared for name in n.names)]


def shared_by(body: Sequence[ast.stmt]) -> set[str]:
    """The variables that a function and others inside or around it set."""
    return {
        name
        for stmt in body
        for n in ast.walk(stmt)
        if isinstance(n, ast.Nonlocal)
        for name in n.names
    }
