"""What rewritten functions call: one namespace, given to them as `_gl_`."""

from __future__ import annotations

import builtins
from typing import Final

from gradloom.frontend.staging import choice
from gradloom.frontend.staging.unset import LATER, UNDEFINED
from gradloom.frontend.trace import current_trace

bool = builtins.bool
undefined: Final = UNDEFINED
later: Final = LATER
choose, and_, or_, not_ = choice.choose, choice.and_, choice.or_, choice.not_
chain, assert_ = choice.chain, choice.assert_


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
