"""Expressions as rewritten code has them: every call goes through the runtime, and so does what
Python decides by a truth value.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from typing import Any, Final

from gradloom.frontend.source.comprehensions import as_turns, may_open, set_by
from gradloom.frontend.source.plain import called, measured, taken
from gradloom.frontend.source.syntax import (
    RUNTIME,
    TEST,
    call,
    chosen,
    constant,
    contains,
    first_line,
    is_static,
    mentions,
    name,
    stored,
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
_LEFT: Final = _OF_THE_FRAME | {
    "len", "isinstance", "issubclass", "id", "repr",
}  # fmt: skip
"""Builtins that are called as they are; no other function of these names is looked for."""
_VALUES: Final = ("or_", "and_")
_TRUTHS: Final = ("any_true", "all_true")
_MOST: Final = 60
"""Nodes that are written twice, once for plain bools and once for traced ones."""
_SUSPENDING: Final = (ast.Yield, ast.YieldFrom, ast.Await)


def as_test(test: ast.expr) -> None:
    """Mark what stands where nothing but its truth is asked."""
    if isinstance(test, ast.BoolOp):
        test.is_test = True  # type: ignore[attr-defined]
        for value in test.values:
            as_test(value)


class Expressions(ast.NodeTransformer):
    """Rewrites the expressions of one function."""

    def __init__(self, classes: tuple[str, ...]) -> None:
        self.classes = classes
        self._tests = 0
        self._comprehensions = 0

    def visit(self, node: ast.AST) -> Any:
        """The node rewritten; as it is where it is known to be plain."""
        if hasattr(node, "is_known") and isinstance(node, ast.expr):
            return node
        return super().visit(node)

    # ---- calls -----------------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """`f(x)` as `_gl_.call(f)(x)`."""
        as_passing([*node.args, *(k.value for k in node.keywords)])
        passes = _passes(node)
        self.generic_visit(node)
        if passes:
            node.args[0] = first_line(call("passed", node.args[0], node.func), node.args[0])
        if isinstance(node.func, ast.Name) and node.func.id in _LEFT:
            if node.func.id == "len" and len(node.args) == 1:
                asked: ast.expr = first_line(measured(node.func, node.args[0]), node)
                return asked
            return node
        match node.func:
            case ast.Attribute(value=ast.Name(id=owner)) if owner == RUNTIME:
                return node  # it has been put there
        func = first_line(called(node.func), node.func)
        made = ast.copy_location(ast.Call(func, node.args, node.keywords), node)
        if isinstance(node.func, ast.Attribute) and node.func.end_lineno not in (None, made.lineno):
            made.lineno, made.col_offset = node.func.end_lineno, 0  # where Python places it
        return made

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        """`*xs` where it is read: what it goes through may be an iterator."""
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load) and not isinstance(node.value, ast.Tuple | ast.List):
            node.value = first_line(call("through", node.value), node.value)
        return node

    # ---- truth -----------------------------------------------------------------------------------

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        """`a if test else b`"""
        as_test(node.test)
        stays = is_static(node.test) or _is_bound_to_frame(node.body, node.orelse)
        is_bool = _is_bool(node.test) and _is_small(node.body, node.orelse)
        self.generic_visit(node)
        if stays:
            return node
        first, again = self._held(node.test, is_bool)
        made: ast.expr = call("choose", again, thunk(node.body), thunk(node.orelse))
        if first is not again:
            made = chosen(first, again, node.body, node.orelse, made)
        return ast.copy_location(made, node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        """`a and b`, `a or b`"""
        stays = all(map(is_static, node.values[:-1])) or _is_bound_to_frame(*node.values[1:])
        is_bool = len(node.values) == 2 and _is_bool(node.values[0]) and _is_small(*node.values)
        self.generic_visit(node)
        if stays:
            return node
        is_and = isinstance(node.op, ast.And)
        what = _TRUTHS[is_and] if getattr(node, "is_test", False) else _VALUES[is_and]
        first, again = self._held(node.values[0], is_bool)
        made: ast.expr = call(what, again, *(thunk(value) for value in node.values[1:]))
        if first is not again:
            second = node.values[1]
            ways = (second, again) if is_and else (again, second)
            made = chosen(first, again, *ways, made)
        return ast.copy_location(made, node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """`not a`"""
        stays = not isinstance(node.op, ast.Not) or is_static(node.operand)
        is_bool = _is_bool(node.operand)
        if isinstance(node.op, ast.Not):
            as_test(node.operand)
        self.generic_visit(node)
        if stays:
            return node
        first, again = self._held(node.operand, is_bool)
        made: ast.expr = call("not_", again)
        if first is not again:
            made = chosen(first, again, ast.Constant(False), ast.Constant(True), made)
        return ast.copy_location(made, node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """`a < b < c`, `a in b`, `a is b`"""
        as_passing([node.left, *node.comparators])
        is_single = len(node.ops) == 1
        is_plain = is_single and not isinstance(node.ops[0], ast.In | ast.NotIn)
        stays = is_plain or is_static(node) or _is_bound_to_frame(*node.comparators)
        made: ast.expr
        if not stays and _may_be_split(node):
            a, b = node.comparators
            parts = [ast.Compare(node.left, node.ops[:1], [a]), ast.Compare(a, node.ops[1:], [b])]
            both = ast.BoolOp(ast.And(), [ast.copy_location(part, node) for part in parts])
            made = self.visit(copy.deepcopy(ast.copy_location(both, node)))
            return made
        self.generic_visit(node)
        if is_single and isinstance(node.ops[0], ast.Is | ast.IsNot):
            what = "is_" if isinstance(node.ops[0], ast.Is) else "is_not"
            made = first_line(call(what, node.left, *node.comparators), node)
            return made
        if stays:
            return node
        asked: list[ast.expr] = [node.left]
        for op, right in zip(node.ops, node.comparators, strict=True):
            asked += [ast.Constant(_OPERATORS[type(op)]), thunk(right)]
        return ast.copy_location(call("chain", *asked), node)

    def _held(self, test: ast.expr, is_bool: bool) -> tuple[ast.expr, ast.expr]:
        """The test, and how to speak of its value again; twice the same where a call must ask."""
        if not is_bool:
            return test, test
        if isinstance(test, ast.Name):
            return test, name(test.id)
        if self._comprehensions:  # Python takes no := in some of their places
            return test, test
        self._tests += 1
        kept = f"{TEST}{self._tests}"
        return ast.NamedExpr(stored(kept), test), name(kept)

    def _visit_comprehension(self, node: Any) -> Any:
        self._comprehensions += 1
        made = self.generic_visit(node)
        self._comprehensions -= 1
        return made

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        """`[f(v) for v in xs]`"""
        is_passing = hasattr(node, "is_passing")
        made: ast.expr
        if may_open(node, _stays):
            turns = self._turns(ast.GeneratorExp(node.elt, node.generators), node)
            return first_line(call("collected", turns, constant(is_passing)), node)  # type: ignore[no-any-return]
        made = self._visit_comprehension(node)
        return made if is_passing else first_line(call("growing", made), made)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        """`(f(v) for v in xs)`"""
        return (
            self._turns(node, node) if may_open(node, _stays) else self._visit_comprehension(node)
        )

    def _turns(self, node: ast.GeneratorExp, like: ast.expr) -> ast.expr:
        """A generator expression with its turns left to the runtime."""
        for generator in node.generators:
            as_passing([generator.iter])
        sets = set_by(node)
        stays = [[_stays(test) for test in g.ifs] for g in node.generators]
        self._comprehensions += 1
        for generator in node.generators:
            self.generic_visit(generator)
        node.elt = self.visit(node.elt)
        self._comprehensions -= 1
        node.generators = as_turns(node.generators, stays, sets)
        return ast.fix_missing_locations(ast.copy_location(node, like))

    visit_SetComp = visit_DictComp = _visit_comprehension

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        """`for x in xs if test`"""
        as_passing([node.iter])
        stay = [_stays(test) for test in node.ifs]
        self.generic_visit(node)
        if isinstance(node.iter, ast.Name | ast.Attribute):
            node.iter = first_line(call("through", node.iter), node.iter)
        node.ifs = [
            test if stays else first_line(call("kept", test), test)
            for test, stays in zip(node.ifs, stay, strict=True)
        ]
        return node

    # ---- lists -----------------------------------------------------------------------------------

    def visit_List(self, node: ast.List) -> ast.expr:
        """`[a, b]`, which may come to have a traced length."""
        self.generic_visit(node)
        stays = hasattr(node, "is_passing") or not isinstance(node.ctx, ast.Load)
        made: ast.expr = node if stays else first_line(call("growing", node), node)
        return made

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """`xs + [x]`"""
        as_passing([node.left, node.right])
        self.generic_visit(node)
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
            what = "content" if _is_plain_key(node.slice) else "place"
            node.value = first_line(call(what, node.value), node.value)
            return node
        if isinstance(node.slice, ast.Slice):
            return self._part(node, node.slice)
        if _is_plain_key(node.slice):
            return node
        if contains([node.slice], ast.Slice, ast.Starred):
            node.value = first_line(call("indexed", node.value), node.value)
            return node
        made: ast.expr = first_line(taken(node.value, node.slice, self._for_key(node.slice)), node)
        return made

    def _part(self, node: ast.Subscript, key: ast.Slice) -> ast.expr:
        """`x[start:stop:step]`, which of a list may come to have a traced length."""
        bounds = [key.lower, key.upper, key.step]
        if hasattr(node, "is_passing") and all(b is None or _is_plain_key(b) for b in bounds):
            return node
        if all(b is None or _is_plain_key(b) for b in bounds):
            return first_line(call("fresh", node), node)  # type: ignore[no-any-return]
        given = [ast.copy_location(ast.Constant(None), node) if b is None else b for b in bounds]
        return first_line(call("part", node.value, *given), node)  # type: ignore[no-any-return]

    def _for_key(self, key: ast.expr) -> str | None:
        """A variable for a key that is computed; None where Python takes no := ."""
        if isinstance(key, ast.Name) or self._comprehensions:
            return None
        self._tests += 1
        return f"{TEST}{self._tests}"

    def _mangled(self, attribute: str) -> str:
        """The name under which an attribute is stored: that of a private one has its class."""
        if not self.classes or not attribute.startswith("__") or attribute.endswith("__"):
            return attribute
        return f"_{self.classes[-1].lstrip('_')}{attribute}"

    # ---- other scopes ----------------------------------------------------------------------------

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        """A function inside: its body is rewritten as well, its defaults run here."""
        return self.generic_visit(node)


def as_passing(nodes: Sequence[ast.expr]) -> None:
    """Mark the lists that nobody keeps, so that they stay what they are; an empty one is passed to
    be filled.
    """
    for node in nodes:
        if isinstance(node, ast.ListComp | ast.Subscript) or (
            isinstance(node, ast.List) and node.elts
        ):
            node.is_passing = True  # type: ignore[union-attr]


def _is_bool(test: ast.expr) -> bool:
    """Whether a test is likely a bool, and certainly holds nothing alive: a comparison, `not`, or
    a variable.
    """
    match test:
        case ast.Name() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Compare():
            return True
        case ast.BoolOp(values=values):
            return all(_is_bool(value) and not isinstance(value, ast.Name) for value in values)
    return False


def _is_small(*nodes: ast.expr) -> bool:
    return sum(1 for node in nodes for _ in ast.walk(node)) <= _MOST


def _may_be_split(node: ast.Compare) -> bool:
    """Whether `a < b < c` may be `a < b and b < c`: b is a variable or a constant."""
    return len(node.ops) == 2 and isinstance(node.comparators[0], ast.Name | ast.Constant) and (
        not any(isinstance(op, ast.In | ast.NotIn) for op in node.ops)
    )  # fmt: skip


def _is_plain_key(key: ast.expr) -> bool:
    """Whether a key holds no traced value: constants, and slices (their bounds are numbers)."""
    if hasattr(key, "is_known"):
        return True
    match key:
        case ast.Constant() | ast.Slice():
            return True
        case ast.UnaryOp(operand=operand):
            return isinstance(operand, ast.Constant)
        case ast.Tuple(elts=parts):
            return all(map(_is_plain_key, parts))
    return False


def _passes(node: ast.Call) -> bool:
    """Whether a call is given a generator of which it may take a part."""
    match node:
        case ast.Call(func=ast.Name(id="any" | "all" | "next"), args=[ast.GeneratorExp(), *_]):
            return True
    return False


def _stays(test: ast.expr) -> bool:
    """Whether Python alone decides a comprehension's filter."""
    return is_static(test) or contains([test], *_SUSPENDING) or mentions([test], *_OF_THE_FRAME)


def _is_bound_to_frame(*nodes: ast.expr) -> bool:
    """Whether an expression must be evaluated in the function's own frame."""
    return contains(nodes, ast.NamedExpr, *_SUSPENDING) or mentions(nodes, *_OF_THE_FRAME)
