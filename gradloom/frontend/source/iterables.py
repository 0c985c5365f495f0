"""What a `for` goes through, as it is written."""

from __future__ import annotations

import ast

from gradloom.frontend.source.syntax import runtime


def has_items(iterable: ast.expr) -> bool:
    """Whether a `for` may go through a list or a generator: it is no range() or display."""
    match iterable:
        case ast.Call(func=ast.Name(id="range")) | ast.List() | ast.Tuple() | ast.Constant():
            return False
    return True


def by_number(iterable: ast.expr) -> ast.expr:
    """The calls that make an iterator, asked for items by their number: `zip`, `enumerate`."""
    match iterable:
        case ast.Call(func=ast.IfExp(orelse=ast.Call(func=ast.Attribute(attr="call")) as asked)):
            iterable.func = asked
    match iterable:
        case ast.Call(func=ast.Call(func=ast.Attribute(attr="call"), args=[ast.Name()]) as func):
            func.func = runtime("by_number")
            iterable.args = [by_number(arg) for arg in iterable.args]
    return iterable
