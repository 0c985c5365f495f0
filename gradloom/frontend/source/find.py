"""A function's syntax tree, found in its file and proved to be that function's."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final, TypeVar, final

from gradloom.frontend.source.files import File, lines_of, parsed, read_again
from gradloom.frontend.source.rebuild import FunctionNode, classes_around, compiled, shallow
from gradloom.frontend.source.same import is_asserting, same_but_for_asserts, same_code

_ASYNC: Final = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
N = TypeVar("N", bound=ast.AST)


@final
@dataclass(frozen=True, slots=True)
class Definition:
    """Where and how a function is written."""

    node: FunctionNode
    """A copy of its own, which may be changed."""
    file: str
    classes: tuple[str, ...]
    """The classes around it, the innermost last: private names are told apart by that one."""


@final
@dataclass(frozen=True, slots=True)
class Absent:
    """Why a function's source is not at hand, to be told where it is missed."""

    reason: str


def definition(code: CodeType, names: dict[str, Any] | None = None) -> Definition | Absent:
    """The syntax tree of the function that has this code.

    It is looked for in the whole file, as Python's own tracebacks read it, and taken only when it
    compiles to this very code. `names` are the globals of the function's module.
    """
    if code.co_flags & _ASYNC:
        return Absent("an async function is left as it is")
    if code.co_name.startswith("<") and code.co_name != "<lambda>":
        return Absent(f"{code.co_name} is not a function of its own")
    found, read = _search(code, names), lines_of(code, names)
    if found is None:
        read_again(code.co_filename)  # what was read of the file may be older than the code
        if lines_of(code, names) != read:
            found = _search(code, names)
    if found is not None:
        return Definition(fresh(found), code.co_filename, classes_around(code))
    if lines_of(code, names) and code.co_filename != "<string>":
        return Absent("its file has changed since it was loaded, or a tool has changed the code")
    return Absent("its source is not at hand: it was made by exec, or typed at the prompt")


def _search(code: CodeType, names: dict[str, Any] | None) -> FunctionNode | None:
    """The file's node that compiles to this code: at its line, or moved to another one."""
    lines = lines_of(code, names)
    file = parsed(code.co_filename, lines) if lines else None
    if file is None:
        return None
    at_line = _at_line(file.tree, code.co_firstlineno)
    return _chosen(code, at_line, file) or _chosen(code, ast.walk(file.tree), file)


def _at_line(tree: ast.AST, line: int) -> Iterator[ast.AST]:
    """The functions that start on a line."""
    for child in ast.iter_child_nodes(tree):
        start, end = _first_line(child), getattr(child, "end_lineno", None)
        if start == line and isinstance(child, FunctionNode):
            yield child
        if start is None or end is None or start <= line <= end or _is_text(child):
            yield from _at_line(child, line)


def _first_line(node: ast.AST) -> int | None:
    """The line that a node's code starts on, which is the first decorator's."""
    decorators = getattr(node, "decorator_list", None)
    line: int | None = getattr(decorators[0] if decorators else node, "lineno", None)
    return line


def _is_text(node: ast.AST) -> bool:
    """Whether this is a part of an f-string: until Python 3.12 their lines are not exact."""
    return isinstance(node, ast.JoinedStr | ast.FormattedValue)


def _chosen(code: CodeType, nodes: Iterable[ast.AST], file: File) -> FunctionNode | None:
    """The one of these that compiles to the code; of several the one that stands at its columns."""
    best: FunctionNode | None = None
    for node in nodes:
        if isinstance(node, FunctionNode) and _resembles(node, code):
            places = _places_if_same(code, node, file)
            if places == _places(code):
                return node
            if places is not None:
                best = best or node
    return best


def _resembles(node: FunctionNode, code: CodeType) -> bool:
    """Whether the name and the parameters are those of the code."""
    name = node.name if isinstance(node, ast.FunctionDef) else "<lambda>"
    args = node.args
    return (
        name == code.co_name
        and len(args.posonlyargs) == code.co_posonlyargcount
        and len(args.posonlyargs) + len(args.args) == code.co_argcount
        and len(args.kwonlyargs) == code.co_kwonlyargcount
    )


def _places_if_same(code: CodeType, node: FunctionNode, file: File) -> tuple[int, bytes] | None:
    """The places of what the node compiles to, if that is the code.

    Notebooks compile a cell statement by statement, and see its imports in none but their own.
    """
    for imports in (file.imports, frozenset[str]()) if file.imports else (file.imports,):
        try:
            made = compiled(code, node, imports=imports)
        except (SyntaxError, ValueError, RecursionError):  # it was written in other surroundings
            return None
        if _is(code, made, node):
            return _places(made)
    return None


def _is(code: CodeType, made: CodeType, node: FunctionNode) -> bool:
    """Whether what was made of the node is the code, as it is or as pytest has changed it."""
    return same_code(code, made) or (
        is_asserting(code)
        and code.co_firstlineno == made.co_firstlineno
        and same_but_for_asserts(code, made, node)
    )


def _places(code: CodeType) -> tuple[int, bytes]:
    return code.co_firstlineno, code.co_linetable


def fresh(node: N) -> N:
    """A copy of a syntax tree, places included."""
    made = shallow(node)
    own = made.__dict__
    for field in node._fields:
        value = own.get(field)
        if isinstance(value, ast.AST):
            own[field] = value if isinstance(value, ast.expr_context) else fresh(value)
        elif isinstance(value, list):
            own[field] = [fresh(x) if isinstance(x, ast.AST) else x for x in value]
    return made
