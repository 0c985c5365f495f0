"""Makes a program smaller that keeps going wrong in the same way."""

from __future__ import annotations

import ast
import copy
import time
from collections.abc import Callable, Iterator
from typing import Any


def shrunk(text: str, is_still: Callable[[str], bool], seconds: float) -> str:
    """The smallest program found in the time for which `is_still` holds."""
    end = time.monotonic() + seconds
    tree = ast.parse(text)
    best = ast.unparse(tree)
    if not is_still(best):
        return text
    for smaller in (_without_definitions, _smaller, _without_definitions, _smaller):
        skip = 0
        again = True
        while again and time.monotonic() < end:
            again = False
            for number, made in enumerate(smaller(tree)):
                if number < skip:
                    continue
                if time.monotonic() > end:
                    break
                candidate = ast.unparse(made)
                if len(candidate) < len(best) and is_still(candidate):
                    tree, best, again, skip = ast.parse(candidate), candidate, True, number
                    break
            if not again and skip:
                again, skip = True, 0
    return best


def _without_definitions(tree: ast.Module) -> Iterator[ast.Module]:
    """The same program without one statement of the module."""
    for k in range(len(tree.body) - 2, -1, -1):
        yield _changed(tree, 0, "body", k, [])


def _smaller(tree: ast.Module) -> Iterator[ast.Module]:
    """The same program with one thing less, large things first; helpers as they are."""
    inside = set(map(id, ast.walk(tree.body[-1])))
    places = [(i, node) for i, node in enumerate(ast.walk(tree)) if id(node) in inside]
    for i, node in places:
        for name in ("body", "orelse", "finalbody", "handlers"):
            lines = getattr(node, name, None)
            if isinstance(lines, list):
                for k in range(len(lines) - 1, -1, -1):
                    for instead in ([], *_inner(lines[k])):
                        yield _changed(tree, i, name, k, instead)
    for i, node in places:
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                for part in _parts(value):
                    yield _changed(tree, i, name, None, part)
            elif isinstance(value, list):
                for k, item in enumerate(value):
                    if isinstance(item, ast.expr):
                        if len(value) > 1:
                            yield _changed(tree, i, name, k, [])
                        for part in _parts(item):
                            yield _changed(tree, i, name, k, [part])


def _inner(line: Any) -> Iterator[list[Any]]:
    """What may stand in the place of a statement."""
    for name in ("body", "orelse", "finalbody"):
        lines = getattr(line, name, None)
        if (
            isinstance(lines, list)
            and lines
            and not isinstance(line, ast.FunctionDef | ast.ClassDef)
        ):
            yield lines


def _parts(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.Name | ast.Constant):
        return
    yield ast.Constant(1.0)
    for part in ast.iter_child_nodes(value):
        if isinstance(part, ast.expr) and not isinstance(part, ast.Starred):
            yield part


def _changed(tree: ast.Module, number: int, name: str, k: int | None, instead: Any) -> ast.Module:
    """The program with another thing in one place."""
    made = copy.deepcopy(tree)
    for i, node in enumerate(ast.walk(made)):
        if i == number:
            if k is None:
                setattr(node, name, copy.deepcopy(instead))
            else:
                lines = getattr(node, name)
                lines[k : k + 1] = copy.deepcopy(instead)
                if not lines and name == "body":
                    lines.append(ast.Pass())
            break
    return ast.fix_missing_locations(made)
