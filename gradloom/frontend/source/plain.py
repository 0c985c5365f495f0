"""The short ways through rewritten code, where what decides is plain: no call asks for it then."""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Sequence
from typing import Final

from gradloom.frontend.source.syntax import call, contains, name, runtime, stored

_MOST: Final = 150
"""Nodes of branches that are written twice, once for plain tests and once for traced ones."""
_LARGEST: Final = 40
"""Nodes of what is subscripted that are written twice."""


def called(func: ast.expr) -> ast.expr:
    """What is called in place of a function: of a variable's value, where it is a function or class
    that has been looked up before, what was found then.
    """
    asked = call("call", func)
    match func:
        case ast.Attribute(value=ast.Name(id=x), attr="append"):
            growing = ast.IfExp(runtime("calm"), copy.deepcopy(func), call("appending", name(x)))
            return ast.IfExp(_is(name(x), "growing"), growing, asked)
    if not isinstance(func, ast.Name):
        return asked
    usual = getattr(builtins, func.id, None)
    if usual is not None and not isinstance(usual, type):
        return asked
    found = ast.Subscript(runtime("functions"), name(func.id), ast.Load())
    return ast.IfExp(_is(name(func.id), "function" if usual is None else "type"), found, asked)


def taken(x: ast.expr, key: ast.expr, kept: str | None) -> ast.expr:
    """`x[key]`, at once where the key is an int. `kept` is a variable for keys that are computed.

    What is subscripted and the key are evaluated once, in an order that nobody can tell from
    Python's: one of them is a variable.
    """
    asked = call("item", x, key)
    if isinstance(key, ast.Name):
        if not _is_small([x], _LARGEST):
            return asked
        return ast.IfExp(_is(name(key.id), "int"), _item(x, name(key.id)), asked)
    if kept is None or not isinstance(x, ast.Name) or not _is_arithmetic(key):
        return asked
    test = _is(ast.NamedExpr(stored(kept), key), "int")
    return ast.IfExp(test, _item(x, name(kept)), call("item", name(x.id), name(kept)))


def noted(variable: str) -> ast.expr:
    """The variable's value, which is about to change in place if it is no number."""
    return ast.BoolOp(ast.Or(), [_is(name(variable), "int"), call("content", name(variable))])


def measured(function: ast.expr, x: ast.expr) -> ast.expr:
    """`len(x)`, at once while nothing is staged: every list has its length then. That of a traced
    array may be a named size.
    """
    if not isinstance(x, ast.Name):  # it may stage something itself
        return call("length", function, x)
    asked = call("partial", runtime("length"), copy.deepcopy(function))
    array = _is(name(x.id), "tracer")
    plain = ast.BoolOp(ast.And(), [runtime("calm"), ast.UnaryOp(ast.Not(), array)])
    return ast.Call(ast.IfExp(plain, function, asked), [x], [])


def branches(
    test: ast.expr, way: str, bodies: Sequence[list[ast.stmt]], staged: Sequence[ast.stmt]
) -> ast.If | None:
    """An `if` that takes its branches at once where the test is a plain bool, and else does what is
    staged, in which the test's value is called `way`; None where the branches are large.
    """
    if isinstance(test, ast.BinOp):  # `i % 2`
        number = _is(ast.NamedExpr(stored(way), test), "int")
        test = ast.IfExp(
            number, ast.Compare(name(way), [ast.NotEq()], [ast.Constant(0)]), name(way)
        )
    both = [stmt for body in bodies for stmt in body]
    if not _is_small(both, _MOST) or contains(both, ast.FunctionDef, ast.ClassDef):
        return None
    true, false = (copy.deepcopy(body) or [ast.Pass()] for body in bodies)
    again = ast.If(_is_constant(name(way), False), false, [*staged])
    return ast.If(_is_constant(ast.NamedExpr(stored(way), test), True), true, [again])


def _item(x: ast.expr, key: ast.expr) -> ast.expr:
    return ast.Subscript(copy.deepcopy(x), key, ast.Load())


def _is(x: ast.expr, kind: str) -> ast.expr:
    """`type(x) is kind`"""
    return ast.Compare(call("type", x), [ast.Is()], [runtime(kind)])


def _is_constant(x: ast.expr, value: bool) -> ast.expr:
    return ast.Compare(x, [ast.Is()], [ast.Constant(value)])


def _is_arithmetic(key: ast.expr) -> bool:
    """Whether a key is computed of variables and constants alone: it may fail, and no more."""
    kinds = (ast.BinOp, ast.UnaryOp, ast.Name, ast.Constant, ast.operator, ast.unaryop, ast.Load)
    return all(isinstance(node, kinds) for node in ast.walk(key))


def _is_small(nodes: Sequence[ast.AST], most: int) -> bool:
    return sum(1 for node in nodes for _ in ast.walk(node)) <= most
