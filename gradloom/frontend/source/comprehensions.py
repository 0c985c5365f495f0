"""Comprehensions whose turns a traced value may decide: `[f(v) for v in xs if v > 0]`.

A filter becomes a `for` over the ways to go, inside of the comprehension: no turn where it is known
to fail, one where it is known to hold, and one in a branch of the graph where it is traced. A list
is gathered from a generator expression, so that what it gathers is told from Python's own stack.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Final

from gradloom.frontend.source.iterables import by_number, has_items
from gradloom.frontend.source.syntax import call, constant, contains, name, stored, thunk

Comprehension = ast.ListComp | ast.GeneratorExp
_WAY: Final = "_gl_way"
"""The variable that says which way is gone, or holds the test that does."""


def may_open(node: Comprehension, stays: Callable[[ast.expr], bool]) -> bool:
    """Whether a traced value may decide which turns there are; `stays`: whether Python alone
    decides a filter.
    """
    if any(g.is_async for g in node.generators) or contains([node], ast.Await):
        return False
    return any(has_items(g.iter) or not all(map(stays, g.ifs)) for g in node.generators)


def as_turns(
    generators: Sequence[ast.comprehension], stays: Sequence[Sequence[bool]], sets: Sequence[str]
) -> list[ast.comprehension]:
    """The parts of a comprehension, rewritten, with its turns left to the runtime. `stays`: which
    filters Python alone decides; `sets`: the variables of the function around that it sets.
    """
    out: list[ast.comprehension] = []
    notes = [_ways(_noted(sets))] if sets else []
    for generator, left in zip(generators, stays, strict=True):
        turns = call("turns", by_number(generator.iter))
        out += [ast.comprehension(generator.target, turns, [], 0), *notes]
        for test, is_left in zip(generator.ifs, left, strict=True):
            if is_left:
                out[-1].ifs.append(test)
            elif contains([test], ast.NamedExpr):  # Python takes no := in what it goes through
                held = ast.Call(ast.Attribute(name(_WAY), "holds", ast.Load()), [test], [])
                out += [_ways(call("box")), _ways(name(_WAY)), *notes]
                out[-2 - len(notes)].ifs.append(held)
            else:
                out += [_ways(call("sift", test)), *notes]
    return out


def _ways(iterable: ast.expr) -> ast.comprehension:
    return ast.comprehension(stored(_WAY), iterable, [], 0)


def _noted(sets: Sequence[str]) -> ast.expr:
    """One turn, before which the variables are noted that it may set."""
    given = thunk(ast.Tuple([name(n) for n in sets], ast.Load()))
    noted = call("outer", constant(tuple(sets)), given)
    return ast.BoolOp(ast.Or(), [noted, constant((True,))])


def set_by(node: Comprehension) -> list[str]:
    """The variables of the function around that a comprehension sets: `(y := f(x))`."""
    found = [n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)]
    return [*dict.fromkeys(found)]
