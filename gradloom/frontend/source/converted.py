"""Functions as a rewrite of their source makes them, worked out once per code object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import CodeType, FunctionType
from typing import Final, final

from gradloom.frontend.source.find import Absent, Definition, definition
from gradloom.frontend.source.identity import ByIdentity
from gradloom.frontend.source.owners import owner
from gradloom.frontend.source.rebuild import FunctionNode, rebuilt_code, with_code

Rewrite = Callable[[FunctionNode, Definition], "FunctionNode | Absent | None"]
"""A node of its own that may be changed -> the changed node, None where nothing is to change, or
why it cannot be.
"""
_UNSEEN: Final = Absent("nobody has called it in a trace")


def convertible(function: object) -> str:
    """Why the source of a function is not looked at; "" where it is.

    >>> import textwrap
    >>> convertible(textwrap.wrap)
    "it belongs to Python's standard library"
    """
    if type(function) is not FunctionType:
        return "it is not written in Python"
    whose = owner(function.__code__.co_filename)
    return f"it belongs to {whose}" if whose else ""


@final
class Rewriter:
    """A rewrite and the code that it has made.

    `names` are what the rewritten code refers to beside the user's own variables. `count`: how many
    code objects it has looked for in their source.
    """

    __slots__ = ("_known", "_rewrite", "count", "names")

    def __init__(self, rewrite: Rewrite, names: tuple[str, ...]) -> None:
        self._rewrite = rewrite
        self.names = names
        self.count = 0
        self._known: ByIdentity[CodeType, CodeType | Absent | None] = ByIdentity()

    def convert(self, function: FunctionType, given: Mapping[str, object]) -> FunctionType:
        """The function with its rewritten code; itself where there is none."""
        code = function.__code__
        made = self._known.get(code, _UNSEEN)
        if made is _UNSEEN:
            made = self._known[code] = self._work_out(function)
        return with_code(function, made, given) if isinstance(made, CodeType) else function

    def forget(self) -> None:
        """Work out every function anew: a benchmark of it starts with this."""
        self._known = ByIdentity()

    def why_not(self, code: CodeType) -> str:
        """Why the functions of a code object are left as they are; "" where nothing is wrong."""
        found = self._known.get(code, None)
        return found.reason if isinstance(found, Absent) else ""

    def _work_out(self, function: FunctionType) -> CodeType | Absent | None:
        reason = convertible(function)
        if reason:
            return Absent(reason)
        self.count += 1
        found = definition(function.__code__, function.__globals__)
        if isinstance(found, Absent):
            return found
        try:
            node = self._rewrite(found.node, found)
            if node is None or isinstance(node, Absent):
                return node
            made = rebuilt_code(function.__code__, node, self.names)
        except (SyntaxError, RecursionError) as error:  # blocks nested deeper than Python takes
            return Absent(f"Python does not take it when it is rewritten: {error}")
        self._remember(made)
        return made

    def _remember(self, made: CodeType) -> None:
        """Leave alone what has been rewritten, and the functions inside of it."""
        self._known[made] = None
        for inner in made.co_consts:
            if isinstance(inner, CodeType):
                self._remember(inner)
