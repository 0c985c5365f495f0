"""Sample programs made wrong: another axis, shape, dtype, keyword or number of arguments.

Each change is one that a user makes: another value, another array, an argument too many or too
few, an optional one given what it does not take. Many are errors to numpy; those have to be errors
here.
"""

from __future__ import annotations

import ast
import copy
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from tests.coverage.inputs import INPUTS
from tests.coverage.program import Program

_NUMBERS: Final = ("9", "-7", "1.5", "'no'", "[0, 0]", "1j", "np.zeros(3)")
_ARRAYS: Final = (
    "{}[:1]", "{}[..., :2]", "{}[..., None]", "{}.ravel()", "{}[0]", "{} > 0", "{}.astype(int)",
    "{} * 1j", "{}[:0]",
)  # fmt: skip
_TEXTS: Final = ("'no'", "3")
_OPTIONS: Final = ("'no'", "1.5", "[0, 0]", "np.zeros(3)")
_SPOILED: Final = frozenset({"where", "like"})
"""Optional arguments that numpy takes nearly anything for, or that say where Python looks."""


def mistakes(program: Program) -> Iterator[Program]:
    """The program with one thing in it changed, every way in turn."""
    if "return " in program.text:
        return
    tree = ast.parse(program.text)
    for number, node in enumerate(ast.walk(tree)):
        for change in _changes(node):
            changed = copy.deepcopy(tree)
            target = list(ast.walk(changed))[number]
            change(target)
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text != program.text:
                yield Program(program.name, text)


Change = Callable[[ast.AST], None]


def _changes(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Constant) and type(node.value) in (int, bool):
        yield from map(_becomes, _NUMBERS)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from map(_becomes, _TEXTS)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in INPUTS:
        yield from (_becomes(text.format(node.id)) for text in _ARRAYS)
    elif isinstance(node, ast.Call):
        yield _with_keyword
        if node.args:
            yield _without_last
            yield _with_another
        for i in range(len(node.keywords)):
            yield lambda call, i=i: call.keywords.pop(i)  # type: ignore[misc, attr-defined]
        for name in _left_out(node):
            yield from (_with_option(name, text) for text in _OPTIONS)


def _left_out(call: ast.Call) -> Iterator[str]:
    """The optional arguments of numpy's function that a call does not give."""
    given = {k.arg for k in call.keywords}
    for i, name in enumerate(_parameters(ast.unparse(call.func))):
        if name and i >= len(call.args) and name not in given | _SPOILED:
            yield name


@functools.cache
def _parameters(function: str) -> tuple[str, ...]:
    """The parameters of a function of numpy; "" for one that has to be given, or cannot by name."""
    home: Any = np
    parts = function.split(".")
    if parts[0] != "np":
        return ()
    for part in parts[1:]:
        home = getattr(home, part, None)
    if not callable(home) or isinstance(home, np.ufunc):
        return ()
    try:
        found = inspect.signature(home).parameters.values()
    except ValueError:  # a builtin without one
        return ()
    return tuple(p.name if p.default is not p.empty else "" for p in found)


def _becomes(text: str) -> Change:
    """Put another expression where a name or a constant stands."""

    def change(node: ast.AST) -> None:
        made = ast.parse(text, mode="eval").body
        node.__class__ = type(made)
        node.__dict__.clear()
        node.__dict__.update(vars(made))

    return change


def _with_keyword(call: ast.AST) -> None:
    assert isinstance(call, ast.Call)
    call.keywords.append(ast.keyword("nonsense", ast.Constant(1)))


def _with_option(name: str, text: str) -> Change:
    """Give an optional argument."""

    def change(call: ast.AST) -> None:
        assert isinstance(call, ast.Call)
        call.keywords.append(ast.keyword(name, ast.parse(text, mode="eval").body))

    return change


def _without_last(call: ast.AST) -> None:
    assert isinstance(call, ast.Call)
    call.args.pop()


def _with_another(call: ast.AST) -> None:
    assert isinstance(call, ast.Call)
    call.args.append(copy.deepcopy(call.args[-1]))
