"""The tests by which rewritten code goes one way or both."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gradloom.frontend.source.syntax import chosen, constant, name, stored


def method(owner: str, attribute: str) -> ast.Attribute:
    """`owner.attribute`"""
    return ast.Attribute(name(owner), attribute, ast.Load())


def ways(test: ast.expr, way: str, fork: ast.expr) -> ast.expr:
    """The ways to go: without a call where the test is a plain bool."""
    first = ast.NamedExpr(stored(way), test)
    known = [constant((held,)) for held in (True, False)]
    return chosen(first, name(way), known[0], known[1], fork)


def is_staged(way: str) -> ast.expr:
    """`way is not True and way is not False`"""
    tests: list[ast.expr] = [
        ast.Compare(name(way), [ast.IsNot()], [ast.Constant(held)]) for held in (True, False)
    ]
    return ast.BoolOp(ast.And(), tests)


def unless(flags: Sequence[str], test: ast.expr) -> ast.expr:
    """The test, where none of the flags is set."""
    unset: list[ast.expr] = [ast.UnaryOp(ast.Not(), name(flag)) for flag in flags]
    if not unset:
        return test
    given = [] if isinstance(test, ast.Constant) and test.value else [test]
    made = [*unset, *given]
    return (
        ast.fix_missing_locations(
            ast.copy_location(made[0] if len(made) == 1 else ast.BoolOp(ast.And(), made), test)
        )
        if hasattr(test, "lineno")
        else made[0]
        if len(made) == 1
        else ast.BoolOp(ast.And(), made)
    )
