"""`while` and `for` whose end is traced: the body runs a few times in the user's own frame, until
it is known what it changes and with which types; then it is the body of one `while` in the graph.

The loop is turned round: its first test stands before it, and each turn ends with the next test,
whose truth is carried along. So a test runs as often as in Python.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any, Final, final

from gradloom.frontend.builtins.truth import asked
from gradloom.frontend.growing import Grown
from gradloom.frontend.staging.branch import condition_of, truth, variables_of
from gradloom.frontend.staging.carry import Carry
from gradloom.frontend.staging.regions import Region, captured, graph_of, needed
from gradloom.frontend.staging.turns import Turns
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.build import located
from gradloom.ir.errors import TraceError
from gradloom.ir.graph import Graph, Operand, Value, literal
from gradloom.ir.location import user_location
from gradloom.ir.ops.loops import While
from gradloom.ir.ops.rules import BOOL
from gradloom.ir.types import tensor_type

_BOOL: Final = tensor_type(BOOL, ())
_TRIALS: Final = 100
"""Turns recorded at most: each but the last finds at least one more thing that changes."""


@final
class Loop:
    """A loop that is run by Python until its end depends on a traced value.

    Rewritten code asks `decide(test)` before every turn: True runs the body, False leaves, None
    starts over with the variables that `enter()` gives.
    """

    __slots__ = ("_carry", "_condition", "_flags", "_item", "_location", "_names", "_region",
                 "_result", "_step", "_trials", "_turns", "enters", "over")  # fmt: skip

    def __init__(
        self, names: tuple[tuple[str, int], ...], flags: tuple[str, ...], turns: Turns | None = None
    ) -> None:
        self._names = names
        self._flags = frozenset(flags)
        self._turns = turns
        self._step = turns.step if turns is not None and not turns.is_traced else None
        self.enters = False
        self.over = False
        self._carry: Carry | None = None
        self._region: Region | None = None
        self._result: tuple[Any, ...] = ()
        self._item: Any = None
        self._trials = 0

    # ---- what rewritten code asks ----------------------------------------------------------------

    def decide(self, test: Any) -> bool | None:
        """Whether another turn begins; None: start over with what `enter` gives."""
        if self._region is not None:
            self._end_of_turn(asked(test), sys._getframe(1))
            return None
        test = asked(test)
        if test is True and self._step is not None:
            return self._step()
        held = truth(test)
        if held is False:
            return False
        if held and self._turns is None:
            return True
        turns = self._turns
        if turns is not None and not turns.is_traced and (held or turns.more(None) is False):
            return turns.step()
        self._begin(test, sys._getframe(1))
        return None

    def ahead(self) -> Iterator[Any] | None:
        """The items, where nothing traced can end the loop."""
        assert self._turns is not None
        return self._turns.ahead()

    def enter(self) -> tuple[Any, ...]:
        """The variables with which a turn is recorded, or those after the loop."""
        self.enters = False
        if self.over:
            return self._result
        assert self._carry is not None
        self._region = Region(require_trace(), repeats=True)
        return self._carry.start(self._region, self._flags)

    def item(self) -> Any:
        """The item of this turn."""
        assert self._turns is not None
        if self._carry is None:
            return self._turns.current
        return self._turns.item(self._carry.index)

    # ---- recording -------------------------------------------------------------------------------

    def _begin(self, test: Any, frame: FrameType) -> None:
        """The first test that is traced: record turns from here on."""
        self._location = user_location(1)
        with located(self._location):
            self._condition = self._another(test, None)
            self._carry = Carry(
                self._names, variables_of(frame, [n for n, _ in self._names]), frame,
                self._turns.position if self._turns is not None else None, self._location,
                self._turns.left() if self._turns is not None else None,
            )  # fmt: skip
        self.enters = True

    def _another(self, test: Any, index: Any) -> Operand:
        """Whether another turn begins, as an operand."""
        more = True if self._turns is None else self._turns.more(index)
        parts = [condition_of(x) for x in (test, more) if type(x) in (Tracer, Grown)]
        if len(parts) == 2:
            return o.logical_and(*parts)  # type: ignore[no-any-return]
        return parts[0] if parts else literal(bool(more), _BOOL)

    def _end_of_turn(self, test: Any, frame: FrameType) -> None:
        """The end of a recorded turn: make the loop, or record another with what was learnt."""
        region, carry = self._region, self._carry
        assert region is not None
        assert carry is not None
        self._trials += 1
        if self._trials > _TRIALS:
            raise TraceError(
                "a loop's variables change their types in every turn",
                location=self._location, hint="keep shapes and dtypes the same",
            )  # fmt: skip
        with located(self._location):
            again = self._again(test, carry)
            carry.end(region, variables_of(frame, [n for n, _ in self._names]))
        self._region = None
        region.close()
        region.restore()
        self.enters = True
        if carry.settle():
            with located(self._location):
                self._emit(region, carry, again)

    def _again(self, test: Any, carry: Carry) -> Operand:
        held = truth(test)
        if held is False:  # the first turn is the last
            return literal(False, _BOOL)
        if self._turns is not None:
            carry.index = carry.index + 1
        return self._another(test if held is None else True, carry.index)

    def _emit(self, region: Region, carry: Carry, again: Operand) -> None:
        with build.scope(region.builder):
            results = [again, *carry.results()]
        nodes = needed(region.builder.nodes, results)
        outside = captured(nodes, results, carry.parameters)
        pred = Value(self._condition.type)
        body = graph_of(nodes, results, [*outside, pred, *carry.parameters], "body")
        inner = [Value(v.type) for v in (*outside, pred, *carry.parameters)]
        test = Graph(tuple(inner), (), (inner[len(outside)],), "test")
        outs = build.emit(
            o.while_, (*outside, self._condition, *carry.initial()), While(len(outside)),
            (test, body),
        )  # fmt: skip
        self._result = carry.finish(outs[1:])
        self._carry = None
        self.over = True


_NONE: Final[Any] = object()


def loop(names: tuple[tuple[str, int], ...], flags: tuple[str, ...], iterable: Any = _NONE) -> Loop:
    """The loop of a `while`, or of a `for` through the iterable; `names`: the variables that its
    body sets, each with the last line that does; `flags`: those that end it where they are set.
    """
    return Loop(names, flags, None if iterable is _NONE else Turns(iterable))
