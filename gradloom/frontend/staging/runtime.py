"""What rewritten functions call: one namespace, given to them as `_gl_`."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Final

from gradloom.frontend.growing import Growing
from gradloom.frontend.staging import choice, objects
from gradloom.frontend.staging.branch import fork
from gradloom.frontend.staging.calls import by_number, call
from gradloom.frontend.staging.loop import loop
from gradloom.frontend.staging.regions import leave_regions
from gradloom.frontend.staging.sharing import returned
from gradloom.frontend.staging.unset import LATER, UNDEFINED
from gradloom.frontend.trace import current_trace
from gradloom.ir.errors import TraceError
from gradloom.ir.location import user_location


def mark() -> int:
    """How many regions are open."""
    trace = current_trace()
    return 0 if trace is None else len(trace.regions)


def unwind(depth: int) -> None:
    """Leave the regions that were opened since, after an exception came out of them.

    Which of the ways came here, only the program knows: that is refused.
    """
    trace = current_trace()
    if trace is None or len(trace.regions) <= depth:
        return
    leave_regions(trace, depth)
    error = sys.exception()
    raise TraceError(
        f"an exception under a traced condition is caught outside of it: {error!r}",
        location=user_location(),
        hint="put the `try` into the branch, or the check before the `if`",
    )  # fmt: skip


NAMES: Final = SimpleNamespace(
    and_=choice.and_, assert_=choice.assert_, attribute=objects.attribute,
    by_number=by_number, call=call, chain=choice.chain, choose=choice.choose,
    content=objects.content, fork=fork, growing=Growing, indexed=objects.indexed,
    item=objects.item, kept=choice.kept, known=choice.known, later=LATER,
    length=objects.length, loop=loop, mark=mark, not_=choice.not_, or_=choice.or_,
    owned=objects.owned, place=objects.place, returned=returned, undefined=UNDEFINED,
    unwind=unwind,
)  # fmt: skip
