"""The rewritten form of a function: what Python decides by a truth value, the staging functions
decide, in the function's own frame.
"""

from __future__ import annotations

import ast
import contextlib
import copy
from collections.abc import Sequence
from typing import Any, Final, final

from gradloom.frontend.source.ending import breaks
from gradloom.frontend.source.expressions import Expressions, as_passing, as_test
from gradloom.frontend.source.iterables import by_number, has_items
from gradloom.frontend.source.jumps import Unconvertible, without_jumps
from gradloom.frontend.source.matches import as_ifs
from gradloom.frontend.source.outer import declarations, declared, notes, shared_by
from gradloom.frontend.source.plain import branches, noted
from gradloom.frontend.source.raised import guarded
from gradloom.frontend.source.settles import Settles
from gradloom.frontend.source.steady import with_steady_loops
from gradloom.frontend.source.syntax import (
    DEPTH,
    Function,
    assign,
    assigned,
    call,
    constant,
    contains,
    first_line,
    is_static,
    mark_plain,
    name,
    runtime,
    stored,
    thunk,
    written_in_place,
)  # fmt: skip
from gradloom.frontend.source.tries import Catch, catches_of, flags_of, with_flags
from gradloom.frontend.source.ways import is_staged, method, unless, ways

_SUSPENDING = (ast.Yield, ast.YieldFrom, ast.Await)
_GUARDED: Final = 6
"""Branches inside each other that catch what is raised in them: Python nests no more than 20 blocks
of all kinds. Deeper ones tell what they raise themselves.
"""


def rewritten(node: Function, classes: tuple[str, ...] = ()) -> Function:
    """The function (its node is changed) with every decision left to the runtime.

    `classes`: the names of the classes that it stands in. Raises `Unconvertible`.
    """
    if isinstance(node, ast.Lambda):
        node.body = Expressions(classes).visit(node.body)
    else:
        node.body = _Statements(classes).function(node)
    return node


@final
class _Statements(Expressions):
    """Rewrites the statements of one function, and of the functions inside it."""

    def __init__(self, classes: tuple[str, ...]) -> None:
        super().__init__(classes)
        self._count = 0
        self._deep = 0
        self._is_generator = False
        self._stored: set[str] = set()
        self._shared: set[str] = set()

    def function(self, node: ast.FunctionDef) -> list[ast.stmt]:
        """The body of a function."""
        outer, self._is_generator = self._is_generator, contains(node.body, *_SUSPENDING)
        deep, self._deep = self._deep, 0
        stored, self._stored = self._stored, written_in_place(node.body)
        first = 1 if ast.get_docstring(node, clean=False) is not None else 0
        mark_plain(node.body)
        body: Sequence[ast.stmt] = with_steady_loops(node, as_ifs(node.body[first:]))
        if body:
            body = without_jumps(with_flags(body))
        shared, self._shared = self._shared, shared_by(node.body)
        outer_names = self._located([*declarations(node.body), *notes(declared(node.body))], node)
        made = [*node.body[:first], *outer_names, *self._block(body)]
        if self._is_generator:
            made.insert(first, self._located([assign(DEPTH, call("depth"))], node)[0])
        self._is_generator, self._stored, self._deep = outer, stored, deep
        self._shared = shared
        return made or [ast.Pass()]

    def _block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for stmt in body:
            made = self.visit(stmt)
            out += made if isinstance(made, list) else [made]
        return out

    def _located(self, stmts: list[ast.stmt], like: ast.stmt) -> list[ast.stmt]:
        """New statements on the line of the one that they stand for."""
        return [ast.fix_missing_locations(first_line(s, like)) for s in stmts]

    # ---- if --------------------------------------------------------------------------------------

    def visit_If(self, node: ast.If) -> Any:
        """An `if`, as the turns of a `for` over the ways to go."""
        as_test(node.test)
        if is_static(node.test) or contains([node.test], *_SUSPENDING):
            node.test = self._known(node.test)
            node.body, node.orelse = self._block(node.body), self._block(node.orelse)
            return node
        self._count += 1
        way = f"_gl_way{self._count}"
        true, false = assigned(node.body), assigned(node.orelse)
        flags = dict.fromkeys(flags_of(node), node.lineno)
        settles: Settles | None = getattr(node, "settles", None)
        flags |= dict.fromkeys(settles.names if settles is not None else (), 0)
        true, false = flags | true, flags | false
        names = sorted({**true, **false})
        table = constant(tuple((n, true.get(n, 0), false.get(n, 0)) for n in names))
        self._deep += 1
        bodies = [self._branch(body, way) for body in (node.body, node.orelse)]
        self._deep -= 1
        if settles is not None:
            bodies[not settles.way][:0] = self._settled(way, settles)
        inner: ast.stmt = ast.If(name(way), bodies[0] or [ast.Pass()], bodies[1])
        shared = notes([n for n in names if n in self._shared])
        for body in bodies if shared else []:
            body.insert(0, ast.If(is_staged(way), copy.deepcopy(shared), []))
        if self._deep < _GUARDED:
            inner = guarded(inner, way, catches_of(node))
        without = [constant(settles.flags)] if settles is not None and settles.way else []
        test = self.visit(node.test)
        fork = call("fork", name(way), table, *without)
        leave = ast.If(is_staged(way), self._unpacked(names, way, "leave"), [])
        staged = ast.For(stored(way), fork, self._located([inner, leave], node), [])
        made = branches(test, way, bodies, self._located([staged], node))
        if made is not None:
            return self._located([made], node)
        staged.iter = ast.copy_location(ways(test, way, fork), node.test)
        return [staged]

    def _settled(self, way: str, settles: Settles) -> list[ast.stmt]:
        """The variables that have their values on this way."""
        flags = constant(settles.flags), constant(settles.names)
        return [ast.If(is_staged(way), self._unpacked(settles.names, way, "settled", *flags), [])]

    def _known(self, test: ast.expr) -> ast.expr:
        """The test of a statement that is left to Python."""
        stays = is_static(test) or contains([test], *_SUSPENDING)
        made: ast.expr = self.visit(test)
        return made if stays or not self._is_generator else first_line(call("known", made), made)

    def _branch(self, body: Sequence[ast.stmt], way: str) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for stmt in body:
            if isinstance(stmt, ast.Raise) and stmt.exc is not None and self._deep > _GUARDED:
                error = self.visit(copy.deepcopy(stmt.exc))
                told = ast.Expr(ast.Call(method(way, "raises"), [error], []))
                out += self._located([ast.If(is_staged(way), [told], [self.visit(stmt)])], stmt)
            else:
                out += self._block([stmt])
        return out

    def _unpacked(
        self, names: Sequence[str], owner: str, what: str, *given: ast.expr
    ) -> list[ast.stmt]:
        """`a, b = owner.method(given)`, without those that are undefined."""
        made = ast.Call(method(owner, what), [*given], [])
        if not names:
            return [ast.Expr(made)]
        target = ast.Tuple([stored(n) for n in names], ast.Store())
        out: list[ast.stmt] = [ast.Assign([target], made)]
        for n in names:
            test = ast.Compare(name(n), [ast.Is()], [runtime("undefined")])
            out.append(ast.If(test, [ast.Delete([ast.Name(n, ast.Del())])], []))
        return out

    # ---- loops -----------------------------------------------------------------------------------

    def visit_While(self, node: ast.While) -> Any:
        """A `while`, run by a loop object where a traced value may end it."""
        as_test(node.test)
        if not getattr(node, "is_machine", False) or contains([node.test], *_SUSPENDING):
            node.test = self._known(node.test)
            node.body, node.orelse = self._block(node.body), self._block(node.orelse)
            return node
        whole = unless(getattr(node, "flags", ()), node.test)
        as_test(whole)
        return self._machine(node, None, self.visit(whole), [])

    def visit_For(self, node: ast.For) -> Any:
        """A `for`, run by a loop object where a traced value may end it."""
        as_passing([node.iter])
        if not getattr(node, "is_machine", False):
            return self._each(node) if has_items(node.iter) else self._unrolled(node)
        test = self.visit(unless(getattr(node, "flags", ()), ast.Constant(True)))
        return self._machine(node, by_number(self.visit(node.iter)), test, [node.target])

    def _unrolled(self, node: ast.For) -> ast.For:
        node.iter = self.visit(node.iter)
        node.target = self.visit(node.target)
        node.body, node.orelse = self._block(node.body), self._block(node.orelse)
        return node

    def _each(self, node: ast.For) -> list[ast.stmt]:
        """A `for` through what may have a traced length, or yield under a condition."""
        self._count += 1
        turns, each = f"_gl_turns{self._count}", f"_gl_each{self._count}"
        own, lines = assigned([node.target]), assigned([node.target, *node.body])
        names = [*sorted(lines.keys() - own.keys()), *sorted(own)]
        rest = names[: len(lines) - len(own)]
        table = constant(tuple((n, lines[n], 0) for n in names))
        jumps = contains(node.body, ast.Return) or breaks(node.body)
        node = self._unrolled(node)
        made = call(
            "each", by_number(node.iter), table, ast.Constant(len(rest)), ast.Constant(jumps)
        )
        pair = ast.Tuple([stored(turns), stored(each)], ast.Store())
        before = self._located([ast.Assign([pair], made)], node)
        node.iter = ast.copy_location(name(turns), node.iter)
        waits = ast.Compare(name(each), [ast.IsNot()], [ast.Constant(None)])
        news = ast.BoolOp(ast.And(), [waits, method(each, "news")])
        enters = ast.If(news, self._unpacked(rest, each, "enter"), [])
        finishes = ast.If(copy.deepcopy(waits), self._unpacked(names, each, "finish"), [])
        node.body = [*self._located([enters], node), *node.body]
        node.orelse = [*self._located([finishes], node), *node.orelse]
        return [*before, node]

    def _machine(
        self, node: ast.While | ast.For, turns: ast.expr | None, test: ast.expr,
        target: Sequence[ast.expr],
    ) -> list[ast.stmt]:  # fmt: skip
        self._count += 1
        loop, again = f"_gl_loop{self._count}", f"_gl_again{self._count}"
        lines = assigned([*filter(None, [getattr(node, "test", None)]), *target, *node.body])
        names = sorted(lines.keys() - getattr(node, "own", set()))
        table = constant(tuple((n, lines[n]) for n in names))
        known = [table, constant(tuple(getattr(node, "flags", ())))]
        made = call("loop", *known, *filter(None, [turns]))
        asks: list[ast.stmt] = [
            assign(again, ast.Call(method(loop, "decide"), [test], [])),
            ast.If(ast.Compare(name(again), [ast.Is()], [ast.Constant(None)]), [ast.Continue()],
                   [ast.If(ast.UnaryOp(ast.Not(), name(again)), [ast.Break()], [])]),
        ]  # fmt: skip
        enter = self._unpacked(names, loop, "enter")
        enter.append(ast.If(method(loop, "over"), [ast.Break()], []))
        enter += notes([n for n in names if n in self._shared])
        body: list[ast.stmt] = [ast.If(method(loop, "enters"), enter, asks)]
        whole: list[ast.stmt] = [assign(loop, made)]
        if target and isinstance(test, ast.Constant):  # nothing but the end of the items ends it
            ahead = f"_gl_ahead{self._count}"
            whole.append(assign(ahead, ast.Call(method(loop, "ahead"), [], [])))
            body.append(assign(again, ast.Call(method(loop, "item"), [], [])))
            is_traced = ast.Compare(name(ahead), [ast.Is()], [ast.Constant(None)])
            body = [ast.If(is_traced, body, [])]
            item: ast.expr = name(again)
            through: ast.expr | None = ast.IfExp(
                copy.deepcopy(is_traced), runtime("endless"), name(ahead)
            )
        else:
            item, through = ast.Call(method(loop, "item"), [], []), None
        body += [ast.Assign([self.visit(copy.deepcopy(place))], item) for place in target]
        body = [*self._located(body, node), *self._block(node.body)]
        whole.append(
            ast.While(ast.Constant(True), body, [])
            if through is None
            else ast.For(stored(again), through, body, [])
        )
        return [*self._located(whole, node), *self._block(node.orelse)]

    # ---- generators ------------------------------------------------------------------------------

    def visit_Yield(self, node: ast.Yield) -> Any:
        """`yield x`, which may stand under a traced condition."""
        self.generic_visit(node)
        value = node.value or ast.copy_location(ast.Constant(None), node)
        node.value = first_line(call("yielded", value, name(DEPTH)), value)
        return node

    def visit_Expr(self, node: ast.Expr) -> Any:
        """`yield from xs`, as a `for` that yields."""
        if not isinstance(node.value, ast.YieldFrom):
            return self.generic_visit(node)
        self._count += 1
        item = f"_gl_item{self._count}"
        body = ast.Expr(ast.Yield(name(item)))
        loop = ast.For(stored(item), node.value.value, [body], [])
        return self.visit(self._located([loop], node)[0])

    # ---- other statements ------------------------------------------------------------------------

    def visit_Try(self, node: ast.Try) -> Any:
        """A `try`: an exception that is caught leaves the regions that it came out of."""
        if not node.handlers:
            node.body, node.finalbody = self._block(node.body), self._block(node.finalbody)
            return node
        self._count += 1
        catch: Catch | None = getattr(node, "catch", None)
        mark = f"_gl_mark{self._count}" if catch is None else catch.mark
        kinds = [self.visit(copy.deepcopy(h.type)) for h in node.handlers if h.type is not None]
        lines = constant((node.body[0].lineno, node.body[-1].end_lineno))
        node.body = self._block(node.body)
        for handler in node.handlers:
            if handler.type is not None:
                handler.type = self.visit(handler.type)
            unwind = self._located([ast.Expr(call("unwind", name(mark)))], handler.body[0])
            handler.body = [*unwind, *self._block(handler.body)]
        node.orelse, node.finalbody = self._block(node.orelse), self._block(node.finalbody)
        is_bare = len(kinds) < len(node.handlers)  # the last one catches everything
        kinds += [runtime("everything")] if is_bare else []
        marked = call("mark", lines, thunk(ast.Tuple(kinds, ast.Load())))
        return [*self._located([assign(mark, marked)], node), node]

    def visit_Assert(self, node: ast.Assert) -> Any:
        """An `assert`, which of a traced value is made when the program runs."""
        as_test(node.test)
        self.generic_visit(node)
        if is_static(node.test):
            return node
        parts = [node.test] if node.msg is None else [node.test, thunk(node.msg)]
        return self._located([ast.Expr(call("assert_", *parts))], node)

    def visit_Assign(self, node: ast.Assign) -> Any:
        """`x = f(...)`, where x is written in place later."""
        makes = isinstance(node.value, ast.Call)
        self.generic_visit(node)
        unpacks = any(isinstance(target, ast.Tuple | ast.List) for target in node.targets)
        if unpacks and isinstance(node.value, ast.Name | ast.Attribute):
            node.value = first_line(call("through", node.value), node.value)
        match node.targets:
            case [ast.Name(id=target)] if makes and target in self._stored:
                node.value = ast.copy_location(call("owned", node.value), node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """`x += y`, which changes a list or an array in place."""
        as_passing([node.value])
        if hasattr(node, "is_known"):  # a number, which nothing changes in place
            return self.generic_visit(node)
        before, held = self._parts(node.target)
        self.generic_visit(node)
        noting = [] if held is None else self._located([ast.Expr(held)], node)
        return [*before, *noting, node]

    def _parts(self, target: Any) -> tuple[list[ast.stmt], ast.expr | None]:
        """What a target is evaluated to first, and what notes the thing that it holds."""
        if isinstance(target, ast.Name):
            return [], noted(target.id)
        owner, before = self._kept(target.value)
        target.value = owner
        if isinstance(target, ast.Attribute):
            attribute = ast.Constant(self._mangled(target.attr))
            return before, call("holding_attribute", copy.deepcopy(owner), attribute)
        if contains([target.slice], ast.Slice, ast.Starred):
            return before, None
        target.slice, more = self._kept(target.slice)
        held_by = call("holding", copy.deepcopy(owner), copy.deepcopy(target.slice))
        return [*before, *more], held_by

    def _kept(self, node: ast.expr) -> tuple[ast.expr, list[ast.stmt]]:
        """An expression that may be evaluated twice, and the statements that it needs before."""
        if isinstance(node, ast.Name | ast.Constant):
            return node, []
        self._count += 1
        kept = f"_gl_kept{self._count}"
        value = self.visit(node)
        first = ast.fix_missing_locations(ast.copy_location(assign(kept, value), value))
        return ast.copy_location(name(kept), node), [first]

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.Pass:
        """What the head of the function says, where the names are noted."""
        return ast.copy_location(ast.Pass(), node)

    def visit_Global(self, node: ast.Global) -> ast.Pass:
        """The same of the module's variables."""
        return ast.copy_location(ast.Pass(), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        """A function inside: rewritten as well."""
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        node.args.defaults = [self.visit(d) for d in node.args.defaults]
        node.args.kw_defaults = [d if d is None else self.visit(d) for d in node.args.kw_defaults]
        with contextlib.suppress(Unconvertible):
            node.body = self.function(node)
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        """A coroutine inside: left as it is."""
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        """A class inside: its methods are rewritten."""
        outer, self.classes = self.classes, (*self.classes, node.name)
        node.body = [
            self.visit(stmt) if isinstance(stmt, ast.FunctionDef) else stmt for stmt in node.body
        ]
        self.classes = outer
        return node
