"""What a stretch of Python changes besides its variables: arrays, lists, dicts, sets, attributes.

Each is noted before its first change, with what it takes to put it back.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from types import CellType, FrameType, FunctionType, MemberDescriptorType
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.growing import content_of, hold
from gradloom.frontend.signature import flatten
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


def attribute(owner: Any, name: str) -> Place | None:
    """An attribute of an object; None where a property or the like keeps it elsewhere."""
    kind = type(owner)
    set, delete = setattr, delattr
    if isinstance(owner, type):
        set, delete = type.__setattr__, type.__delattr__
    elif FunctionType in (type(kind.__setattr__), type(kind.__delattr__)):  # the user's own
        set, delete = object.__setattr__, object.__delattr__
    held = _in_class(owner if isinstance(owner, type) else kind, name)
    if hasattr(type(held), "__set__") and type(held) is not MemberDescriptorType:
        return None

    def read() -> Any:
        own = getattr(owner, "__dict__", {})
        if name in own:
            return own[name]
        if type(held) is MemberDescriptorType:
            with contextlib.suppress(AttributeError):
                return held.__get__(owner, kind)
            return MISSING
        return MISSING if hasattr(type(held), "__get__") else held

    def write(value: Any) -> None:
        if value is not MISSING:
            set(owner, name, value)
        elif read() is not MISSING:
            delete(owner, name)

    return Place(owner, f"{kind.__name__}.{name}", read, write, name)


def _in_class(kind: type, name: str) -> Any:
    """What stands under a name in a class; `MISSING` where nothing does."""
    return next((vars(k)[name] for k in kind.__mro__ if name in vars(k)), MISSING)


def free_variable(cell: CellType, name: str) -> Place:
    """A variable of a function around, in its cell."""

    def read() -> Any:
        try:
            return cell.cell_contents
        except ValueError:
            return MISSING

    def write(value: Any) -> None:
        if value is MISSING:
            with contextlib.suppress(ValueError):
                del cell.cell_contents
        else:
            cell.cell_contents = value

    return Place(cell, name, read, write, CONTENT)


def global_variable(outside: dict[str, Any], name: str) -> Place:
    """A variable of a module, which no traced value may be left in."""

    def write(value: Any) -> None:
        if value is MISSING:
            outside.pop(name, None)
            return
        if any(type(leaf) is Tracer for leaf in flatten(value)[0]):
            raise TraceError(
                f"the global variable '{name}' is set under a traced condition",
                location=user_location(),
                hint="return the value, or keep it in an attribute of an object",
            )
        outside[name] = value

    return Place(outside, name, lambda: outside.get(name, MISSING), write, name)


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
