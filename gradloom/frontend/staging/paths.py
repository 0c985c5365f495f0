"""Two ways through a piece of Python, each recorded into a region, joined into one `cond`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any, Final, NoReturn, final

import numpy as np

from gradloom.frontend.growing import State
from gradloom.frontend.numpy.views import lose
from gradloom.frontend.source.syntax import RESULT
from gradloom.frontend.staging.choices import Choices, Maker, emit_cond
from gradloom.frontend.staging.ends import (
    MADE,
    Ends,
    ends_of,
    zeros,
)  # fmt: skip
from gradloom.frontend.staging.places import CONTENT, Handle, Place
from gradloom.frontend.staging.raised import require_uncaught
from gradloom.frontend.staging.reach import is_reachable
from gradloom.frontend.staging.regions import Region, needed
from gradloom.frontend.staging.unset import UNDEFINED, Unset, at
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import GradloomError, NotSupported, TraceError
from gradloom.ir.graph import Operand, literal
from gradloom.ir.location import Location, user_location
from gradloom.ir.ops.host import Claim

_KINDS: Final[Mapping[type[BaseException], str]] = {
    AssertionError: "AssertFailed", IndexError: "IndexOutOfRange", KeyError: "MissingKey",
    AttributeError: "NoAttribute", np.linalg.LinAlgError: "MatrixError",
    OverflowError: "NumberOutOfRange", ZeroDivisionError: "NothingToDivideBy",
    ValueError: "ArgumentError", TypeError: "DtypeError",
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
    """Variables that have lost their value on the way, or have it only where no flag is set."""

    def flags(self, name: str) -> frozenset[str]:
        """The flags that leave a variable without a value."""
        unset = self.unset.get(name)
        return frozenset() if unset is None else unset.flags

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
        name: None if x is UNDEFINED else ends_of(x, trace)
        for name, x in ((n, v.made if type(v) is Unset else v) for n, v in variables.items())
    }
    contents: dict[tuple[int, str], tuple[Place, Ends]] = {}
    arrays: dict[int, tuple[Handle, Operand | None]] = {}
    for key, place in list(region.places.items()):
        if isinstance(place, Place):
            if not region.has_made(place.saved):
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


# ---- what is left after both -------------------------------------------------------------------


def join(
    condition: Operand, true: Path, false: Path, told: Callable[[str, Path, Path], Unset],
    frame: FrameType, before: dict[str, Any], flags: frozenset[str] = frozenset(),
) -> dict[str, Any]:  # fmt: skip
    """The variables after both ways; arrays, lists and attributes that they changed are set.

    `told` makes what stands in a variable where the ways disagree. `before`: what the variables of
    the frame held before both. `flags`: one of these is set on the second way.
    """
    if true.region.raised is not None or false.region.raised is not None:
        return _only(condition, true, false)
    choices = Choices(condition, true.region, false.region)
    makers: dict[str, Maker | Unset | None] = {}
    for name in true.variables:
        makers[name] = _variable(name, choices, (true, false), told, flags)
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


def _variable(
    name: str, choices: Choices, paths: tuple[Path, Path],
    told: Callable[[str, Path, Path], Unset], set_on_second: frozenset[str],
) -> Maker | Unset | None:  # fmt: skip
    """What makes a variable, or what stands in it; None where it is defined on neither way."""
    true, false = paths
    a, b = true.variables[name], false.variables[name]
    lost = [x for x in (true.unset.get(name), false.unset.get(name)) if x is not None]
    without = lost[0] if lost else None
    if a is None and b is None:
        return without
    flags = true.flags(name) | false.flags(name)

    def why() -> GradloomError:
        return (told(name, true, false) if without is None else without).error()

    made = None if a is None or b is None else choices.value(a, b, why, name == RESULT)
    if made is None and (without is None or without.flags):
        a, b, jumped = _where_nothing_jumped(a, b, true, false, set_on_second)
        if jumped and a is not None and b is not None:
            flags |= jumped
            made = choices.value(a, b, why, name == RESULT)
    if made is not None and not flags:
        return made
    unset = told(name, true, false) if without is None else without
    if made is None:  # what it is where no flag is set, one way alone has
        return unset.only(frozenset(), UNDEFINED)
    return lambda chosen: unset.only(flags, made(chosen))


def _where_nothing_jumped(
    a: Ends | None, b: Ends | None, true: Path, false: Path, set_on_second: frozenset[str]
) -> tuple[Ends | None, Ends | None, frozenset[str]]:
    """What a variable is on the way that goes on, for both ways, and the flags that are set on the
    other, which has jumped: where it is read, none of them is set.
    """
    on_second = _set_flags(false, true) | set_on_second
    if b is not None and (a is None or not on_second):
        return Ends(MADE, zeros(b.leaves), b.tree, b.state), b, _set_flags(true, false)
    if a is not None:
        return a, Ends(MADE, zeros(a.leaves), a.tree, a.state), on_second
    return a, b, frozenset()


_FLAGS: Final = ("_gl_caught", "_gl_done", "_gl_stop", "_gl_skip")


def _set_flags(path: Path, other: Path) -> frozenset[str]:
    """The flags of jumps that are set on this way alone."""
    set_here = [
        name
        for name, ends in path.variables.items()
        if name.startswith(_FLAGS) and ends is not None and ends.raw is True
    ]
    rest = other.variables
    return frozenset(n for n in set_here if (e := rest[n]) is not None and e.raw is not True)


def _contents(
    choices: Choices, true: Path, false: Path, frame: FrameType, before: dict[str, Any]
) -> list[tuple[Place, Maker]]:
    out = []
    location = user_location()
    ends = [_at_end(true, false.contents), _at_end(false, true.contents)]
    for key in {**true.contents, **false.contents}:
        place = (true.contents.get(key) or false.contents[key])[0]
        if any(
            _made_on(path, path.contents[key][0]) for path in (true, false) if key in path.contents
        ):
            continue
        sides = [found[key] for found in ends]
        apart = partial(_apart, place, key, sides, (true, false), frame, location)
        maker = choices.content(place, sides[0], sides[1], _error_of(apart))
        if maker is None:
            if not is_reachable(place.owner, frame, before):
                continue  # it was made on one of the ways
            if key[1] == CONTENT:
                raise apart().error()
            maker = _lost(apart())
        out.append((place, maker))
    return out


def _made_on(path: Path, place: Place) -> bool:
    """Whether a list was made on this way: what it held before it changed is of this way alone."""
    if place.key[1] != CONTENT or not isinstance(place.owner, list):
        return False
    saved = place.saved.rows if type(place.saved) is State else place.saved
    own = path.region.builder
    return any(type(x) is Tracer and x.born is own for x in saved)


def _apart(
    place: Place, key: tuple[int, str], sides: Sequence[Ends], paths: Sequence[Path],
    frame: FrameType, location: Location | None,
) -> Unset:  # fmt: skip
    """What tells that two ways leave a list, dict or attribute in different states."""
    name = place.called(frame)
    lines = [p.contents[key][0].line if key in p.contents else 0 for p in paths]
    told = [side.told() + at(line, location) for side, line in zip(sides, lines, strict=True)]
    what = f"'{name}'" if name.isidentifier() else name
    hint = "give it the same length, keys and types on both ways: a number in it can say which"
    if type(place.owner) is list:  # the caller's, or made by a function in C
        own = name if name.isidentifier() else "xs"
        hint = f"begin with a list of the function's own:  {own} = list({own})"
    return Unset(
        f"{what} is {told[0]} where a traced condition holds, and {told[1]} where it does not",
        hint, location,
    )  # fmt: skip


def _error_of(apart: Callable[[], Unset]) -> Callable[[], GradloomError]:
    return lambda: apart().error()


def _lost(apart: Unset) -> Maker:
    return lambda chosen: apart


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
            return Claim(_text(error), name)
    return Claim(f"{type(error).__name__}: {error}", "ProgramRaised")


def _text(error: BaseException) -> str:
    """What an exception says; of a missing key, that it is missing."""
    if type(error) is not KeyError or len(error.args) != 1:
        return str(error)
    key = error.args[0]
    return key if isinstance(key, str) and " " in key else f"no key {key!r}"


def _only(condition: Operand, true: Path, false: Path) -> dict[str, Any]:
    """After a way that raises: what the other leaves, and a check that it is the one taken."""
    for path in (true, false):
        if path.region.raised is not None:
            require_uncaught(path.region.raised, user_location())
    if true.region.raised is not None and false.region.raised is not None:
        return _neither(condition, true, false)
    raised, taken = (true, false) if true.region.raised is not None else (false, true)
    _fail(condition, raised, raised is true)
    trace = taken.region.trace
    trace.builder.nodes.extend(taken.region.builder.nodes)
    for place, ends in taken.contents.values():
        note(place)
        place.write(ends.raw)
    for handle, value in taken.arrays.values():
        set_array(handle.array, value, handle.last + 1)
    return {
        n: taken.unset.get(n, UNDEFINED) if ends is None or n in taken.unset else ends.raw
        for n, ends in taken.variables.items()
    }


def _fail(condition: Operand, raised: Path, way: bool) -> None:
    """A check that the way that raises is not the one taken."""
    claim = claim_of(raised.region.raised)
    nodes = needed(raised.region.builder.nodes, ())
    if not nodes:
        build.emit(o.assert_, (o.logical_not(condition) if way else condition,), claim)
        return
    with build.scope(raised.region.builder):  # what it prints or checks comes before
        build.emit(o.assert_, (literal(False, condition.type),), claim)
    bodies = [raised.region.builder.nodes, []]
    emit_cond(condition, bodies if way else bodies[::-1], ((), ()))


def _neither(condition: Operand, true: Path, false: Path) -> NoReturn:
    """Both ways raise: so does the way around them."""
    error = false.region.raised
    assert error is not None
    if not true.region.trace.regions:
        raise TraceError(
            "both ways of a traced condition raise: the program never comes to an end",
            location=user_location(),
        ) from true.region.raised
    _fail(condition, true, True)
    raise error
