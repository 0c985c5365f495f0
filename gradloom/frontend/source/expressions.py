"""Expressions as rewritten code has them: every call goes through the runtime, and so does what
Python decides by a truth value.
"""

from __future__ import annotations

import ast
from typing import Any, Final

from gradloom.frontend.source.syntax import (
    RUNTIME,
    call,
    contains,
    first_line,
    is_static,
    mentions,
    thunk,
)  # fmt: skip

_OPERATORS: Final[dict[type[ast.cmpop], str]] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_OF_THE_FRAME: Final = frozenset(
    {"super", "locals", "globals", "vars", "dir", "eval", "exec", "breakpoint"}
)
"""Builtins that look at the frame they are called from, and stay as they are."""
_SUSPENDING: Final = (ast.Yield, ast.YieldFrom, ast.Await)


class Expressions(ast.NodeTransformer):
    """Rewrites the expressions of one function."""

    def __init__(self, classes: tuple[str, ...]) -> None:
        self.classes = classes

    # ---- calls -----------------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """`f(x)` as `_gl_.call(f)(x)`."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in _OF_THE_FRAME:
            return node
        match node.func:
            case ast.Attribute(value=ast.Name(id=name)) if name == RUNTIME:
                return node  # it has been put there
        func = first_line(call("call", node.func), node.func)
        made = ast.copy_location(ast.Call(func, node.args, node.keywords), node)
        if isinstance(node.func, ast.Attribute) and node.func.end_lineno not in (None, made.lineno):
            made.lineno, made.col_offset = node.func.end_lineno, 0  # where Python places it
        return made

    # ---- truth -----------------------------------------------------------------------------------

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        """`a if test else b`"""
        stays = is_static(node.test) or _is_bound_to_frame(node.body, node.orelse)
        self.generic_visit(node)
        if stays:
            return node
        made = call("choose", node.test, thunk(node.body), thunk(node.orelse))
        return ast.copy_location(made, node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        """`a and b`, `a or b`"""
        stays = all(map(is_static, node.values[:-1])) or _is_bound_to_frame(*node.values[1:])
        self.generic_visit(node)
        if stays:
            return node
        what = "and_" if isinstance(node.op, ast.And) else "or_"
        made = call(what, node.values[0], *(thunk(value) for value in node.values[1:]))
        return ast.copy_location(made, node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """`not a`"""
        stays = not isinstance(node.op, ast.Not) or is_static(node.operand)
        self.generic_visit(node)
        return node if stays else ast.copy_location(call("not_", node.operand), node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """`a < b < c`, `a in b`"""
        is_plain = len(node.ops) == 1 and not isinstance(node.ops[0], ast.In | ast.NotIn)
        stays = is_plain or is_static(node) or _is_bound_to_frame(*node.comparators)
        self.generic_visit(node)
        if stays:
            return node
        parts: list[ast.expr] = [node.left]
        for op, right in zip(node.ops, node.comparators, strict=True):
            parts += [ast.Constant(_OPERATORS[type(op)]), thunk(right)]
        return ast.copy_location(call("chain", *parts), node)

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        """`for x in xs if test`"""
        stay = [is_static(test) or _is_bound_to_frame(test) for test in node.ifs]
        self.generic_visit(node)
        node.ifs = [
            test if stays else first_line(call("kept", test), test)
            for test, stays in zip(node.ifs, stay, strict=True)
        ]
        return node

    # ---- what is written -------------------------------------------------------------------------

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """`x.name = ...`: the attribute is noted before."""
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            return node
        noted = call("attribute", node.value, ast.Constant(self._mangled(node.attr)))
        node.value = ast.copy_location(noted, node.value)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """`x[key]` of any x and key; what `x[key] = ...` changes is noted before."""
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            node.value = first_line(call("content", node.value), node.value)
            return node
        if _is_plain_key(node.slice):
            return node
        if contains([node.slice], ast.Slice, ast.Starred):
            node.value = first_line(call("indexed", node.value), node.value)
            return node
        made: ast.expr = first_line(call("item", node.value, node.slice), node)
        return made

    def _mangled(self, attribute: str) -> str:
        """The name under which an attribute is stored: that of a private one has its class."""
        if not self.classes or not attribute.startswith("__") or attribute.endswith("__"):
            return attribute
        return f"_{self.classes[-1].lstrip('_')}{attribute}"

    # ---- other scopes ----------------------------------------------------------------------------

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        """A function inside: its body is rewritten as well, its defaults run here."""
        return self.generic_visit(node)


def _is_plain_key(key: ast.expr) -> bool:
    """Whether a key holds no traced value: constants, and slices (their bounds are numbers)."""
    match key:
        case ast.Constant() | ast.Slice():
            return True
        case ast.UnaryOp(operand=operand):
            return isinstance(operand, ast.Constant)
        case ast.Tuple(elts=parts):
            return all(map(_is_plain_key, parts))
    return False


def _is_bound_to_frame(*nodes: ast.expr) -> bool:
    """Whether an expression must be evaluated in the function's own frame."""
    return contains(nodes, ast.NamedExpr, *_SUSPENDING) or mentions(nodes, *_OF_THE_FRAME)
