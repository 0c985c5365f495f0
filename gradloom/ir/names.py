"""What values are called in text: parameters by the user's names, results by numbers.

A region has names of its own, since it captures nothing; so it reads the same alone and inside its
node. Equality of graphs compares these names, which is why printing and reading back changes none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, final

from gradloom.ir.graph import Graph, Value

NAME: Final = r"[^\W\d]\w*(?:\.\w+)*"
"""A word, or several joined by dots: `x`, `params.w1`, `layers.0.bias`."""
_NAME: Final = re.compile(NAME + r"\Z")
_OTHERS: Final = re.compile(r"\W+")


def is_name(text: str) -> bool:
    """Whether `text` can stand in a graph's text without quotes."""
    return _NAME.match(text) is not None


def parameter_names(parameters: Sequence[Value]) -> list[str]:
    """A name for each parameter, no two the same.

    `params['w']` is `params.w`, and one without a name is `arg0`.
    """
    taken: set[str] = set()
    next_suffix: dict[str, int] = {}
    names = []
    for position, parameter in enumerate(parameters):
        base = name = _cleaned(parameter.name) or f"arg{position}"
        while name in taken:
            suffix = next_suffix[base] = next_suffix.get(base, 0) + 1
            name = f"{base}_{suffix}"
        taken.add(name)
        names.append(name)
    return names


def _cleaned(name: str) -> str:
    if is_name(name):
        return name
    dotted = _OTHERS.sub(".", name).strip(".")
    return dotted if is_name(dotted) else ""


@final
class Namer:
    """The names of the values of one graph (those of its regions have namers of their own)."""

    __slots__ = ("_names", "_next")

    def __init__(self, graph: Graph) -> None:
        self._names = dict(zip(graph.parameters, parameter_names(graph.parameters), strict=True))
        self._next = 0

    def result(self, value: Value) -> str:
        """The name of a node's result: the next number."""
        name = self._names[value] = str(self._next)
        self._next += 1
        return name

    def __getitem__(self, value: Value) -> str:
        # A broken graph must print too, for the error that says so; `parse` refuses this name.
        return self._names.get(value, "?")
