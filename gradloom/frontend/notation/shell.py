"""The notation in IPython and Jupyter: `%load_ext gradloom`."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, final
from weakref import WeakKeyDictionary

from gradloom.frontend.notation.macros import WORDS
from gradloom.frontend.notation.needed import require
from gradloom.frontend.notation.program import builtin_templates, to_tree
from gradloom.frontend.notation.skeleton import skeleton
from gradloom.frontend.source.files import keep

_REMEMBERED: Final = 64
"""Cells between the text and the tree at most: a cell is parsed right after it was transformed."""
_loaded: WeakKeyDictionary[Any, Session] = WeakKeyDictionary()


@final
class Session:
    """The notation in one shell.

    A cell goes through two doors: `transform` gives IPython text that Python can parse, and `parse`
    the tree of the cell as it was written.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._templates = builtin_templates()
        self._cells: dict[str, str | SyntaxError] = {}
        self._parse: Callable[..., ast.AST] = shell.compile.ast_parse
        self._complete = shell.input_transformer_manager.check_complete
        from gradloom.frontend.notation.completion import Completion  # needs the extra

        self._completion = Completion(shell.Completer)
        self._words: dict[str, Any] = {}

    def open(self) -> None:
        """Read the shell's cells from now on, and name gradloom's words in it."""
        import gradloom

        self._shell.input_transformers_post.append(self.transform)
        self._shell.input_transformer_manager.check_complete = self.completeness
        self._shell.compile.ast_parse = self.parse
        self._completion.open()
        names = self._shell.user_ns
        for word in WORDS:
            if word not in names:
                self._words[word] = names[word] = getattr(gradloom, word)

    def close(self) -> None:
        """Leave the shell as it was: names that the user has given values stay."""
        transformers = self._shell.input_transformers_post
        if self.transform in transformers:
            transformers.remove(self.transform)
        vars(self._shell.compile).pop("ast_parse", None)
        vars(self._shell.input_transformer_manager).pop("check_complete", None)
        self._completion.close()
        names = self._shell.user_ns
        for word, value in self._words.items():
            if names.get(word) is value:
                del names[word]
        self._words.clear()

    def transform(self, lines: list[str]) -> list[str]:
        """A cell as text that Python can parse, line for line; a plain one as it is."""
        text = "".join(lines)
        try:
            made = skeleton(text)
        except SyntaxError as error:
            self._remember(text, error)
            return lines
        if made.is_plain and made.text == text:
            return lines
        self._remember(made.text, text)
        return made.text.splitlines(keepends=True)

    def completeness(self, cell: str) -> tuple[str, int | None]:
        """Whether a cell is complete, and how far the next line is indented (the prompt asks)."""
        with suppress(SyntaxError):  # Python tells what is wrong
            cell = skeleton(cell).text
        told: tuple[str, int | None] = self._complete(cell)
        return told

    def _remember(self, text: str, cell: str | SyntaxError) -> None:
        self._cells.pop(text, None)
        if len(self._cells) >= _REMEMBERED:
            del self._cells[next(iter(self._cells))]
        self._cells[text] = cell

    def parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> ast.AST:
        """The tree of a cell, whose places are those of the cell as it was written."""
        cell = self._cells.get(source, source)
        if isinstance(cell, SyntaxError):
            cell.filename = filename
            raise cell
        if cell is not source:  # tracebacks show what was written
            lines = [line + "\n" for line in cell.removesuffix("\n").split("\n")]
            linecache.cache[filename] = (len(cell), None, lines, filename)
        tree = self._tree(cell, filename)
        return self._parse(source, filename, symbol) if tree is None else tree

    def _tree(self, cell: str, filename: str) -> ast.Module | None:
        names = self._shell.user_ns
        tree = to_tree(cell, filename, templates=self._templates, namespace=names)
        if tree is not None:
            keep(filename, cell, tree)
        return tree


def load(shell: Any) -> None:
    """Turn the notation on in a shell; nothing where it is on already.

    Raises BackendMissing where its packages are not installed.

    >>> from IPython.core.interactiveshell import InteractiveShell
    >>> shell = InteractiveShell()
    >>> load(shell)
    >>> shell.run_cell("total = [1, 2] |> map[$ + 1] |> sum").success, shell.user_ns["total"]
    (True, 5)
    >>> unload(shell)
    """
    require()
    if shell not in _loaded:
        session = _loaded[shell] = Session(shell)
        session.open()


def unload(shell: Any) -> None:
    """Turn the notation off in a shell; nothing where it is off.

    >>> from IPython.core.interactiveshell import InteractiveShell
    >>> unload(InteractiveShell())
    """
    session = _loaded.pop(shell, None)
    if session is not None:
        session.close()
