"""How a traced array is seen in the memory of another."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, final

from gradloom.ir import ops as o
from gradloom.ir.errors import TraceError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location
from gradloom.ir.types import size_of

if TYPE_CHECKING:
    from gradloom.frontend.tracer import Tracer


@final
class View:
    """How a tracer is seen in its base: `read(base value) -> value`, `write(base value, value)
    -> base value`.
    """

    __slots__ = ("base", "is_flat", "is_read_only", "read", "shape", "version", "write")

    def __init__(
        self,
        base: Tracer,
        read: Callable[[Operand], Operand],
        write: Callable[[Operand, Operand], Operand],
    ) -> None:
        self.base = base
        self.read = read
        self.write = write
        self.version = base.version
        self.shape = base.shape
        self.is_read_only = False
        self.is_flat = False  # ndarray.flat, of which every index gives a copy

    def seen(self, value: Any) -> Any:
        """The base's value in the shape that the base had when the view was made."""
        if value is None or value.type.shape == self.shape:  # None: read tells that it is lost
            return value
        if value.type.size != size_of(self.shape):
            raise TraceError(
                "a view is used of an array that was resized in place", location=user_location()
            )
        return o.reshape(value, shape=self.shape)


@final
class Tie:
    """An array and one made from it, which may be a view of it: that is settled when either is
    written, since until then both answers are right.
    """

    __slots__ = ("family", "is_settled", "made", "make", "shares", "source")

    def __init__(
        self,
        source: Tracer,
        made: Tracer,
        shares: bool | None,
        make: Callable[[Tracer], View] | None = None,
        family: object = None,
    ) -> None:
        """`shares`: whether it is a view, None where memory is not known; `make`: the view.
        `family`: what chose one of several arrays; two that it chose are not the same one.
        """
        self.source = source
        self.made = weakref.ref(made)
        self.shares = shares
        self.make = make
        self.family = family
        self.is_settled = False

    def settle(self) -> Tracer | None:
        """Make the second array the view or the copy that it is; the view, where it is one."""
        self.is_settled = True
        made = self.made()
        if made is None:
            return None
        if self.source.given:
            made.owner.depend_on_layouts()
        if not self.shares or self.make is None:
            return None
        made.alias = self.make(self.source)
        return made
