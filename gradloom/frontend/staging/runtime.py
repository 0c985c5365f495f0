"""What rewritten functions call: one namespace, given to them as `_gl_`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Final

from gradloom.frontend.growing import Growing
from gradloom.frontend.staging import choice, objects
from gradloom.frontend.staging.branch import fork
from gradloom.frontend.staging.calls import by_number, call
from gradloom.frontend.staging.each import depth, each, yielded
from gradloom.frontend.staging.loop import loop
from gradloom.frontend.staging.managers import swallowed
from gradloom.frontend.staging.raised import Mark, unwind
from gradloom.frontend.staging.sharing import returned
from gradloom.frontend.staging.unset import LATER, UNDEFINED

NAMES: Final = SimpleNamespace(
    and_=choice.and_, assert_=choice.assert_, attribute=objects.attribute,
    by_number=by_number, call=call, chain=choice.chain, choose=choice.choose,
    content=objects.content, depth=depth, each=each, error=Exception, everything=BaseException,
    fork=fork, growing=Growing, holding=objects.holding,
    holding_attribute=objects.holding_attribute, indexed=objects.indexed, is_=choice.is_,
    is_not=choice.is_not, item=objects.item, kept=choice.kept, known=choice.known, later=LATER,
    length=objects.length, loop=loop, mark=Mark, not_=choice.not_, or_=choice.or_,
    outer=objects.outer, owned=objects.owned, place=objects.place, returned=returned,
    swallowed=swallowed, undefined=UNDEFINED, unwind=unwind, yielded=yielded,
)  # fmt: skip
