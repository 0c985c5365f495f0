"""The syntax tree of a program in the notation: Python's nodes, with what was marked on them.

A mark is an attribute of a node: `pipe` ("|>") of a `BinOp`, `hold` ("" for `$`, "x" for `$x`,
"$x" for `$$x`) of a `Name`, `partial` of a `Call`, `chain` ("?.") of an `Attribute`, a `Subscript`
or a `Call`, `elvis` (the places of `??`) of a `BoolOp`, `block` (statements) of a `Subscript`.
Every place is the original's.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any, Final

from gradloom.frontend.notation.skeleton import Lines, Skeleton, skeleton

_OPERATORS: Final = (ast.BitOr, ast.Pow)


def parse(text: str, filename: str = "<notation>") -> tuple[ast.Module, bool]:
    """The marked tree of a program, and whether anything of the notation is in it.

    Raises SyntaxError, which tells the line as it was written.
    """
    try:
        made = skeleton(text)
        if made.is_plain and made.text == text:
            return ast.parse(text, filename), False
        return _Marks(made, filename).tree(), True
    except SyntaxError as error:
        error.filename = filename
        raise


class _Marks:
    """Puts the marks of a skeleton on the nodes of its tree."""

    def __init__(self, made: Skeleton, filename: str) -> None:
        self._made, self._filename = made, filename
        self._lines = Lines(made.text)
        self._pipes = sorted(made.pipes)
        self._partials = sorted(made.partials)
        self._chains = sorted(made.chains)

    def tree(self) -> ast.Module:
        try:
            tree = ast.parse(self._made.text, self._filename)
        except SyntaxError as error:
            raise self._as_written(error) from None
        for node in ast.walk(tree):
            self._mark(node)
        for node in ast.walk(tree):
            self._relocate(node)
        return tree

    def _mark(self, node: Any) -> None:
        if isinstance(node, ast.Name):
            hold = self._made.holds.get(self._start(node))
            if hold is not None:
                vars(node)["hold"] = hold
        elif isinstance(node, ast.BinOp) and isinstance(node.op, _OPERATORS):
            found = self._between(self._pipes, self._stop(node.left), self._start(node.right))
            if found is not None:
                vars(node)["pipe"] = self._made.pipes[found]
        elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            self._mark_or(node)
        else:
            self._mark_chain(node)

    def _mark_or(self, node: Any) -> None:
        pairs = zip(node.values, node.values[1:], strict=False)
        gaps = [self._between(self._chains, self._stop(a), self._start(b)) for a, b in pairs]
        if any(gap is not None for gap in gaps):
            node.elvis = [gap is not None for gap in gaps]

    def _mark_chain(self, node: Any) -> None:
        if isinstance(node, ast.Call):
            stop = self._first_argument(node)
            partial = self._between(self._partials, self._stop(node.func), stop)
            vars(node)["partial"] = partial is not None
            chain = self._between(self._chains, self._stop(node.func), stop)
        elif isinstance(node, ast.Attribute):
            chain = self._between(self._chains, self._stop(node.value), self._stop(node))
        elif isinstance(node, ast.Subscript):
            chain = self._between(self._chains, self._stop(node.value), self._start(node.slice))
            block = self._made.blocks.get(self._start(node.slice))
            if block is not None and isinstance(node.slice, ast.Constant):
                vars(node)["block"] = _Marks(block, self._filename).tree().body
        else:
            return
        if chain is not None:
            vars(node)["chain"] = self._made.chains[chain]

    def _first_argument(self, node: ast.Call) -> int:
        places = [self._start(x) for x in (*node.args, *(k.value for k in node.keywords))]
        return min(places, default=self._stop(node))

    # ---- places ----------------------------------------------------------------------------------

    def _start(self, node: Any) -> int:
        return self._lines.offset(node.lineno, node.col_offset)

    def _stop(self, node: Any) -> int:
        return self._lines.offset(node.end_lineno, node.end_col_offset)

    @staticmethod
    def _between(marks: list[int], start: int, stop: int) -> int | None:
        """The first mark in a gap of the text."""
        i = bisect_left(marks, start)
        return marks[i] if i < len(marks) and marks[i] < stop else None

    def _relocate(self, node: Any) -> None:
        if not hasattr(node, "lineno"):
            return
        start, stop = self._start(node), self._stop(node)
        original = self._made.original
        node.lineno, node.col_offset = original.place(self._made.origin(start))
        node.end_lineno, node.end_col_offset = original.place(self._made.origin(stop))

    def _as_written(self, error: SyntaxError) -> SyntaxError:
        """The same error, told of the line that was written."""
        made, lines = self._made, self._made.original.text.split("\n")
        line = min(error.lineno or 1, made.text.count("\n") + 1)
        text = made.text.split("\n")[line - 1]
        at = self._lines.offset(line, 0) + min(max((error.offset or 1) - 1, 0), len(text))
        origin = made.origin(at)
        row, _ = made.original.place(origin)
        column = origin - made.original.offset(row, 0)
        kind = type(error)
        return kind(error.msg, (self._filename, row, column + 1, lines[row - 1]))


def own(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """These nodes and all inside of them, statements of blocks included."""
    for node in nodes:
        yield node
        yield from own(ast.iter_child_nodes(node))
        yield from own(getattr(node, "block", ()))
