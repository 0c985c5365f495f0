"""What a loop carries from turn to turn: the variables, arrays, lists and attributes that its body
changes, found by recording the body until nothing more is found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, final

import numpy as np

from gradloom.frontend.growing import Growing, Grown, State, grown
from gradloom.frontend.numpy.views import lose
from gradloom.frontend.source.syntax import RESULT
from gradloom.frontend.staging.branch import disagreement, quoted
from gradloom.frontend.staging.ends import (
    MADE,
    Ends,
    Leaf,
    as_type,
    common,
    ends_of,
    is_same,
    zeros,
)  # fmt: skip
from gradloom.frontend.staging.leaks import require_no_globals
from gradloom.frontend.staging.lengthened import Recorded, lengthened, may_lengthen
from gradloom.frontend.staging.paths import note, set_array
from gradloom.frontend.staging.places import Handle, Place
from gradloom.frontend.staging.reach import is_reachable
from gradloom.frontend.staging.regions import Region
from gradloom.frontend.staging.sharing import Family
from gradloom.frontend.staging.slots import Slot, hint, parameters_of, slots_of
from gradloom.frontend.staging.structure import put_together
from gradloom.frontend.staging.twins import note_twins
from gradloom.frontend.staging.united import fits, united
from gradloom.frontend.staging.unset import LATER, UNDEFINED, Unset, at
from gradloom.frontend.trace import Trace, require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir.graph import Operand, Value, literal
from gradloom.ir.location import Location
from gradloom.ir.types import TensorType, tensor_type

_INDEX = tensor_type(np.dtype(np.int64), ())


@final
@dataclass(slots=True)
class Variable:
    """A variable, or what a list or attribute holds: its leaves, and those that are carried."""

    name: str
    line: int
    first: Ends | None
    slots: dict[int, Slot] = field(default_factory=dict)
    unset: Unset | None = None
    gate: Unset | None = None
    """Has the flags with which the variable has a value only where none of them is set."""
    entered: Any = None
    last: Any = MADE
    lengthens: Callable[[State], Any] | None = grown
    """Makes what it is where it is a list that gets longer; None where it may not."""
    short: Ends | None = None
    """What such a list was before the loop."""

    def learn(
        self, last: Ends | None, location: Location | None, turns: Recorded,
        why: Unset | None = None,
    ) -> bool:  # fmt: skip
        """Take in what it is after a turn; whether that brought nothing new. `why`: what stands in
        it then, where it has lost its value.
        """
        if self.unset is not None:
            return True
        first = self.first
        if first is None or last is None:
            if last is not None or first is not None:
                # what it is where no flag is set, the turn alone has
                lost = None if why is None else why.only(frozenset(), UNDEFINED)
                self.unset = self._undefined(location) if lost is None else lost
                self.slots.clear()  # what earlier turns brought is not carried any more
            return first is None
        is_settled = self._learn_flags(why)
        if last.raw is self.entered and type(last.raw) is not Tracer:
            return is_settled
        if first.raw is LATER:
            self.entered = Ends(last.raw, zeros(last.leaves), last.tree)
            return self._begin(self.entered)
        trace = require_trace()
        entered = ends_of(self.entered, trace)
        if self.lengthens is not None and may_lengthen(first, entered, last):
            self.short = first if self.short is None else self.short
            both = lengthened(self.short, entered, last, turns, self.lengthens)
            if both is None:
                return self._disagree(last, location)
            if both[0].tree != entered.tree:
                return self._begin(both[0])
            last = both[1]
        elif not fits(entered, last):
            told = self._apart(last, location).error
            pair = united(entered, last, trace, told, names_only=True)
            begun = None if pair is None else united(first, pair[1], trace, told, names_only=True)
            if pair is None or begun is None:
                return self._disagree(last, location)
            last = pair[1]
            if pair[0].tree != entered.tree:
                return self._begin(begun[0])
        for i, leaf in enumerate(last.leaves):
            slot = self.slots.get(i)
            if slot is None:
                if is_same(entered.leaves[i], leaf):
                    continue
                start = first.leaves[i]
                if start.operand is None:
                    return self._disagree(last, location)
                slot = self.slots[i] = Slot(start, start.type, start.kind)
                is_settled = False
            agreed = common(Leaf(None, literal(0, slot.type), slot.kind), leaf)
            if agreed is None:
                return self._disagree(last, location)
            if agreed != (slot.type, slot.kind):
                slot.type, slot.kind = agreed
                is_settled = False
            slot.last = leaf
        self.last = last.raw
        return is_settled

    def _begin(self, first: Ends) -> bool:
        """Begin with this, all numbers of which are carried."""
        self.first = first
        self.slots = slots_of(first)
        return False

    def _learn_flags(self, why: Unset | None) -> bool:
        """Take in which flags leave it without a value; whether these are known."""
        known = frozenset() if self.gate is None else self.gate.flags
        if why is None or why.flags <= known:
            return True
        self.gate = why.only(why.flags | known, UNDEFINED)
        return False

    def gated(self, value: Any, unset: frozenset[str] = frozenset()) -> Any:
        """What the user's variable holds: a value that is there only where no flag is set, as those
        in `unset` are not.
        """
        if self.gate is None or self.unset is not None:
            return value
        return self.gate.only(self.gate.flags, value).settled(unset)

    def _undefined(self, location: Location | None) -> Unset:
        return Unset(
            f"'{self.name}' has a value{at(self.line, location)} only after a turn of the loop, "
            "and the loop may never run: its end is traced",
            f"give '{self.name}' a value before the loop", location,
        )  # fmt: skip

    def _disagree(self, last: Ends, location: Location | None) -> bool:
        self.unset = self._apart(last, location)
        self.slots.clear()
        return False

    def _apart(self, last: Ends, location: Location | None) -> Unset:
        assert self.first is not None
        what = "the function returns" if self.name == RESULT else f"{quoted(self.name)} is"
        return Unset(
            f"{what} {self.first.told()} before the loop, and {last.told()}"
            f"{at(self.line, location)} after a turn of it",
            hint(self.name, self.first, last), location, disagreement(self.first, last),
        )  # fmt: skip

    def value(self, family: Family, operands: dict[int, Operand], after: bool) -> Any:
        """The value with these operands in the places that are carried."""
        if self.unset is not None:
            return self.unset if after or self.first is not None else UNDEFINED
        if self.first is None:
            return UNDEFINED
        if not self.slots:
            return self.first.raw
        leaves = [leaf.raw for leaf in self.first.leaves]
        for i, slot in self.slots.items():
            ways = (slot.first, slot.last if slot.last is not None else slot.first)
            leaves[i] = family.made(operands[i], slot.kind, ways, self.name == RESULT)
        if self.first.tree is None:
            return leaves[0]
        before = self.first if self.short is None else self.short
        return note_twins(put_together(self.first.tree, leaves), (before.raw, self.last))


@final
class Carry:
    """Everything that a loop carries, and the parameters of its body."""

    def __init__(
        self, names: tuple[tuple[str, int], ...], values: dict[str, Any], frame: FrameType,
        position: int | None, location: Location | None, most: int | None = None,
    ) -> None:  # fmt: skip
        """`most`: how many turns there are at most, where that is known."""
        trace = require_trace()
        self._most = most
        self._region: Region | None = None
        self._trace: Trace = trace
        self._frame = frame
        self._values = values
        self._location = location
        self._position = position
        self.index: Any = None
        self.parameters: list[Value] = []
        self._variables = [Variable(n, line, _ends(values[n], trace)) for n, line in names]
        self._unset: dict[str, Unset] = {}
        for variable in self._variables:
            held = values[variable.name]
            if type(held) is Unset and held.made is UNDEFINED:
                self._unset[variable.name] = held
            elif type(held) is Unset:
                variable.gate = held.only(held.flags, UNDEFINED)
        self._contents: dict[tuple[int, str], tuple[Place, Variable]] = {}
        self._arrays: dict[int, tuple[Handle, Slot | None]] = {}
        self._ends: dict[str, Ends | None] = {}
        self._lost: dict[str, Unset] = {}
        self._changed: dict[tuple[int, str], tuple[Place, Ends]] = {}
        self._written: dict[int, tuple[Handle, Operand | None]] = {}

    # ---- a turn ----------------------------------------------------------------------------------

    def start(self, region: Region, flags: frozenset[str]) -> tuple[Any, ...]:
        """The variables with which the turn in this region begins: none of the flags is set."""
        self.parameters = []
        family = Family()
        if self._position is not None:
            self.index = Tracer(self._trace, self._parameter(_INDEX, "turn"), "weak")
        for variable in self._all():
            for i, slot in variable.slots.items():
                slot.parameter = self._parameter(slot.type, variable.name if not i else "")
            variable.entered = variable.value(family, parameters_of(variable.slots), False)
        for place, variable in self._contents.values():
            region.note_place(place.again())
            place.write(variable.entered)
        for handle, carried in self._arrays.values():
            region.note(handle.array)
            if carried is None:
                lose(handle.array)
                continue
            carried.parameter = self._parameter(carried.type, "")
            handle.array._value = carried.parameter
            handle.array.version += 1
        entered = {
            v.name: self._unset.get(v.name, v.gated(v.entered, flags)) for v in self._variables
        }
        require_no_globals(self._frame, self._values, entered)
        return tuple(entered.values())

    def _all(self) -> list[Variable]:
        return [*self._variables, *(variable for _, variable in self._contents.values())]

    def _parameter(self, type: TensorType, name: str) -> Value:
        value = Value(type, name=name if name.isidentifier() else "")
        self.parameters.append(value)
        return value

    def end(self, region: Region, values: dict[str, Any]) -> None:
        """Keep what the turn ended with, before everything is put back."""
        self._region = region
        self._ends = {n: _ends(x, self._trace) for n, x in values.items()}
        self._lost = {n: x for n, x in values.items() if type(x) is Unset}
        self._changed, self._written = {}, {}
        for key, place in region.places.items():
            if isinstance(place, Place):
                self._changed[key] = place, ends_of(place.read(), self._trace)
            elif place.is_root and (place.is_changed or place.is_lost):
                value = None if place.is_lost else place.array.value
                self._written[key[0]] = place, value

    def settle(self) -> bool:
        """Learn from the turn, after all was put back; whether it brought nothing new."""
        turns = self._recorded()
        news = [
            not v.learn(self._ends[v.name], self._location, turns, self._lost.get(v.name))
            for v in self._variables
        ]
        news += [self._learn_content(key, *found, turns) for key, found in self._changed.items()]
        news += [self._learn_array(key, *found) for key, found in self._written.items()]
        return not any(news)

    def _recorded(self) -> Recorded:
        assert self._region is not None
        return Recorded(self._region, self._most)

    def _learn_content(
        self, key: tuple[int, str], place: Place, last: Ends, turns: Recorded
    ) -> bool:
        known = self._contents.get(key)
        if known is None:
            if not is_reachable(place.owner, self._frame, self._values):
                return False  # it was made in this turn
            first = ends_of(place.saved, self._trace)
            name = place.called(self._frame)
            lengthens = _itself if isinstance(place.owner, Growing | Grown) else None
            known = place, Variable(
                name, place.line, first, entered=place.saved, lengthens=lengthens
            )  # fmt: skip
        is_new = not known[1].learn(last, self._location, turns)
        if known[1].unset is not None:
            raise known[1].unset.error()
        if known[1].slots:
            is_new = is_new or key not in self._contents
            self._contents[key] = known
        return is_new

    def _learn_array(self, key: int, handle: Handle, last: Operand | None) -> bool:
        known = self._arrays.get(key)
        if known is None:
            type = handle.value.type
            first = Leaf(None, handle.value, "array", None)
            self._arrays[key] = known = (
                handle, None if last is None else Slot(first, type, "array"),
            )  # fmt: skip
            is_new = True
        else:
            is_new = last is None and known[1] is not None
            if is_new:
                self._arrays[key] = known = known[0], None
        known[0].last = max(known[0].last, handle.last)
        if known[1] is not None:
            known[1].last = Leaf(None, last, "array", None)
        return is_new

    # ---- the loop --------------------------------------------------------------------------------

    def _slots(self) -> list[Slot]:
        slots = [slot for variable in self._all() for slot in variable.slots.values()]
        return slots + [slot for _, slot in self._arrays.values() if slot is not None]

    def initial(self) -> list[Operand]:
        """The operands that the loop starts with."""
        start: list[Operand] = [] if self._position is None else [literal(self._position, _INDEX)]
        for slot in self._slots():
            assert slot.first.operand is not None
            start.append(as_type(slot.first.operand, slot.type))
        return start

    def results(self) -> list[Operand]:
        """The operands that a turn ends with."""
        ends: list[Operand] = [] if self._position is None else [self.index.here(self._trace)]
        for slot in self._slots():
            leaf = slot.last
            operand = slot.parameter if leaf is None else leaf.operand
            assert operand is not None
            ends.append(as_type(operand, slot.type))
        return ends

    def finish(self, outs: tuple[Operand, ...]) -> tuple[Any, ...]:
        """The variables after the loop; arrays, lists and attributes are set."""
        rest = iter(outs if self._position is None else outs[1:])
        family = Family()
        values: dict[int, Any] = {}
        for variable in self._all():
            operands = {i: next(rest) for i in variable.slots}
            values[id(variable)] = variable.value(family, operands, True)
        for place, variable in self._contents.values():
            note(place)
            place.write(values[id(variable)])
        for handle, slot in self._arrays.values():
            value = None if slot is None else next(rest)
            set_array(handle.array, value, handle.last + 1)
        return tuple([self._unset.get(v.name, v.gated(values[id(v)])) for v in self._variables])


def _itself(state: State) -> State:
    return state


def _ends(x: Any, trace: Trace) -> Ends | None:
    """What a variable holds, where no flag is set; None where it holds nothing."""
    held = x.made if type(x) is Unset else x
    return None if held is UNDEFINED else ends_of(held, trace)
