"""The converter with a rewrite that sends every call through it, and what it is tried on."""

import functools
from typing import Any

from gradloom.frontend.source.converted import Rewriter
from gradloom.frontend.source.converter import Converter
from gradloom.frontend.source.find import Definition
from gradloom.frontend.source.rebuild import FunctionNode
from tests.frontend.source.calls import HOOK, through_hook

seen: list[str] = []


def rewritten(node: FunctionNode, found: Definition) -> FunctionNode:
    """Every call goes through `c`, and every function is noted."""
    seen.append(getattr(node, "name", "<lambda>"))
    return through_hook(node)


class Hook:
    """What rewritten code calls: the converter, and a note of what it was asked for."""

    def __init__(self, rewriter: Rewriter, **options: Any) -> None:
        self.asked: list[Any] = []
        self.converter = Converter(rewriter, {HOOK: self}, **options)

    def c(self, f: Any) -> Any:
        self.asked.append(f)
        return self.converter.c(f)


def fresh_hook() -> Hook:
    seen.clear()
    return Hook(Rewriter(rewritten, (HOOK,)))


def inner(x: int) -> int:
    return abs(x) + 1


class Model:
    def __init__(self, k: int) -> None:
        self.k = inner(k)

    def __call__(self, x: int) -> int:
        return inner(x) + self.k

    def __eq__(self, other: object) -> bool:
        raise AssertionError("nobody compares")

    __hash__ = None  # type: ignore[assignment]

    @functools.singledispatchmethod
    def told(self, x: object) -> str:
        return f"object {inner(1)}"

    @told.register
    def _(self, x: int) -> str:
        return f"int {inner(x)}"

    half = functools.partialmethod(__call__, 4)
