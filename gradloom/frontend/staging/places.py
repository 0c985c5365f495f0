"""What a stretch of Python changes besides its variables: arrays, lists, dicts, sets, attributes.

Each is noted before its first change, with what it takes to put it back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.growing import content_of, hold
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import TraceError
from gradloom.ir.location import user_location

Container = list[Any] | dict[Any, Any] | set[Any] | deque[Any] | bytearray
CONTAINERS: Final = (list, dict, set, deque, bytearray)
CONTENT: Final = "[]"
MISSING: Final[Any] = object()
"""What an attribute holds that is not there."""


@final
class Handle:
    """A traced array as it was: what it stood for, and whose memory it shared."""

    __slots__ = ("_kept", "_view", "array", "last", "value", "version")

    def __init__(self, array: Tracer) -> None:
        self.array = array
        self.value = array._value
        self.version = self.last = array.version
        self._kept = (
            array.alias, array.frozen, array.layout, array.reshaped, array.given, array.links,
        )  # fmt: skip
        self._view = array.alias.version if array.alias is not None else 0

    @property
    def is_root(self) -> bool:
        """Whether the array was no view of another one, whose content it would follow."""
        return self._kept[0] is None

    @property
    def is_changed(self) -> bool:
        """Whether it stands for something else now."""
        return self.array._value is not self.value

    @property
    def is_reshaped(self) -> bool:
        """Whether its own shape was set in place."""
        return self.array.reshaped is not self._kept[3]

    @property
    def is_lost(self) -> bool:
        """Whether its content has become unknown since."""
        return self.array.alias is not self._kept[0]

    def restore(self) -> None:
        """Make the array what it was."""
        x = self.array
        self.last = x.version
        x._value, x.version = self.value, self.version
        x.alias, x.frozen, x.layout, x.reshaped, x.given, x.links = self._kept
        if x.alias is not None:
            x.alias.version = self._view


@final
class Place:
    """Something with content: how to read it, how to write it, and what it held."""

    __slots__ = ("_read", "_write", "key", "line", "name", "owner", "saved")

    def __init__(
        self, owner: Any, name: str, read: Callable[[], Any], write: Callable[[Any], None],
        attribute: str,
    ) -> None:  # fmt: skip
        self.owner = owner  # kept alive, so that its id stays its own
        self.key = (id(owner), attribute)
        self.name = name
        self._read = read
        self._write = write
        self.saved = read()
        location = user_location()
        self.line = location.line if location is not None else 0

    def called(self, frame: FrameType) -> str:
        """How a message calls it: the variable that holds it, where there is one."""
        if self.key[1] != CONTENT:
            return self.name
        names = (n for held in (frame.f_locals, frame.f_globals) for n, x in held.items()
                 if x is self.owner and not n.startswith("_gl_"))  # fmt: skip
        return next(names, self.name)

    def read(self) -> Any:
        """What it holds now."""
        return self._read()

    def write(self, value: Any) -> None:
        """Make it hold this."""
        self._write(value)

    def restore(self) -> None:
        """Make it hold what it held."""
        self._write(self.saved)

    def again(self) -> Place:
        """The same place, with what it holds now."""
        place = Place(self.owner, self.name, self._read, self._write, self.key[1])
        place.line = self.line
        return place


def attribute(owner: Any, name: str) -> Place:
    """An attribute of an object."""

    def read() -> Any:
        return getattr(owner, name, MISSING)

    def write(value: Any) -> None:
        if value is not MISSING:
            setattr(owner, name, value)
        elif hasattr(owner, name):
            delattr(owner, name)

    return Place(owner, f"{type(owner).__name__}.{name}", read, write, name)


def elements(owner: np.ndarray) -> Place:
    """What a plain array holds, which can hold numbers only."""

    def write(value: Any) -> None:
        if type(value) is Tracer:
            raise TraceError(
                "an array that the trace did not make is changed under a traced condition",
                location=user_location(),
                hint="pass it as an argument, or work on a copy: start with  y = np.copy(x)",
            )
        owner[...] = value

    return Place(owner, "an array from outside", owner.copy, write, CONTENT)


def content(owner: Container) -> Place:
    """What a list, dict, set or deque holds."""
    kind = type(owner)

    if isinstance(owner, list):
        items = owner
        return Place(
            owner, f"a {kind.__name__}", lambda: content_of(items),
            lambda value: hold(items, value), CONTENT,
        )  # fmt: skip

    def write(value: Any) -> None:
        if isinstance(owner, bytearray):
            owner[:] = value
            return
        owner.clear()
        owner.extend(value) if isinstance(owner, deque) else owner.update(value)

    return Place(owner, f"a {kind.__name__}", owner.copy, write, CONTENT)
