"""Loops that plain numbers alone control: `for i in range(n)` with tests of `i`, `n`, counters and
options in it.

Such a loop stands twice in rewritten code. Where the variables that decide are plain numbers,
texts or None when it begins, they stay so until it ends, which is proved here: then what they
decide is left to Python, and no question is asked in any turn. Else it runs as any other loop.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from typing import Final, final

from gradloom.frontend.source.iterables import has_items
from gradloom.frontend.source.jumps import has_open_range
from gradloom.frontend.source.syntax import call, is_static, name, runtime

_LARGEST: Final = 600
"""Nodes of a loop that is written twice."""
_SCOPES: Final = (
    ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
_STATEMENTS: Final = (
    ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.If, ast.For, ast.While, ast.Pass,
    ast.Break, ast.Continue, ast.Return, ast.Assert,
)  # fmt: skip
"""What a loop may be made of. An exception that is caught in it, say, might leave it anywhere."""
_BLOCKS: Final = ("body", "orelse", "handlers", "finalbody")


def with_steady_loops(node: ast.FunctionDef, body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements of a function, with a second form of each loop that may be steady."""
    declared = {
        n for d in ast.walk(node) if isinstance(d, ast.Global | ast.Nonlocal) for n in d.names
    }
    deleted = {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Del)
    }
    caught = {n.name for n in ast.walk(node) if isinstance(n, ast.ExceptHandler) and n.name}
    never = declared | deleted | caught
    a = node.args
    given = [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))]
    return _Blocks(never).block(body, {x.arg for x in given} - never)


@final
class _Blocks:
    """Goes through the statements of one function; `never`: variables that others may change."""

    def __init__(self, never: set[str]) -> None:
        self._never = never

    def block(self, body: Sequence[ast.stmt], bound: set[str]) -> list[ast.stmt]:
        """The statements; `bound` are variables that hold something, to which theirs are added."""
        made: list[ast.stmt] = []
        for stmt in body:
            made.append(self._statement(stmt, bound))
            if isinstance(stmt, ast.Assign | ast.AnnAssign | ast.AugAssign):
                bound |= set(_targets(stmt)) - self._never
        return made

    def _statement(self, stmt: ast.stmt, bound: set[str]) -> ast.stmt:
        if isinstance(stmt, ast.For | ast.While):
            made = _steady(stmt, bound, self._never)
            if made is not None:
                return made
        if isinstance(stmt, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return stmt
        for field in _BLOCKS:
            inner = getattr(stmt, field, None)
            if isinstance(inner, list) and inner:
                setattr(stmt, field, self._inner(inner, bound))
        return stmt

    def _inner(self, parts: list[ast.AST], bound: set[str]) -> list[ast.AST]:
        if isinstance(parts[0], ast.ExceptHandler):
            for handler in parts:
                assert isinstance(handler, ast.ExceptHandler)
                handler.body = self.block(handler.body, set(bound))
            return parts
        stmts = [part for part in parts if isinstance(part, ast.stmt)]
        return [*self.block(stmts, set(bound))]


def _steady(loop: ast.For | ast.While, bound: set[str], never: set[str]) -> ast.If | None:
    """The loop in both forms; None where nothing is won, or nothing proved."""
    nodes = list(ast.walk(loop))
    if len(nodes) > _LARGEST or not _is_understood(nodes):
        return None
    known = _Known(loop, bound, never)
    if not known.settle():
        return None
    plain = copy.deepcopy(loop)
    _mark(plain, known.names)
    tests: list[ast.expr] = [
        ast.Compare(call("type", name(x)), [ast.In()], [runtime("plain")])
        for x in sorted(known.asked)
    ]
    if known.ranges:
        tests.append(ast.Compare(name("range"), [ast.Is()], [runtime("range")]))
    test = tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)
    for part in (test, *ast.walk(test)):
        part.is_known = True  # type: ignore[attr-defined]
    made = ast.copy_location(ast.If(test, [plain], [loop]), loop)
    return ast.fix_missing_locations(made)


def _is_understood(nodes: Sequence[ast.AST]) -> bool:
    """Whether a loop is made of nothing but simple statements, and nothing suspends it."""
    return not any(
        (isinstance(n, ast.stmt) and not isinstance(n, _STATEMENTS))
        or isinstance(n, ast.Yield | ast.YieldFrom | ast.Await)
        for n in nodes
    )


@final
class _Known:
    """Which variables of a loop hold plain numbers, texts or None in all of its turns, if those in
    `asked` hold such when it begins. `ranges`: `range` has to be Python's.
    """

    def __init__(self, loop: ast.For | ast.While, bound: set[str], never: set[str]) -> None:
        self.loop = loop
        used = {n.id for n in ast.walk(loop) if isinstance(n, ast.Name)} - never
        walrus = {n.target.id for n in ast.walk(loop) if isinstance(n, ast.NamedExpr)}
        first = {x for x in used if _is_set_first(loop, x)}
        self.names = ((used & bound) | first) - walrus
        self.asked = self.names - first
        self.ranges = False

    def settle(self) -> bool:
        """Leave out variables until nothing contradicts; whether something is won, and Python can
        run the loop.
        """
        if not self._agrees():
            return False
        self.names &= self._deciding()
        if not self._agrees():
            return False
        self.asked &= self.names
        fors = [n for n in ast.walk(self.loop) if isinstance(n, ast.For)]
        self.ranges = any(map(self._is_range, fors))
        loop = self.loop
        runs = self._is_range(loop) if isinstance(loop, ast.For) else self.holds(loop.test)
        return runs and (self.ranges or bool(self.asked)) and any(map(self.holds, self._tests()))

    def _agrees(self) -> bool:
        before = -1
        while before != len(self.names):
            before = len(self.names)
            if not self._block([self.loop], False):
                return False
        return True

    def _tests(self) -> Iterator[ast.expr]:
        """What decides inside of the loop."""
        for n in ast.walk(self.loop):
            if isinstance(n, ast.If | ast.While | ast.IfExp) and n is not self.loop:
                yield n.test

    def _deciding(self) -> set[str]:
        """The variables that plain tests and ranges read, and those that these are made of."""
        tests = [*self._tests(), *([self.loop.test] if isinstance(self.loop, ast.While) else [])]
        read = [test for test in tests if self.holds(test)]
        for n in ast.walk(self.loop):
            if isinstance(n, ast.For) and self._is_range(n):
                read += [n.target, *n.iter.args]  # type: ignore[attr-defined]
        found = {x for part in read for x in _names(part)}
        made = [n for n in ast.walk(self.loop) if isinstance(n, ast.Assign | ast.AugAssign)]
        made += [n for n in ast.walk(self.loop) if isinstance(n, ast.AnnAssign)]  # type: ignore[misc]
        before = -1
        while before != len(found):
            before = len(found)
            for stmt in made:
                if not found.isdisjoint(_targets(stmt)) and stmt.value is not None:
                    found |= _names(stmt.value)
        return found

    def holds(self, x: ast.expr) -> bool:
        """Whether an expression is plain."""
        return _holds(x, self.names)

    def _is_range(self, loop: ast.For) -> bool:
        return is_range(loop.iter) and all(map(self.holds, loop.iter.args))  # type: ignore[attr-defined]

    def _block(self, body: Sequence[ast.stmt], traced: bool) -> bool:
        """Leave out what these statements may set to something else; whether no jump stands where
        a traced value may decide. `traced`: one may decide whether they run.
        """
        return min([self._statement(stmt, traced) for stmt in body], default=True)

    def _statement(self, stmt: ast.stmt, traced: bool) -> bool:
        match stmt:
            case ast.Break() | ast.Continue() | ast.Return():
                return not traced
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._set(target, value, traced)
            case ast.AnnAssign(target=ast.Name(id=x), value=ast.expr() as value):
                self._keep(x, not traced and self.holds(value))
            case ast.AugAssign(target=ast.Name(id=x), op=op, value=value):
                plain = not isinstance(op, ast.MatMult) and self.holds(value)
                self._keep(x, not traced and plain)
            case ast.If(test=test):
                inner = traced or not (self.holds(test) or is_static(test))
                return self._block(stmt.body, inner) & self._block(stmt.orelse, inner)
            case ast.While(test=test):
                inner = traced or not (self.holds(test) or is_static(test))
                return self._block(stmt.body, inner) & self._block(stmt.orelse, inner)
            case ast.For(target=target, iter=iterable):
                plain = self._is_range(stmt)
                self._set(target, None, traced, plain)
                inner = traced or (not plain and _is_open(iterable))
                return self._block(stmt.body, inner) & self._block(stmt.orelse, inner)
        return True

    def _set(
        self, target: ast.expr, value: ast.expr | None, traced: bool, plain: bool = False
    ) -> None:
        match target, value:
            case ast.Name(id=x), _:
                plain = plain or (value is not None and self.holds(value))
                self._keep(x, plain and not traced)
            case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
                for one, given in zip(targets, values, strict=True):
                    self._set(one, given, traced)
            case _:
                for x in _names_in(target):
                    self._keep(x, False)

    def _keep(self, x: str, plain: bool) -> None:
        if not plain:
            self.names.discard(x)


def _is_open(iterable: ast.expr) -> bool:
    """Whether a traced value may decide how many items there are."""
    return has_open_range(iterable) or has_items(iterable)


def is_range(x: ast.expr) -> bool:
    """Whether it is a call of `range` with positional arguments."""
    match x:
        case ast.Call(func=ast.Name(id="range"), args=args, keywords=[]):
            return not any(isinstance(arg, ast.Starred) for arg in args)
    return False


def _holds(x: ast.expr, names: set[str]) -> bool:
    """Whether an expression is plain where these variables are: what Python computes from numbers,
    texts and None by operators are such again.
    """
    match x:
        case ast.Constant(value=value):
            return value is not ...
        case ast.Name(id=id):
            return id in names
        case ast.UnaryOp(operand=operand):
            return _holds(operand, names)
        case ast.BinOp(left=left, op=op, right=right):
            return not isinstance(op, ast.MatMult) and _holds(left, names) and _holds(right, names)
        case ast.Compare(left=left, comparators=rest):
            return all(_holds(part, names) for part in (left, *rest))
        case ast.BoolOp(values=values):
            return all(_holds(part, names) for part in values)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return all(_holds(part, names) for part in (test, body, orelse))
    return False


def _mark(node: ast.AST, names: set[str]) -> None:
    """Mark what is known to be plain, but not in functions and comprehensions inside, whose
    variables are others.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SCOPES):
            continue
        if isinstance(child, ast.expr) and _holds(child, names):
            if not isinstance(getattr(child, "ctx", None), ast.Store):
                child.is_known = True  # type: ignore[attr-defined]
            continue
        _mark(child, names)
    if isinstance(node, ast.AugAssign) and _holds(node.target, names):
        node.is_known = True  # type: ignore[attr-defined]
    if isinstance(node, ast.For) and is_range(node.iter):
        args: list[ast.expr] = node.iter.args  # type: ignore[attr-defined]
        if all(_holds(arg, names) for arg in args):
            node.iter.is_known = True  # type: ignore[attr-defined]


def _targets(stmt: ast.Assign | ast.AnnAssign | ast.AugAssign) -> Iterator[str]:
    """The variables that hold something after an assignment."""
    if isinstance(stmt, ast.AnnAssign) and stmt.value is None:
        return
    for target in stmt.targets if isinstance(stmt, ast.Assign) else [stmt.target]:
        yield from _names_in(target)


def _names(x: ast.expr) -> set[str]:
    return {n.id for n in ast.walk(x) if isinstance(n, ast.Name)}


def _names_in(target: ast.expr) -> Iterator[str]:
    return (
        n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    )


def _is_set_first(loop: ast.For | ast.While, x: str) -> bool:
    """Whether every turn sets a variable before anything reads it."""
    first = loop.iter if isinstance(loop, ast.For) else loop.test
    if _mentions(first, x):
        return False
    own = isinstance(loop, ast.For) and _is_name(loop.target, x)
    rest = False if own else _after(loop.orelse, x, False) is None
    return not rest and _after(loop.body, x, own) is not None


def _after(body: Sequence[ast.stmt], x: str, is_set: bool) -> bool | None:
    """Whether a variable is set after these statements; None where one may read it before."""
    held: bool | None = is_set
    for stmt in body:
        if held is None or held:
            return held
        held = _after_one(stmt, x)
    return held


def _after_one(stmt: ast.stmt, x: str) -> bool | None:
    """The same of one statement before which it is not set."""
    match stmt:
        case ast.Assign(targets=[target], value=value) if _is_name(target, x):
            return None if _mentions(value, x) else True
        case ast.If(test=test, body=body, orelse=orelse):
            ways = [_after(body, x, False), _after(orelse, x, False)]
            return None if _mentions(test, x) or None in ways else all(ways)
        case ast.For(target=target, iter=iterable, body=body, orelse=orelse):
            ways = [_after(body, x, _is_name(target, x)), _after(orelse, x, False)]
            return None if _mentions(iterable, x) or None in ways else False
        case ast.While(test=test, body=body, orelse=orelse):
            ways = [_after(body, x, False), _after(orelse, x, False)]
            return None if _mentions(test, x) or None in ways else False
    return None if _mentions(stmt, x) else False


def _is_name(target: ast.expr, x: str) -> bool:
    return isinstance(target, ast.Name) and target.id == x


def _mentions(node: ast.AST, x: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == x for n in ast.walk(node))
