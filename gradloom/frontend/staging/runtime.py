"""What rewritten functions call: one namespace, given to them as `_gl_`."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from types import BuiltinFunctionType, BuiltinMethodType
from typing import Any, Final

from gradloom.frontend.staging import choice, places
from gradloom.frontend.staging.branch import fork
from gradloom.frontend.staging.calls import by_number, call
from gradloom.frontend.staging.loop import loop
from gradloom.frontend.staging.sharing import returned
from gradloom.frontend.staging.unset import LATER, UNDEFINED
from gradloom.frontend.trace import current_trace

bool = builtins.bool
undefined: Final = UNDEFINED
later: Final = LATER
choose, and_, or_, not_ = choice.choose, choice.and_, choice.or_, choice.not_
chain, assert_ = choice.chain, choice.assert_


def attribute(owner: Any, name: str) -> Any:
    """The owner, whose attribute is about to change."""
    trace = current_trace()
    if trace is not None and trace.regions:
        trace.regions[-1].note_attribute(owner, name)
    return owner


def content(owner: Any) -> Any:
    """The owner, which is about to change if it is a list, dict, set or deque."""
    if isinstance(owner, places.CONTAINERS):
        trace = current_trace()
        if trace is not None and trace.regions:
            trace.regions[-1].note_content(owner)
    return owner


def mark() -> int:
    """How many regions are open."""
    trace = current_trace()
    return 0 if trace is None else len(trace.regions)


def unwind(depth: int) -> None:
    """Leave the regions that were opened since, after an exception came out of them."""
    trace = current_trace()
    if trace is not None and len(trace.regions) > depth:
        for region in reversed(trace.regions[depth:]):
            region.close()
            region.restore()


__all__ = ["and_", "assert_", "attribute", "bool", "by_number", "call", "chain", "choose",
           "content", "fork", "later", "loop", "mark", "not_", "or_", "returned", "undefined", "unwind"]  # fmt: skip
