"""The nodes that a program's notation becomes, each in the place of the node that it stands for."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, Final, TypeVar

RUNTIME: Final = "__notation__"
"""What the module of runtime functions is called in a program."""
_GIVEN: Final = "_given"
N = TypeVar("N", bound=ast.AST)


def put(made: N, at: ast.AST) -> N:
    """A new node in the place of another, with everything in it that has no place yet."""
    for node in ast.walk(made):
        if "lineno" in node._attributes and not hasattr(node, "lineno"):
            ast.copy_location(node, at)
    return made


def name(word: str, at: ast.AST) -> ast.Name:
    """A name that is read."""
    return put(ast.Name(word, ast.Load()), at)


def constant(value: Any, at: ast.AST) -> ast.Constant:
    """A number or a string."""
    return put(ast.Constant(value), at)


def call(f: ast.expr, args: Sequence[ast.expr], at: ast.AST) -> ast.Call:
    """`f(*args)`."""
    return put(ast.Call(f, [*args], []), at)


def runtime_name(word: str, at: ast.AST) -> ast.expr:
    """One of the runtime's functions."""
    return put(ast.Attribute(ast.Name(RUNTIME, ast.Load()), word, ast.Load()), at)


def runtime(word: str, *args: ast.expr, at: ast.AST) -> ast.Call:
    """A call of one of the runtime's functions."""
    return call(runtime_name(word, at), args, at)


def partial(f: ast.expr, *args: ast.expr, at: ast.AST) -> ast.expr:
    """`partial(f, *args)`."""
    return runtime("partial", f, *args, at=at)


def function(names: Sequence[str], body: ast.expr) -> ast.Lambda:
    """`lambda names: body`, in the body's place."""
    return put(ast.Lambda(arguments(names), body), body)


def arguments(names: Sequence[str], rest: str = "") -> ast.arguments:
    """The parameters of these names; `rest` takes what is given beyond them."""
    return ast.arguments(
        posonlyargs=[], args=[ast.arg(word) for word in names],
        vararg=ast.arg(rest) if rest else None, kwonlyargs=[], kw_defaults=[], defaults=[],
    )  # fmt: skip


def given(at: ast.AST) -> ast.Name:
    """What stands for the value that `unless_none` looks at."""
    return name(_GIVEN, at)


def unless_none(
    value: ast.expr, start: ast.expr, at: ast.AST, other: ast.expr | None = None
) -> ast.expr:
    """`(lambda _given: other if _given is None else value)(start)`: the start is read once."""
    test = ast.Compare(given(at), [ast.Is()], [ast.Constant(None)])
    chosen = put(ast.IfExp(test, other or ast.Constant(None), value), at)
    return call(function([_GIVEN], chosen), [start], at)


def definition(
    title: str, names: Sequence[str], body: Sequence[ast.stmt], at: ast.AST, rest: str = ""
) -> ast.FunctionDef:
    """`def title(names, *rest): body`."""
    return put(ast.FunctionDef(title, arguments(names, rest), [*body] or [ast.Pass()], []), at)


def runtime_import() -> ast.stmt:
    """What a program that calls the runtime starts with."""
    (made,) = ast.parse(f"import gradloom.frontend.notation.runtime as {RUNTIME}").body
    return made
