"""Lists and dicts that come out of branches and loops: each is one of several, and which one is
decided when the program runs.

Such a list is one of its own in the trace. That is right until it or one of the others is changed,
while both can be seen: then the change is refused.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from gradloom.frontend.classes import is_users_class
from gradloom.frontend.growing import State, is_grown
from gradloom.frontend.staging.ends import MADE
from gradloom.frontend.staging.places import CONTAINERS
from gradloom.frontend.staging.reach import is_reachable
from gradloom.frontend.trace import Trace, require_trace
from gradloom.ir.errors import TraceError
from gradloom.ir.location import user_location

CHANGING: Final = frozenset(
    {"append", "appendleft", "extend", "extendleft", "insert", "pop", "popleft", "popitem",
     "remove", "discard", "clear", "sort", "reverse", "rotate", "update", "setdefault", "add",
     "heappush", "heappop", "heapify", "heapreplace", "heappushpop", "insort", "insort_left",
     "insort_right"}
)  # fmt: skip
"""Functions in C that change a container they belong to, or are given."""


def note_twins(made: Any, ways: Sequence[Any]) -> Any:
    """What was made of these, whose lists stand for one of theirs."""
    others = [x for x in ways if x is not MADE and type(x) is not State]
    _walk(require_trace().twins, made, others)
    return made


def note_twin(made: Any, ways: Sequence[Any]) -> None:
    """Note that a list stands for one of these, and its items are copies."""
    twins = require_trace().twins
    for other in ways:
        if isinstance(other, CONTAINERS) and other is not made:
            _pair(twins, made, other)


def _walk(twins: dict[int, list[Any]], made: Any, ways: Sequence[Any]) -> None:
    if isinstance(made, CONTAINERS):
        for other in ways:
            if other is not made:
                _pair(twins, made, other)
    if any(is_grown(x) for x in (made, *ways)):  # whose items nobody changes
        return
    if isinstance(made, list | tuple | deque):
        for part, *others in zip(made, *ways, strict=False):
            _walk(twins, part, others)
    elif isinstance(made, dict):
        for key, part in made.items():
            _walk(twins, part, [way[key] for way in ways])
    elif is_users_class(type(made)) and hasattr(made, "__dict__"):
        for other in ways:
            if other is not made:
                _pair(twins, made, other)


def _pair(twins: dict[int, list[Any]], made: Any, other: Any) -> None:
    theirs = twins.setdefault(id(other), [other])
    ours = twins.setdefault(id(made), [made])
    for x in theirs:  # the first is the container itself
        if x is not made and all(x is not y for y in ours[1:]):
            ours.append(x)
            twins[id(x)].append(made)


def require_alone(trace: Trace, owner: Any) -> None:
    """Raise where a container that may be one of several is about to change, and another of them
    can be seen.
    """
    found = trace.twins.get(id(owner))
    if found is None or len(found) == 1:
        return
    frame = sys._getframe(1)
    if any(is_reachable(x, frame, {}) for x in found[1:]):
        kind = "list" if is_grown(owner) else type(owner).__name__
        raise TraceError(
            f"a {kind} is changed that may or may not be another {kind}: which of them it is, a "
            "traced condition decided",
            location=user_location(),
            hint=f"work on a copy:  y = {kind}(x)",
        )
