"""What rewritten functions call: one namespace, given to them as `_gl_`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Final

from gradloom.frontend.staging import choice, objects
from gradloom.frontend.staging.branch import fork
from gradloom.frontend.staging.calls import by_number, call
from gradloom.frontend.staging.loop import loop
from gradloom.frontend.staging.sharing import returned
from gradloom.frontend.staging.unset import LATER, UNDEFINED
from gradloom.frontend.trace import current_trace


def mark() -> int:
    """How many regions are open."""
    trace = current_trace()
    return 0 if trace is None else len(trace.regions)


def unwind(depth: int) -> None:
    """Leave the regions that were opened since, after an exception came out of them."""
    trace = current_trace()
    if trace is not None:
        for region in reversed(trace.regions[depth:]):
            region.close()
            region.restore()


NAMES: Final = SimpleNamespace(
    and_=choice.and_, assert_=choice.assert_, attribute=objects.attribute,
    by_number=by_number, call=call, chain=choice.chain, choose=choice.choose,
    content=objects.content, fork=fork, indexed=objects.indexed, item=objects.item,
    kept=choice.kept, known=choice.known, later=LATER, loop=loop, mark=mark, not_=choice.not_,
    or_=choice.or_, owned=objects.owned, returned=returned, undefined=UNDEFINED, unwind=unwind,
)  # fmt: skip
