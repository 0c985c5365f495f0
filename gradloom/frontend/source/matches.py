"""`match` statements that a traced value may decide, as the `if` that they are: by values in
patterns, and by guards. What a pattern says of structure Python decides.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final, final

from gradloom.frontend.source.syntax import assign, is_static, name

_numbers: Final = itertools.count(1)


def as_ifs(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements with each `match` on values, or with guards, as an `if`."""
    made = _Matches().visit(ast.Module(list(body), []))
    return made.body  # type: ignore[no-any-return]


@final
class _Matches(ast.NodeTransformer):
    def visit_Match(self, node: ast.Match) -> Any:
        """One `match`."""
        self.generic_visit(node)
        if not any(_is_decided(case) for case in node.cases):
            return node
        subject = f"_gl_subject{next(_numbers)}"
        first: ast.stmt = assign(subject, node.subject)
        made = [first, *_chain(node.cases, subject)]
        return [ast.fix_missing_locations(ast.copy_location(s, node)) for s in made]


def _chain(cases: list[ast.match_case], subject: str) -> list[ast.stmt]:
    """The `if` of the first case, with the rest as its other branch."""
    if not cases:
        return []
    case, rest = cases[0], cases[1:]
    if not _is_value(case.pattern):
        return _structural(case, rest, subject)
    test, captured = _test(case.pattern, subject)
    inner: list[ast.stmt] = case.body
    bound: list[ast.stmt] = [assign(captured, name(subject))] if captured else []
    tests = [t for t in (test, case.guard) if t is not None]
    if not tests:
        return [*bound, *inner]
    if case.guard is not None and captured and test is None:
        return [*bound, _if(case.guard, inner, _chain(rest, subject), case)]
    whole = tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)
    return [_if(whole, [*bound, *inner], _chain(rest, subject), case)]


def _structural(case: ast.match_case, rest: list[ast.match_case], subject: str) -> list[ast.stmt]:
    """Whether the structure fits is asked of Python; the values in it, and the guard, after it."""
    fits = f"_gl_fits{next(_numbers)}"
    parts = _Parts()
    pattern = parts.visit(copy.deepcopy(case.pattern))
    asked = [
        ast.match_case(pattern, None, [assign(fits, ast.Constant(True))]),
        ast.match_case(ast.MatchAs(), None, [assign(fits, ast.Constant(False))]),
    ]
    tests: list[ast.expr] = [name(fits), *parts.tests]
    if case.guard is not None:
        tests.append(_Renamed(parts.bound).visit(case.guard))
    test = tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)
    bound: list[ast.stmt] = [assign(n, name(part)) for n, part in parts.bound.items()]
    chain = _chain(rest, subject)
    return [ast.Match(name(subject), asked), _if(test, [*bound, *case.body], chain, case)]


@final
class _Parts(ast.NodeTransformer):
    """Lets a structure take any values in the places of those that it names. What it binds is bound
    after these were asked: under names of ours until then.
    """

    def __init__(self) -> None:
        self.tests: list[ast.expr] = []
        self.bound: dict[str, str] = {}

    def visit(self, node: ast.AST) -> Any:
        """A pattern, or what is inside one."""
        if not isinstance(node, ast.pattern):
            return node
        if isinstance(node, ast.MatchOr) and not _is_value(node):
            return node  # Python decides which, by values as well
        if _is_value(node) and not isinstance(node, ast.MatchAs):
            part = f"_gl_part{next(_numbers)}"
            test, _ = _test(node, part)
            self.tests += [] if test is None else [test]
            return ast.copy_location(ast.MatchAs(name=part), node)
        self._rename(node)
        return self.generic_visit(node)

    def _rename(self, node: Any) -> None:
        field = "rest" if isinstance(node, ast.MatchMapping) else "name"
        bound = getattr(node, field, None)
        if bound is not None:
            self.bound[bound] = f"_gl_part{next(_numbers)}"
            setattr(node, field, self.bound[bound])


@final
class _Renamed(ast.NodeTransformer):
    """A guard that speaks of what a pattern binds by names of ours."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """One name."""
        return ast.copy_location(ast.Name(self._names.get(node.id, node.id), node.ctx), node)


def _is_decided(case: ast.match_case) -> bool:
    """Whether a traced value may decide a case."""
    values = [n for n in ast.walk(case.pattern) if isinstance(n, ast.MatchValue)]
    return bool(values) or (case.guard is not None and not is_static(case.guard))


def _if(
    test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt], case: ast.match_case
) -> ast.stmt:
    return ast.copy_location(ast.If(test, body, orelse), case.pattern)


def _is_value(pattern: ast.pattern) -> bool:
    match pattern:
        case ast.MatchValue() | ast.MatchSingleton() | ast.MatchAs(pattern=None):
            return True
        case ast.MatchOr(patterns=patterns):
            return all(isinstance(p, ast.MatchValue | ast.MatchSingleton) for p in patterns)
    return False


def _test(pattern: ast.pattern, subject: str) -> tuple[ast.expr | None, str]:
    """Whether the subject has this pattern (None: always), and the name it is bound to."""
    match pattern:
        case ast.MatchValue(value=value):
            return ast.Compare(name(subject), [ast.Eq()], [value]), ""
        case ast.MatchSingleton(value=constant):
            return ast.Compare(name(subject), [ast.Is()], [ast.Constant(constant)]), ""
        case ast.MatchOr(patterns=patterns):
            tests = [test for test, _ in (_test(p, subject) for p in patterns) if test is not None]
            return ast.BoolOp(ast.Or(), tests), ""
        case ast.MatchAs(name=str(bound)):
            return None, bound
    return None, ""
