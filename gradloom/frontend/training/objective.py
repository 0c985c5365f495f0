"""How an objective takes a batch."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final

_POSITIONAL: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)


def arguments(objective: Callable[..., Any], batch: Any, before: int) -> tuple[Any, ...]:
    """The batch as arguments: one for each array of a tuple, or the whole where the objective has
    room for one more than `before` (the weights) alone.
    """
    if not isinstance(batch, tuple):
        return (batch,)
    room = positional(objective)
    return (batch,) if room == before + 1 and len(batch) > 1 else batch


def positional(f: Callable[..., Any]) -> int | None:
    """How many positional arguments `f` takes at most; None where there is no limit, or nobody
    knows.
    """
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
        return None
    return sum(p.kind in _POSITIONAL and p.name != "key" for p in parameters)
