"""What rewritten functions call: one namespace for each converter, given to them as `_gl_`."""

from __future__ import annotations

from functools import partial
from itertools import repeat
from types import FunctionType, SimpleNamespace
from typing import Any, Final

from gradloom.frontend.growing import Growing
from gradloom.frontend.source.converter import Converter
from gradloom.frontend.staging import choice, objects
from gradloom.frontend.staging.advanced import through
from gradloom.frontend.staging.branch import fork
from gradloom.frontend.staging.calls import Functions, appending, by_number, call
from gradloom.frontend.staging.comprehended import box, collected, passed, sift, turns
from gradloom.frontend.staging.each import depth, each, yielded
from gradloom.frontend.staging.loop import loop
from gradloom.frontend.staging.managers import swallowed
from gradloom.frontend.staging.ordered import fresh, part
from gradloom.frontend.staging.raised import Mark, unwind
from gradloom.frontend.staging.sharing import returned
from gradloom.frontend.staging.unset import LATER, UNDEFINED
from gradloom.frontend.trace import stack
from gradloom.frontend.tracer import Tracer

PLAIN: Final = frozenset({int, float, complex, bool, str, bytes, type(None)})
"""Types of what no traced value hides in."""

_NAMES: Final[dict[str, Any]] = vars(SimpleNamespace(
    all_true=choice.all_true, and_=choice.and_, any_true=choice.any_true, appending=appending,
    assert_=choice.assert_, attribute=objects.attribute,
    box=box, by_number=by_number, call=call, chain=choice.chain, choose=choice.choose,
    collected=collected,
    content=objects.content, depth=depth, each=each, endless=repeat(None), error=Exception,
    everything=BaseException,
    fork=fork, function=FunctionType, growing=Growing, holding=objects.holding,
    holding_attribute=objects.holding_attribute, indexed=objects.indexed, int=int,
    is_=choice.is_, is_not=choice.is_not, item=objects.item, kept=choice.kept,
    known=choice.known, later=LATER, length=objects.length, loop=loop, mark=Mark,
    not_=choice.not_, or_=choice.or_, outer=objects.outer, owned=objects.owned,
    fresh=fresh, part=part, partial=partial, passed=passed, place=objects.place, plain=PLAIN,
    range=range, returned=returned, sift=sift, swallowed=swallowed, through=through,
    tracer=Tracer, turns=turns,
    type=type, undefined=UNDEFINED, unwind=unwind, yielded=yielded,
))  # fmt: skip
# Slots, which Python reads in half the time that a dict takes.
_Runtime: Final[Any] = type("Runtime", (), {"__slots__": (*_NAMES, "calm", "functions")})


def runtime_of(converter: Converter) -> object:
    """What the functions call that this converter makes."""
    converter.functions = Functions(converter)
    made = _Runtime()
    for name, value in _NAMES.items():
        setattr(made, name, value)
    made.functions = converter.functions
    made.calm = stack.trace is None  # traces around this one may have staged something
    converter.runtime = made
    return made
