"""What is raised on one way of a branch, caught there: it belongs to that way alone."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gradloom.frontend.source.syntax import name, runtime, stored
from gradloom.frontend.source.tries import Catch

_ERROR = "_gl_error"


def guarded(inner: ast.stmt, way: str, catches: Sequence[Catch]) -> ast.stmt:
    """The ways of an `if`, which tell what they raise where the `if` is staged, and which handler
    of this function catches it.
    """
    again: ast.stmt = ast.If(is_plain(way), [ast.Raise()], [])
    told = ast.Call(
        ast.Attribute(name(way), "failed", ast.Load()),
        [name(_ERROR), *(name(catch.mark) for catch in catches)], [],
    )  # fmt: skip
    flags = [stored(flag) for catch in catches for flag in catch.flags]
    kept: ast.stmt = ast.Expr(told)
    if flags:
        kept = ast.Assign([ast.Tuple([*flags], ast.Store())], told)
    handler = ast.ExceptHandler(runtime("error"), _ERROR, [again, kept])
    return ast.Try([inner], [handler], [], [])


def is_plain(way: str) -> ast.expr:
    """`way is True or way is False`"""
    tests: list[ast.expr] = [
        ast.Compare(name(way), [ast.Is()], [ast.Constant(held)]) for held in (True, False)
    ]
    return ast.BoolOp(ast.Or(), tests)
