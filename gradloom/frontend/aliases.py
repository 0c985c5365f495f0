"""How a traced array is seen in the memory of another."""

from __future__ import annotations

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

    __slots__ = ("base", "is_read_only", "read", "shape", "version", "write")

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

    def seen(self, value: Any) -> Any:
        """The base's value in the shape that the base had when the view was made."""
        if value is None or value.type.shape == self.shape:  # None: read tells that it is lost
            return value
        if value.type.size != size_of(self.shape):
            raise TraceError(
                "a view is used of an array that was resized in place", location=user_location()
            )
        return o.reshape(value, shape=self.shape)
