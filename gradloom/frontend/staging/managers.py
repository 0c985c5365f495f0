"""What context managers catch of what their `with` raises."""

from __future__ import annotations

import ast
import contextlib
from types import FunctionType
from typing import Any

from gradloom.frontend.classes import as_written
from gradloom.frontend.handled import asks_for_refusals, refusal_behind
from gradloom.frontend.source.converted import convertible
from gradloom.frontend.source.find import Absent, definition
from gradloom.frontend.source.syntax import contains, inside
from gradloom.ir.errors import TraceError
from gradloom.ir.location import user_location


class Suppressing(contextlib.suppress):
    """`contextlib.suppress`, which lets refusals through."""

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        refusal = refusal_behind(error)
        if refusal is None or asks_for_refusals(vars(self)["_exceptions"]):
            return bool(super().__exit__(kind, error, trace))
        if refusal is error:
            return False
        raise refusal


def swallowed(*managers: Any) -> tuple[tuple[type[BaseException], ...]]:
    """The exceptions that these catch, all together; raises where nobody knows them."""
    found: tuple[type[BaseException], ...] = ()
    for manager in managers:
        if isinstance(manager, contextlib.suppress):
            found += tuple(vars(manager)["_exceptions"])
        elif _may_catch(manager):
            raise TraceError(
                "an exception is raised under a traced condition, and the context manager "
                f"{type(manager).__name__} may catch it",
                location=user_location(),
                hint="catch it with try and except, in the function that raises it",
            )
    return (found,)


def _may_catch(manager: Any) -> bool:
    """Whether a context manager of the user's may keep an exception from leaving the `with`."""
    made_of = getattr(manager, "func", None)
    if isinstance(manager, contextlib.AbstractContextManager) and type(made_of) is FunctionType:
        return _has(made_of, ast.Try, _catches_at_yield)
    leaves = as_written(getattr(type(manager), "__exit__", None))
    return type(leaves) is FunctionType and _has(leaves, ast.Return, _says_so)


def _has(function: FunctionType, kind: type[ast.AST], asked: Any) -> bool:
    if convertible(function):
        return False  # a library's: they tell when they catch
    found = definition(function.__code__, function.__globals__)
    if isinstance(found, Absent) or isinstance(found.node, ast.Lambda):
        return True
    return any(isinstance(n, kind) and asked(n) for n in inside(found.node.body))


def _catches_at_yield(node: ast.Try) -> bool:
    return bool(node.handlers) and contains(node.body, ast.Yield)


def _says_so(node: ast.Return) -> bool:
    value = node.value
    return value is not None and not (isinstance(value, ast.Constant) and not value.value)
