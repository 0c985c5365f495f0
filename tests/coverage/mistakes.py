"""Sample programs made wrong: another axis, shape, dtype, keyword or number of arguments.

Each change is one that a user makes. Many are errors to numpy; those have to be errors here.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Final

from tests.coverage.inputs import INPUTS
from tests.coverage.program import Program

_NUMBERS: Final = ("9", "-7", "1.5", "'no'", "[0, 0]")
_ARRAYS: Final = (
    "{}[:1]", "{}[..., :2]", "{}[..., None]", "{}.ravel()", "{}[0]", "{} > 0", "{}.astype(int)",
    "{} * 1j", "{}[:0]",
)  # fmt: skip
_TEXTS: Final = ("'no'", "3")


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


def _without_last(call: ast.AST) -> None:
    assert isinstance(call, ast.Call)
    call.args.pop()


def _with_another(call: ast.AST) -> None:
    assert isinstance(call, ast.Call)
    call.args.append(copy.deepcopy(call.args[-1]))
