"""`if` on a traced value: both ways are run in the user's own frame, one after the other.

Converted code runs the `if` as the only turn of a `for` over `fork(test)` where the test is known,
and as two turns where it is traced: once with the condition true, once false.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from gradloom.frontend.builtins.truth import asked
from gradloom.frontend.chosen import Chosen, truth_of_choice
from gradloom.frontend.growing import Grown, state_of
from gradloom.frontend.numpy.direct import truth_of
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.params.ambient import is_ambient, itself
from gradloom.frontend.source.syntax import RESULT
from gradloom.frontend.staging.ends import Ends
from gradloom.frontend.staging.leaks import require_no_globals
from gradloom.frontend.staging.paths import Path, ended, join
from gradloom.frontend.staging.raised import Mark, is_of_way
from gradloom.frontend.staging.regions import Region
from gradloom.frontend.staging.unset import LATER, UNDEFINED, Unset, at
from gradloom.frontend.trace import Trace, require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir.build import located
from gradloom.ir.errors import DtypeError, GradloomError, ShapeError, TraceError, ValueNeeded
from gradloom.ir.graph import Operand
from gradloom.ir.location import Location, user_location

if TYPE_CHECKING:
    from gradloom.frontend.staging.each import EachYielded, Taker

Names = Sequence[tuple[str, int, int]]
"""Variables, each with the line that sets it where the condition holds, and where it does not
(0: none).
"""
_TRUE: Final = (True,)
_FALSE: Final = (False,)


def truth(test: Any) -> bool | None:
    """The truth of a value; None where it is traced and not known."""
    if test is True or test is False:
        return test
    if type(test) is Chosen:
        return truth(truth_of_choice(test))
    if type(test) is not Tracer:
        if is_ambient(test):
            return truth(itself(test))
        if type(test) is Grown:
            shape = state_of(test).shape
            return shape.least > 0 or (None if shape.most else False)
        return True if test else False  # noqa: SIM210 - half the time of bool(test)
    try:
        return bool(test)
    except ValueNeeded:
        return None


def fork(test: Any, names: Names, flags: Sequence[str] = ()) -> tuple[bool] | Fork:
    """The ways to go: one that is known, or both. `flags`: one of these is set where the test does
    not hold.
    """
    test = asked(test)
    held = truth(test)
    if held is None:
        return Fork(condition_of(test), names, flags)
    return _TRUE if held else _FALSE


def condition_of(test: Any) -> Operand:
    """The truth of a traced number, or of a list with a traced length, as one bool."""
    if type(test) is Chosen:
        test = truth_of_choice(test)
    with located(user_location()):
        if type(test) is Grown:
            test = np.greater(state_of(test).count, 0)
        return truth_of(lift(test).reshape(()) if test.ndim else test)


def variables_of(frame: FrameType, names: Sequence[str]) -> dict[str, Any]:
    """What these variables of a frame hold; `UNDEFINED` where they hold nothing."""
    local, outside = frame.f_locals, frame.f_globals
    declared = frame.f_code.co_varnames, frame.f_code.co_cellvars, frame.f_code.co_freevars
    return {
        name: local.get(name, UNDEFINED)
        if any(name in group for group in declared)
        else outside.get(name, UNDEFINED)
        for name in names
    }


@final
class Fork:
    """Both ways of an `if`: true while the first runs, false while the second does."""

    def __init__(self, condition: Operand, names: Names, flags: Sequence[str] = ()) -> None:
        self.trace: Trace = require_trace()
        self.condition = condition
        self.names = names
        self.flags = frozenset(flags)
        self.location: Location | None = user_location(1)
        self.paths: list[Path] = []
        self.region: Region | None = None
        self.before: dict[str, Any] = {}
        self.waiting: list[EachYielded | Taker] = []
        self.theirs: list[dict[str, Any]] = []

    def __iter__(self) -> Iterator[Fork]:
        return self

    def __next__(self) -> Fork:
        if len(self.paths) == 2:
            raise StopIteration
        if not self.paths:
            self.before = variables_of(sys._getframe(1), [name for name, _, _ in self.names])
        self.open()
        return self

    def open(self) -> None:
        """Begin a way."""
        if not self.paths:
            self.waiting = [*self.trace.waiting]
            self.theirs = [loop.values() for loop in self.waiting]
        self.region = Region(self.trace, fact=(self.condition, not self.paths))

    def __bool__(self) -> bool:
        return not self.paths

    def raises(self, error: Any) -> None:
        """This way ends in an exception."""
        assert self.region is not None
        self.region.raised = error() if isinstance(error, type) else error

    def failed(self, error: Exception, *marks: Mark) -> tuple[bool, ...]:
        """This way has raised an exception. Which handler of the function catches it: true for that
        one of all that these have.
        """
        assert self.region is not None
        if not is_of_way(self.region, error):
            raise error
        caught: tuple[bool, ...] = ()
        is_caught = False
        for mark in marks:
            number = None if is_caught else mark.handler(error)
            if number is not None:
                mark.caught(number, error)
                is_caught = True
            caught += tuple([k == number for k in range(mark.count)])
        if not is_caught:
            self.region.raised = error.with_traceback(None)
        return caught

    def settled(self, flags: tuple[str, ...], names: tuple[str, ...]) -> tuple[Any, ...]:
        """These variables, where none of these flags is set."""
        now = variables_of(sys._getframe(1), names)
        known = frozenset(flags)
        return tuple([x.settled(known) if type(x) is Unset else x for x in now.values()])

    def leave(self) -> tuple[Any, ...]:
        """Close a way; its variables as they were before, and after the second joined."""
        frame = sys._getframe(1)
        is_last = bool(self.paths)
        made = self.close(frame)
        if is_last:
            require_no_globals(frame, self.before, made)
        return tuple(made.values())

    def close(self, frame: FrameType, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Close a way that ends with these variables (those of the frame, where none are given);
        what they are then.
        """
        assert self.region is not None
        now = variables_of(frame, list(self.before)) if variables is None else variables
        theirs = [loop.values() for loop in self.waiting]
        with located(self.location):
            self.paths.append(ended(self.region, {**now, **_keyed(theirs)}))
            if len(self.paths) == 1:
                self._give(self.theirs)
                return self.before
            true, false = self.paths
            told, flags = self._told, self.flags
            made = join(self.condition, true, false, told, frame, self.before, flags)
        self._give([{n: made[_key(n, i)] for n in x} for i, x in enumerate(self.theirs)])
        return {name: made[name] for name in self.before}

    def _give(self, values: Sequence[dict[str, Any]]) -> None:
        for loop, its in zip(self.waiting, values, strict=True):
            loop.give(its)

    def _told(self, name: str, true: Path, false: Path) -> Unset:
        lines = {n: (a, b) for n, a, b in self.names}.get(name, (0, 0))
        return told(name, lines, true, false, self.location)


def _key(name: str, loop: int) -> str:
    """How a variable of a loop that waits for a generator is told from the generator's own."""
    return f"{name} of loop {loop}"


def _keyed(values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {_key(n, i): x for i, its in enumerate(values) for n, x in its.items()}


def told(
    name: str, lines: tuple[int, int], true: Path, false: Path, location: Location | None
) -> Unset:
    """What stands in a variable on which the two ways disagree."""
    a, b = true.variables[name], false.variables[name]
    what = "the function returns" if name == RESULT else f"{quoted(name)} is"
    if a is None or b is None:
        set_at = at(lines[0] or lines[1], location)
        holds = "holds" if b is None else "does not hold"
        return Unset(
            f"'{name}' has a value{set_at} only where the traced condition {holds}",
            f"give '{name}' a value before the `if`, or on both ways",
            location,
        )
    here = [at(line, location) for line in lines]
    return Unset(
        f"{what} {a.told()}{here[0]} where the traced condition holds, and "
        f"{b.told()}{here[1]} where it does not",
        _agree(a, b, name == RESULT), location, disagreement(a, b),
    )  # fmt: skip


def disagreement(a: Ends, b: Ends) -> type[GradloomError]:
    """The error for two ends that do not agree: in their dtypes, their shapes (lists: in their
    lengths), or in what they are.
    """
    if a.tree != b.tree:
        both = type(a.raw), type(b.raw)
        return ShapeError if both in ((list, list), (tuple, tuple)) else TraceError
    for x, y in zip(a.leaves, b.leaves, strict=True):
        if x.operand is None or y.operand is None:
            return TraceError
        if x.type.shape != y.type.shape:
            return ShapeError
    return DtypeError


def quoted(name: str) -> str:
    """A variable in quotes, anything else as it is."""
    return f"'{name}'" if name.isidentifier() else name


def _agree(a: Ends, b: Ends, is_result: bool) -> str:
    """How two ends could be made to agree."""
    if is_result and (a.raw is None or b.raw is None):
        return "return an array on both ways"
    if a.raw is None or b.raw is None or a.tree != b.tree:
        return "make both of one structure: a tuple of as many, a dict with the same keys"
    for x, y in zip(a.leaves, b.leaves, strict=True):
        if x.operand is None or y.operand is None:
            return "use a number in its place: only numbers are chosen when the program runs"
        if x.type.shape != y.type.shape:
            return "make both one shape: np.broadcast_to, np.reshape, np.zeros"
    return f"make both one dtype: .astype(np.{a.leaves[0].type.dtype.name})"


def both(test: Any, true: Callable[[], Any], false: Callable[[], Any], what: str) -> Any:
    """`true() if test else false()` of a traced test: each is recorded, one is run."""
    trace, condition = require_trace(), condition_of(test)
    location = user_location()
    paths: list[Path] = []
    for way in (true, false):
        region = Region(trace, fact=(condition, way is true))
        try:
            value = way()
        except Exception as error:
            if not is_of_way(region, error):
                raise  # the region stays open: whoever catches this is refused
            region.raised, value = error.with_traceback(None), UNDEFINED
        with located(location):
            paths.append(ended(region, {what: value}))

    def disagree(name: str, a: Path, b: Path) -> Unset:
        return told(name, (0, 0), a, b, location)

    with located(location):
        made = join(condition, paths[0], paths[1], disagree, sys._getframe(1), {})[what]
    if type(made) is Unset:
        raise made.error()
    return made


__all__ = ["LATER", "Fork", "both", "fork", "told", "truth", "variables_of"]
