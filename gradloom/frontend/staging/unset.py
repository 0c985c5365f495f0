"""What stands in a variable that one way through the program leaves undefined, or that two ways
leave with different types: any use of it tells so.
"""

from __future__ import annotations

import os
from typing import Any, Final, NoReturn, final

from gradloom.frontend.chosen import Chosen, told
from gradloom.ir.errors import GradloomError, TraceError
from gradloom.ir.location import Location, user_location


def at(line: int, location: Location | None) -> str:
    """` (model.py:3)`, a line in the file of a location; "" where there is none."""
    return f" ({os.path.basename(location.file)}:{line})" if line and location else ""


UNDEFINED: Final[Any] = object()
"""The value of a variable that has none."""
LATER: Final[Any] = object()
"""The value of a result that a later statement gives, on ways that have not returned yet."""


@final
class Unset:
    """A variable without a value; every use raises what it was made with.

    With `flags` it has none where one of these variables is true, and is `made` elsewhere.
    """

    __slots__ = ("_hint", "_kind", "_location", "_message", "flags", "made")

    _hint: str
    _location: Location | None
    _message: str
    _kind: type[GradloomError]
    flags: frozenset[str]
    made: Any

    def __init__(
        self, message: str, hint: str, location: Location | None,
        kind: type[GradloomError] = TraceError, flags: frozenset[str] = frozenset(),
        made: Any = UNDEFINED,
    ) -> None:  # fmt: skip
        held = (hint, kind, location, message, flags, made)
        for name, given in zip(self.__slots__, held, strict=True):
            object.__setattr__(self, name, given)

    def only(self, flags: frozenset[str], made: Any) -> Unset:
        """The same for a variable that is `made` where none of the flags is true."""
        return Unset(self._message, self._hint, self._location, self._kind, flags, made)

    def settled(self, flags: frozenset[str]) -> Any:
        """What it is where none of these flags is true."""
        if self.made is UNDEFINED:
            return self
        left = self.flags - flags
        return self.only(left, self.made) if left else self.made

    def error(self) -> GradloomError:
        """What a use of it raises."""
        error = self._kind(
            self._message, hint=self._hint, location=self._location or user_location()
        )
        error.is_told = True  # no function that the variable is passed to has to do with it
        error.is_refusal = True
        return error

    def _raise(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise self.error()

    def __getattr__(self, name: str) -> NoReturn:
        raise self.error()

    __setattr__ = __delattr__ = __delitem__ = _raise
    __array__ = __array_ufunc__ = __array_function__ = _raise
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _raise
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _raise
    __pow__ = __rpow__ = __matmul__ = __rmatmul__ = __divmod__ = __rdivmod__ = _raise
    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = _raise
    __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _raise
    __lt__ = __le__ = __gt__ = __ge__ = _raise
    __neg__ = __pos__ = __abs__ = __invert__ = __bool__ = __int__ = __float__ = __index__ = _raise
    __complex__ = __round__ = __len__ = __iter__ = __contains__ = __getitem__ = _raise
    __setitem__ = __call__ = __enter__ = __str__ = __format__ = _raise
    __eq__ = __ne__ = _raise
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<no value: {self._message}>"


def require_set(leaves: Any) -> None:
    """Raise where one of these has no value."""
    for x in leaves:
        if type(x) is Unset:
            raise x.error()
        if type(x) is Chosen:
            raise told(x)
