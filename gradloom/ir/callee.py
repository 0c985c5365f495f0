"""A Python function that a graph calls: it prints as its symbol, and no file holds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final


@final
class Callee:
    """A function by the symbol that texts write for it; two are equal when both are the same."""

    __slots__ = ("function", "symbol")

    def __init__(self, symbol: str, function: Callable[..., Any]) -> None:
        self.symbol = symbol
        self.function = function

    def __call__(self, *values: Any) -> Any:
        """What the function returns."""
        return self.function(*values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Callee):
            return False
        return self.symbol == other.symbol and self.function is other.function

    def __hash__(self) -> int:
        return hash(self.symbol)

    def __repr__(self) -> str:
        return f"Callee({self.symbol!r})"
