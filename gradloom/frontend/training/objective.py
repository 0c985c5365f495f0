"""How an objective is called: with a batch, the weights, and what else its signature asks for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, final

from gradloom.ir.errors import CallError

_POSITIONAL: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)
_GIVEN: Final = ("key", "training")
"""What an objective gets by keyword when its signature has it."""


@final
@dataclass(frozen=True, slots=True)
class Objective:
    """A function of the weights and a batch.

    `room`: how many positional arguments it takes (None: any number), `needs` how many it must
    have; `asks`: which of `key` and `training` it has in its signature.
    """

    function: Callable[..., Any]
    room: int | None
    needs: int
    asks: tuple[str, ...]

    @classmethod
    def of(cls, function: Any) -> Objective:
        """Read from the signature; raises `CallError` where it is no function."""
        if not callable(function):
            raise CallError(
                f"the objective is a {type(function).__name__}, not a function",
                hint="a function of the weights and a batch that gives the loss",
            )
        try:
            parameters = inspect.signature(function).parameters
        except (TypeError, ValueError):
            return cls(function, None, 0, ())
        asks = tuple([name for name in _GIVEN if name in parameters])
        own = [p for p in parameters.values() if p.kind in _POSITIONAL and p.name not in asks]
        many = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters.values())
        needs = sum(p.default is inspect.Parameter.empty for p in own)
        return cls(function, None if many else len(own), needs, asks)

    def spread(self, batch: Any, before: int) -> tuple[Any, ...]:
        """The batch as arguments after `before` others: each array of a tuple or list (torch's
        loaders give lists), or the whole of it where there is room for one argument only.
        """
        if not isinstance(batch, tuple | list):
            return (batch,)
        return (batch,) if self.room == before + 1 and len(batch) > 1 else tuple(batch)

    def takes_weights(self, arguments: int) -> bool:
        """Whether it must have one positional argument more than these: the weights."""
        return self.needs == arguments + 1

    def keywords(self, key: Any, training: bool) -> Mapping[str, Any]:
        """What it asks for by keyword."""
        offered = {"key": key, "training": training}
        return {name: offered[name] for name in self.asks}
