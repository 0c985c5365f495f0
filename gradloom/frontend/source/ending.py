"""Whether statements ever come to their end."""

from __future__ import annotations

import ast
from collections.abc import Sequence


def always(body: Sequence[ast.stmt]) -> bool:
    """Whether a block never comes to its end."""
    return any(never_ends(stmt) for stmt in body)


def never_ends(stmt: ast.stmt) -> bool:
    """Whether a statement never comes to its end."""
    match stmt:
        case ast.Return() | ast.Break() | ast.Continue() | ast.Raise():
            return True
        case ast.If():
            return always(stmt.body) and always(stmt.orelse)
        case ast.While(test=ast.Constant(value=held)):
            return bool(held) and not breaks(stmt.body)
        case ast.Try() if hasattr(stmt, "catch"):
            return False  # its handlers stand after it
        case ast.Try():
            through = always(stmt.body) or always(stmt.orelse)
            return always(stmt.finalbody) or (
                through and all(always(handler.body) for handler in stmt.handlers)
            )
    return hasattr(stmt, "is_never")


def breaks(body: Sequence[ast.stmt]) -> bool:
    """Whether a `break` of this loop stands in its body."""
    return any(
        isinstance(stmt, ast.Break) or any(breaks(block) for block in blocks_of(stmt))
        for stmt in body
    )


def blocks_of(stmt: ast.stmt) -> list[list[ast.stmt]]:
    """The blocks of a compound statement in the same scope."""
    match stmt:
        case ast.If():
            return [stmt.body, stmt.orelse]
        case ast.With():
            return [stmt.body]
        case ast.Try():
            return [stmt.body, *(h.body for h in stmt.handlers), stmt.orelse, stmt.finalbody]
        case ast.Match():
            return [case.body for case in stmt.cases]
    return []


def nowhere() -> ast.stmt:
    """A statement that is never come to."""
    made = ast.Pass()
    made.is_never = True  # type: ignore[attr-defined]
    return made
