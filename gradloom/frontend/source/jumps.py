"""`return`, `break` and `continue` under traced conditions, as variables that say what is left out.

A branch of the graph has one end, so a jump out of one becomes a flag, and what it jumps over runs
where the flag is not set. Where a branch always jumps, what follows the `if` becomes its other
branch, and no flag is needed. Jumps that no traced value decides stay as they are.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

from gradloom.frontend.source.ending import always, blocks_of, never_ends
from gradloom.frontend.source.settles import Settles, settled_by
from gradloom.frontend.source.syntax import (
    DONE,
    RESULT,
    assign,
    call,
    contains,
    first_line,
    inside,
    is_static,
    name,
    runtime,
)  # fmt: skip
from gradloom.frontend.source.tries import Catch, catches_of, flags_of

Jump = ast.Return | ast.Break | ast.Continue
_JUMPS = (ast.Return, ast.Break, ast.Continue)


@final
class Unconvertible(Exception):
    """A function whose jumps have no form that a trace can follow."""


@final
@dataclass(slots=True)
class Place:
    """A loop, and the flags that stand for the jumps to it."""

    stop: str
    skip: str
    stops: bool
    """Whether `break` is a flag."""
    skips: bool
    """Whether `continue` is one."""


@final
@dataclass(slots=True)
class Block:
    """Statements after the jumps were taken out."""

    body: list[ast.stmt]
    flags: set[str] = field(default_factory=set)
    """The flags that it may set."""
    always: bool = False
    """Whether it never comes to its end."""


def is_dynamic(node: ast.AST) -> bool:
    """Whether a traced value may decide what this statement runs."""
    match node:
        case ast.If(test=test) | ast.While(test=test):
            return not is_static(test)
        case ast.For(iter=iterable):
            return has_open_range(iterable)
    return False


def has_open_range(iterable: ast.expr) -> bool:
    """Whether a `for` goes through a range() whose bounds are not written as numbers."""
    return any(
        isinstance(n, ast.Call)
        and isinstance(n.func, ast.Name)
        and n.func.id == "range"
        and not hasattr(n, "is_known")
        and not all(isinstance(arg, ast.Constant) for arg in n.args)
        for n in inside([iterable])
    )


def without_jumps(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements of a function, with flags for the jumps that traced values may decide."""
    lowering = _Lowering(body)
    if not lowering.returns:
        return lowering.block(body, None).body
    whole = [*body, ast.copy_location(ast.Return(ast.Constant(None)), body[-1])]
    if always(body):
        whole = list(body)
    made = lowering.block(whole, None).body
    made = [assign(RESULT, runtime("later")), assign(DONE, ast.Constant(False)), *made]
    made.append(ast.Return(call("returned", name(RESULT))))
    return [ast.fix_missing_locations(ast.copy_location(stmt, body[-1]))
            if not hasattr(stmt, "lineno") else stmt for stmt in made]  # fmt: skip


@final
class _Lowering:
    def __init__(self, body: Sequence[ast.stmt]) -> None:
        self.returns = False
        self._count = 0
        self._machines: set[int] = set()
        self._flagged: set[tuple[int, type]] = set()
        while self._survey(body, None, [], []):
            pass

    # ---- which jumps become flags ----------------------------------------------------------------

    def _survey(
        self, body: Sequence[ast.stmt], loop: ast.stmt | None, since: list[ast.AST],
        all_since: list[ast.AST],
    ) -> bool:  # fmt: skip
        """Note the jumps that traced values may decide; whether that made a difference.

        `since`: the dynamic statements between here and the loop; `all_since`: and the function.
        """
        changed = False
        for stmt in body:
            if isinstance(stmt, ast.Return) and all_since and not self.returns:
                self.returns = changed = True
            if isinstance(stmt, ast.Break | ast.Continue) and loop is not None:
                key = (id(loop), type(stmt))
                if (since or id(loop) in self._machines) and key not in self._flagged:
                    self._flagged.add(key)
                    changed = True
            changed |= self._survey_below(stmt, loop, since, all_since)
            below = list(inside([stmt]))
            jumps = any(isinstance(n, _JUMPS) or catches_of(n) for n in below)
            if jumps and any(map(is_dynamic, below)):
                since, all_since = [*since, stmt], [*all_since, stmt]  # what follows may be jumped
        return changed

    def _survey_below(
        self, stmt: ast.stmt, loop: ast.stmt | None, since: list[ast.AST], all_since: list[ast.AST]
    ) -> bool:
        if isinstance(stmt, ast.While | ast.For):
            changed = False
            flagged = (id(stmt), ast.Break) in self._flagged or (
                self.returns and contains(stmt.body, ast.Return)
            )
            flagged = flagged or _leaves_by_error(stmt)
            if (flagged or is_dynamic(stmt)) and id(stmt) not in self._machines:
                self._machines.add(id(stmt))
                changed = True
            machine: list[ast.AST] = [stmt] if id(stmt) in self._machines else []
            changed |= self._survey(stmt.body, stmt, [], [*all_since, *machine])
            return self._survey(stmt.orelse, loop, since, all_since) | changed
        own: list[ast.AST] = [stmt] if is_dynamic(stmt) else []
        changed = False
        for block in blocks_of(stmt):
            changed |= self._survey(block, loop, [*since, *own], [*all_since, *own])
        return changed

    # ---- the statements --------------------------------------------------------------------------

    def block(self, body: Sequence[ast.stmt], place: Place | None) -> Block:
        """The statements of one block."""
        made = Block([])
        for i, stmt in enumerate(body):
            rest = body[i + 1 :]
            if isinstance(stmt, ast.If) and rest:
                joined = self._with_rest(stmt, rest, place)
                if joined is not None:
                    made.body += joined.body
                    made.flags |= joined.flags
                    made.always = joined.always
                    return made
            part = self._statement(stmt, place)
            made.body += part.body
            made.flags |= part.flags
            if part.always:
                made.always = True
                return made
            if part.flags and rest:
                after = self.block(rest, place)
                made.body.append(_where_not(part.flags, after.body, rest[0], part.body))
                made.flags |= after.flags
                made.always = after.always
                return made
        return made

    def _with_rest(
        self, stmt: ast.If, rest: Sequence[ast.stmt], place: Place | None
    ) -> Block | None:
        """An `if` one of whose branches always jumps, with what follows it as the other branch."""
        ends = [always(body) for body in (stmt.body, stmt.orelse)]
        if ends[0] == ends[1] or not self._is_flagged(stmt, place):
            return None
        true = self.block(stmt.body if ends[0] else [*stmt.body, *rest], place)
        false = self.block(stmt.orelse if ends[1] else [*stmt.orelse, *rest], place)
        made = ast.If(stmt.test, true.body or [ast.Pass()], false.body)
        return _if(made, stmt, true, false)

    def _is_flagged(self, stmt: ast.If, place: Place | None) -> bool:
        """Whether a jump that becomes a flag stands in the statement."""
        if self.returns and contains([stmt], ast.Return):
            return True
        if catches_of(stmt) and contains([stmt], ast.Raise):
            return True
        kinds = [
            kind
            for kind, held in (
                (ast.Break, place is not None and place.stops),
                (ast.Continue, place is not None and place.skips),
            )
            if held
        ]
        return bool(kinds) and contains([stmt], *kinds)

    def _statement(self, stmt: ast.stmt, place: Place | None) -> Block:
        match stmt:
            case ast.Return(value=value) if self.returns:
                result = assign(RESULT, value or ast.Constant(None))
                done = assign(DONE, ast.Constant(True))
                both = [ast.fix_missing_locations(first_line(s, stmt)) for s in (result, done)]
                return Block(both, {DONE}, True)
            case ast.Break() if place is not None and place.stops:
                return self._flag(place.stop, stmt)
            case ast.Continue() if place is not None and place.skips:
                return self._flag(place.skip, stmt)
            case ast.Return() | ast.Break() | ast.Continue() | ast.Raise():
                return Block([stmt], set(), True)
            case ast.Pass() if hasattr(stmt, "is_never"):
                return Block([stmt], set(), True)
            case ast.While() | ast.For():
                return self._loop(stmt, place)
            case ast.If(test=test):
                true, false = self.block(stmt.body, place), self.block(stmt.orelse, place)
                return _if(ast.If(test, true.body or [ast.Pass()], false.body), stmt, true, false)
            case ast.With():
                inner = self.block(stmt.body, place)
                made_with = ast.copy_location(ast.With(stmt.items, inner.body), stmt)
                own: Catch | None = getattr(stmt, "catch", None)
                flags = inner.flags - set(own.flags if own is not None else ())
                return Block([made_with], flags)  # it may swallow what its body raises
            case ast.Try():
                return self._try(stmt, place)
            case ast.Match():
                return self._match(stmt, place)
        return Block([stmt])

    def _flag(self, flag: str, stmt: ast.stmt) -> Block:
        return Block([ast.copy_location(assign(flag, ast.Constant(True)), stmt)], {flag}, True)

    def _loop(self, stmt: ast.While | ast.For, outer: Place | None) -> Block:
        self._count += 1
        stops, skips = ((id(stmt), kind) in self._flagged for kind in (ast.Break, ast.Continue))
        place = Place(f"_gl_stop{self._count}", f"_gl_skip{self._count}", stops, skips)
        inner = self.block(stmt.body, place)
        body = inner.body
        for flag in (place.skip, place.stop):
            if flag in inner.flags and (flag == place.stop or _is_read(flag, body)):
                body = [ast.copy_location(assign(flag, ast.Constant(False)), stmt), *body]
        flags = sorted(inner.flags - {place.skip})
        made: ast.While | ast.For
        if isinstance(stmt, ast.While):
            made = ast.While(stmt.test, body, [] if flags else stmt.orelse)
        else:
            made = ast.For(stmt.target, stmt.iter, body, [] if flags else stmt.orelse)
        made.flags = flags  # type: ignore[union-attr]
        made.is_machine = id(stmt) in self._machines  # type: ignore[union-attr]
        made.own = {place.stop, place.skip} if not stmt.orelse else {place.skip}  # type: ignore[union-attr]
        out: list[ast.stmt] = [ast.copy_location(made, stmt)]
        if place.stop in flags:
            out.insert(0, ast.copy_location(assign(place.stop, ast.Constant(False)), stmt))
        left = set(flags) - {place.stop}
        after = self.block(stmt.orelse, outer) if stmt.orelse else Block([])
        if flags and after.body:
            out.append(_where_not(set(flags), after.body, stmt, out))
        elif after.body:
            made.orelse = after.body
        return Block(out, left | after.flags)

    def _try(self, stmt: ast.Try, place: Place | None) -> Block:
        if contains(stmt.finalbody, ast.Return, ast.Break, ast.Continue):
            raise Unconvertible("a jump out of `finally`")
        tried = self.block(stmt.body, place)
        otherwise = self.block(stmt.orelse, place)
        handlers, flags = [], tried.flags | otherwise.flags
        for handler in stmt.handlers:
            inner = self.block(handler.body, place)
            flags |= inner.flags
            made = ast.ExceptHandler(handler.type, handler.name, inner.body)
            handlers.append(ast.copy_location(made, handler))
        orelse = otherwise.body
        if tried.flags and orelse:
            orelse = [_where_not(tried.flags, orelse, stmt, tried.body)]
        final = self.block(stmt.finalbody, place).body
        whole = ast.copy_location(ast.Try(tried.body, handlers, orelse, final), stmt)
        catch: Catch | None = getattr(stmt, "catch", None)
        if catch is not None:
            whole.catch = catch  # type: ignore[attr-defined]
            flags -= set(catch.flags)
        return Block([whole], flags, never_ends(stmt))

    def _match(self, stmt: ast.Match, place: Place | None) -> Block:
        flags: set[str] = set()
        cases = []
        for case in stmt.cases:
            inner = self.block(case.body, place)
            flags |= inner.flags
            cases.append(ast.match_case(case.pattern, case.guard, inner.body))
        return Block([ast.copy_location(ast.Match(stmt.subject, cases), stmt)], flags)


def _if(made: ast.If, stmt: ast.If, true: Block, false: Block) -> Block:
    """An `if` in the place of another, which an exception may leave."""
    catches = catches_of(stmt)
    if catches:
        made.catches = catches  # type: ignore[attr-defined]
    settles: Settles | None = getattr(stmt, "settles", None)
    if settles is not None:
        made.settles = settles  # type: ignore[attr-defined]
    flags = true.flags | false.flags | (set(flags_of(stmt)) if is_dynamic(stmt) else set())
    return Block([ast.copy_location(made, stmt)], flags, true.always and false.always)


def _leaves_by_error(loop: ast.While | ast.For) -> bool:
    """Whether a traced value may decide that an exception leaves the loop, and is caught."""
    own = {n.catch for n in inside(loop.body) if hasattr(n, "catch")}
    return any(is_dynamic(n) and not own.issuperset(catches_of(n)) for n in inside(loop.body))


def _where_not(
    flags: set[str], body: list[ast.stmt], at: ast.stmt, before: Sequence[ast.stmt]
) -> ast.stmt:
    """`if not (a or b): body`, after statements that set these flags."""
    names: list[ast.expr] = [name(flag) for flag in sorted(flags)]
    test = names[0] if len(names) == 1 else ast.BoolOp(ast.Or(), names)
    made = ast.If(ast.UnaryOp(ast.Not(), test), body or [ast.Pass()], [])
    made.settles = settled_by(flags, before, True)  # type: ignore[attr-defined]
    return ast.copy_location(made, at)


def _is_read(flag: str, body: Sequence[ast.stmt]) -> bool:
    return any(
        isinstance(n, ast.Name) and n.id == flag and isinstance(n.ctx, ast.Load)
        for n in inside(body)
    )
