"""The asserts of a program: what they say in its source, and the errors that users get of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, final

from gradloom.backends.site import Site
from gradloom.ir.errors import GradloomError
from gradloom.ir.graph import Graph, Node
from gradloom.ir.ops.host import error_of
from gradloom.passes.effects import asserts_in

BUILTIN: Final = {
    "AssertFailed": "AssertionError",
    "ArgumentError": "ValueError",
    "ShapeError": "ValueError",
    "MatrixError": "ValueError",
    "MissingKey": "KeyError",
    "NoAttribute": "AttributeError",
    "NumberOutOfRange": "OverflowError",
    "NothingToDivideBy": "ZeroDivisionError",
    "DtypeError": "TypeError",
    "IndexOutOfRange": "IndexError",
    "AxisOutOfRange": "IndexError",
    "ProgramRaised": "RuntimeError",
}
"""What stand-alone source raises, which knows no classes of ours."""


_RAISED: Final = (
    AssertionError, ArithmeticError, ValueError, TypeError, LookupError, AttributeError,
    RuntimeError,
)  # fmt: skip


def raised(site: Site) -> str:
    """`ValueError("...")`, as source."""
    return f"{BUILTIN[site.attrs.error]}({site.write(text_of(site.node))})"


def text_of(node: Node) -> str:
    """What the source of a program says of an assert: its message and the user's line."""
    message: str = node.attrs.message  # type: ignore[union-attr]
    return f"{message} ({node.location})" if node.location is not None else message


@final
class Claims:
    """The asserts of one graph, and the errors of those that fail."""

    __slots__ = ("_nodes",)

    def __init__(self, graph: Graph) -> None:
        self._nodes = list(asserts_in(graph))

    def __bool__(self) -> bool:
        return bool(self._nodes)

    def by_number(self, number: int) -> GradloomError:
        """The error of the assert of this number (from 1)."""
        node = self._nodes[number - 1]
        return error_of(node.attrs, node.location)

    def by_text(self, text: str) -> GradloomError | None:
        """The error of the assert that says this; None when none does."""
        found = next((node for node in self._nodes if text_of(node) in text), None)
        return None if found is None else error_of(found.attrs, found.location)


def told(
    function: Callable[..., tuple[Any, ...]], claims: Claims, coded: bool
) -> Callable[..., tuple[Any, ...]]:
    """`function`, with our errors in place of those that its source raises; when it is `coded`, its
    last result is the number of the assert that failed.
    """

    def run(*arrays: Any) -> tuple[Any, ...]:
        try:
            results = function(*arrays)
        except _RAISED as error:
            known = claims.by_text(str(error))
            if known is None:
                raise
            raise known from None
        number = int(results[-1]) if coded else 0
        if number:
            raise claims.by_number(number)
        return results[:-1] if coded else results

    return run
