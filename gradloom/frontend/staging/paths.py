"""Two ways through a piece of Python, each recorded into a region, joined into one `cond`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.growing import Growing, Grown, State, is_grown
from gradloom.frontend.numpy.views import lose
from gradloom.frontend.signature import unflatten
from gradloom.frontend.source.syntax import RESULT
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
from gradloom.frontend.staging.places import CONTENT, Handle, Place
from gradloom.frontend.staging.reach import is_reachable
from gradloom.frontend.staging.regions import Region, captured, graph_of, needed
from gradloom.frontend.staging.sharing import Family
from gradloom.frontend.staging.twins import note_twins
from gradloom.frontend.staging.unequal import unequal
from gradloom.frontend.staging.unset import LATER, UNDEFINED, Unset, at
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import NotSupported, TraceError
from gradloom.ir.graph import Literal, Operand, Value
from gradloom.ir.location import user_location
from gradloom.ir.ops.host import Claim
from gradloom.ir.types import TensorType
from gradloom.passes.effects import has_effect

_KINDS: Final[Mapping[type[BaseException], str]] = {
    AssertionError: "AssertFailed", IndexError: "IndexOutOfRange",
    np.linalg.LinAlgError: "MatrixError",
    ZeroDivisionError: "NothingToDivideBy", ValueError: "ArgumentError", TypeError: "DtypeError",
}  # fmt: skip
"""What is raised in place of a user's exception: an error that is one of these too."""


@final
@dataclass(frozen=True, slots=True)
class Path:
    """One way, recorded: the values of variables at its end, and of all else that it changed."""

    region: Region
    variables: Mapping[str, Ends | None]
    contents: Mapping[tuple[int, str], tuple[Place, Ends]]
    arrays: Mapping[int, tuple[Handle, Operand | None]]
    """Arrays that were written; None for the content of one that became unknown."""
    unset: Mapping[str, Unset]
    """Variables that have lost their value on the way."""

    @contextlib.contextmanager
    def resumed(self) -> Iterator[None]:
        """Record at its end again: what it changed is as it was there."""
        before: list[Place | Handle] = [place.again() for place, _ in self.contents.values()]
        before += [Handle(handle.array) for handle, _ in self.arrays.values()]
        for place, ends in self.contents.values():
            place.write(ends.raw)
        for handle, value in self.arrays.values():
            set_array(handle.array, value, handle.last + 1)
        self.region.open()
        try:
            yield
        finally:
            self.region.close()
            for kept in before:
                kept.restore()


def ended(region: Region, variables: Mapping[str, Any]) -> Path:
    """The way recorded in this region, which is closed, with everything put back."""
    trace = region.trace
    made = {
        name: None if x is UNDEFINED or type(x) is Unset else ends_of(x, trace)
        for name, x in variables.items()
    }
    contents: dict[tuple[int, str], tuple[Place, Ends]] = {}
    arrays: dict[int, tuple[Handle, Operand | None]] = {}
    for key, place in list(region.places.items()):
        if isinstance(place, Place):
            contents[key] = place, ends_of(place.read(), trace)
        elif place.is_root and (place.is_changed or place.is_lost):
            arrays[key[0]] = place, _content(place)
    region.close()
    region.restore()
    unset = {name: x for name, x in variables.items() if type(x) is Unset}
    return Path(region, made, contents, arrays, unset)


def _content(handle: Handle) -> Operand | None:
    if handle.is_reshaped:
        raise NotSupported(
            "an array is given another shape in place, under a condition that is traced",
            location=user_location(), hint="reshape a copy:  y = x.reshape(...)",
        )  # fmt: skip
    return None if handle.is_lost else handle.array.value


# ---- choices -------------------------------------------------------------------------------------

Maker = Callable[[Sequence[Operand]], Any]
"""Makes a value from the results of the `cond`."""


@final
class Choices:
    """The pairs of operands that a `cond` chooses between, in one type each."""

    def __init__(self, condition: Operand, true: Region, false: Region) -> None:
        self.condition = condition
        self.regions = (true, false)
        self.pairs: list[tuple[Operand, Operand]] = []
        self.family = Family()

    def leaf(self, a: Leaf, b: Leaf, is_result: bool = False) -> Maker | None:
        """What makes one leaf; None where the two disagree."""
        if is_same(a, b):
            return lambda chosen: a.raw
        agreed = common(a, b)
        if agreed is None or a.operand is None or b.operand is None:
            return None
        number = self.add(a.operand, b.operand, agreed[0])
        return lambda chosen: self.family.made(chosen[number], agreed[1], (a, b), is_result)

    def add(self, a: Operand, b: Operand, type: TensorType) -> int:
        """The number of the result that chooses between these."""
        self.pairs.append((self._typed(0, a, type), self._typed(1, b, type)))
        return len(self.pairs) - 1

    def _typed(self, which: int, operand: Operand, type: TensorType) -> Operand:
        with build.scope(self.regions[which].builder):
            return as_type(operand, type)

    def value(self, a: Ends, b: Ends, is_result: bool = False) -> Maker | None:
        """What makes a value; None where the two disagree."""
        if a.raw is LATER or b.raw is LATER:
            a, b = _filled(a, b), _filled(b, a)
        if a.raw is b.raw and type(a.raw) is not Tracer:
            return lambda chosen: a.raw
        if a.tree != b.tree or is_grown(a.raw) or is_grown(b.raw):
            return unequal(self, a, b, is_content=False)
        makers = [self.leaf(x, y, is_result) for x, y in zip(a.leaves, b.leaves, strict=True)]
        present = [maker for maker in makers if maker is not None]
        if len(present) < len(makers):
            return None
        if a.tree is None:
            return present[0]
        return lambda chosen: note_twins(
            unflatten(a.tree, [maker(chosen) for maker in present]), (a.raw, b.raw)
        )

    def content(self, place: Place, a: Ends, b: Ends) -> Maker | None:
        """What makes the content of a place; None where the two disagree."""
        may_grow = place.key[1] == CONTENT and isinstance(place.owner, Growing | Grown)
        if may_grow and (a.tree != b.tree or State in (type(a.raw), type(b.raw))):
            return unequal(self, a, b, is_content=True)
        return self.value(a, b)

    def emit(self) -> Sequence[Operand]:
        """Add the `cond`; one result per pair."""
        bodies = [needed(r.builder.nodes, [p[i] for p in self.pairs])
                  for i, r in enumerate(self.regions)]  # fmt: skip
        settled = [self._settled(a, b, bodies) for a, b in self.pairs]
        left = [i for i, x in enumerate(settled) if x is None]
        if left or any(has_effect(node) for body in bodies for node in body):
            results = [[self.pairs[i][side] for i in left] for side in (0, 1)]
            outs = _emit(self.condition, bodies, results)
            for i, out in zip(left, outs, strict=True):
                settled[i] = out
        return [x for x in settled if x is not None]

    def _settled(self, a: Operand, b: Operand, bodies: Sequence[Any]) -> Operand | None:
        """The choice where no branch is needed: both are one value, or the condition itself."""
        if isinstance(a, Literal) and isinstance(b, Literal):
            if a == b:
                return a
            if a.type == b.type == self.condition.type:
                return self.condition if a.value else o.logical_not(self.condition)
        if a is b and not any(a in node.results for body in bodies for node in body):
            return a
        return None


def _filled(a: Ends, like: Ends) -> Ends:
    """`a`, or zeros like the other way's result where its own comes later."""
    return Ends(MADE, zeros(like.leaves), like.tree) if a.raw is LATER else a


def _emit(
    condition: Operand, bodies: Sequence[Sequence[Any]], results: Sequence[Sequence[Operand]]
) -> tuple[Operand, ...]:
    outside: dict[Value, None] = {}
    for body, outs in zip(bodies, results, strict=True):
        outside.update(dict.fromkeys(captured(body, outs)))
    regions = tuple(
        graph_of(body, outs, list(outside), name)
        for body, outs, name in zip(bodies, results, ("true", "false"), strict=True)
    )
    return build.emit(o.cond, (condition, *outside), None, regions)


# ---- what is left after both -------------------------------------------------------------------


def join(
    condition: Operand, true: Path, false: Path, told: Callable[[str, Path, Path], Unset],
    frame: FrameType, before: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """The variables after both ways; arrays, lists and attributes that they changed are set.

    `told` makes what stands in a variable where the ways disagree. `before`: what the variables of
    the frame held before both.
    """
    if true.region.raised is not None or false.region.raised is not None:
        return _only(condition, true, false)
    choices = Choices(condition, true.region, false.region)
    makers: dict[str, Maker | Unset | None] = {}
    for name, a in true.variables.items():
        b = false.variables[name]
        lost = true.unset[name] if name in true.unset else false.unset.get(name)
        if a is None and b is None:
            makers[name] = lost
        else:
            is_result = name == RESULT
            made = choices.value(a, b, is_result) if a is not None and b is not None else None
            if made is None:
                makers[name] = lost if lost is not None else told(name, true, false)
            else:
                makers[name] = made
    contents = _contents(choices, true, false, frame, before)
    arrays = _arrays(choices, true, false)
    chosen = choices.emit()
    for place, maker in contents:
        note(place)
        place.write(maker(chosen))
    for handle, number, version in arrays:
        set_array(handle.array, None if number is None else chosen[number], version)
    return {
        name: UNDEFINED if maker is None else maker if isinstance(maker, Unset) else maker(chosen)
        for name, maker in makers.items()
    }


def _contents(
    choices: Choices, true: Path, false: Path, frame: FrameType, before: dict[str, Any]
) -> list[tuple[Place, Maker]]:
    out = []
    ends = [_at_end(true, false.contents), _at_end(false, true.contents)]
    for key in {**true.contents, **false.contents}:
        place = (true.contents.get(key) or false.contents[key])[0]
        sides = [found[key] for found in ends]
        maker = choices.content(place, sides[0], sides[1])
        if maker is None:
            if not is_reachable(place.owner, frame, before):
                continue  # it was made on one of the ways
            raise _apart(place, key, sides, (true, false), frame)
        out.append((place, maker))
    return out


def _apart(
    place: Place, key: tuple[int, str], sides: Sequence[Ends], paths: Sequence[Path],
    frame: FrameType,
) -> TraceError:  # fmt: skip
    """What tells that two ways leave a list, dict or attribute in different states."""
    location, name = user_location(), place.called(frame)
    lines = [p.contents[key][0].line if key in p.contents else 0 for p in paths]
    told = [side.told() + at(line, location) for side, line in zip(sides, lines, strict=True)]
    what = f"'{name}'" if name.isidentifier() else name
    return TraceError(
        f"{what} is {told[0]} where a traced condition holds, and {told[1]} where it does not",
        location=location,
        hint="give it the same length, keys and types on both ways: a number in it can say which",
    )


def _at_end(
    path: Path, others: Mapping[tuple[int, str], tuple[Place, Ends]]
) -> dict[tuple[int, str], Ends]:
    """What the places that either way changed hold at the end of this one."""
    found = {key: ends for key, (_, ends) in path.contents.items()}
    rest = {key: place for key, (place, _) in others.items() if key not in found}
    if rest:
        with path.resumed():
            found |= {key: ends_of(p.saved, path.region.trace) for key, p in rest.items()}
    return found


def _arrays(choices: Choices, true: Path, false: Path) -> list[tuple[Handle, int | None, int]]:
    out: list[tuple[Handle, int | None, int]] = []
    for key in {**true.arrays, **false.arrays}:
        handle = (true.arrays.get(key) or false.arrays[key])[0]
        sides = [p.arrays[key][1] if key in p.arrays else handle.value for p in (true, false)]
        number = None
        if sides[0] is not None and sides[1] is not None:
            number = choices.add(sides[0], sides[1], handle.value.type)
        version = max(p.arrays[key][0].last for p in (true, false) if key in p.arrays)
        out.append((handle, number, version + 1))
    return out


def set_array(x: Tracer, value: Operand | None, version: int) -> None:
    """Give a traced array a new content; None: nobody knows it."""
    x.noted()
    if value is None:
        lose(x)
        return
    x._value, x.version = value, version


def note(place: Place) -> None:
    """Let the region around, if any, undo what is about to change."""
    regions = require_trace().regions
    if regions:
        regions[-1].note_place(place.again())


def claim_of(error: Any) -> Claim:
    """What is raised when the program runs, for an exception of the user's."""
    for kind, name in _KINDS.items():
        if isinstance(error, kind):
            return Claim(str(error), name)
    return Claim(f"{type(error).__name__}: {error}", "ProgramRaised")


def _only(condition: Operand, true: Path, false: Path) -> dict[str, Any]:
    """After a way that raises: what the other leaves, and a check that it is the one taken."""
    if true.region.raised is not None and false.region.raised is not None:
        raise TraceError(
            "both ways of a traced condition raise: the program never comes to an end",
            location=user_location(),
        ) from true.region.raised
    raised, taken = (true, false) if true.region.raised is not None else (false, true)
    holds = o.logical_not(condition) if raised is true else condition
    build.emit(o.assert_, (holds,), claim_of(raised.region.raised))
    trace = taken.region.trace
    trace.builder.nodes.extend(taken.region.builder.nodes)
    for place, ends in taken.contents.values():
        note(place)
        place.write(ends.raw)
    for handle, value in taken.arrays.values():
        set_array(handle.array, value, handle.last + 1)
    return {
        n: taken.unset.get(n, UNDEFINED) if ends is None else ends.raw
        for n, ends in taken.variables.items()
    }
