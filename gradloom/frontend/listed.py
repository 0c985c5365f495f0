"""ufuncs that take lists of traced values while a trace runs: `np.exp([x, y])`.

numpy turns a list into an array before it asks anyone, and asks each traced value for its numbers.
So the names of ufuncs stand for these objects while a trace runs. They say that they are ufuncs,
are equal to them and have their methods; a call without lists goes straight through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.growing import is_grown
from gradloom.frontend.numpy.lift import stacked
from gradloom.frontend.numpy.ufuncs import call_on_one
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer, any_tracer

_METHODS: Final = frozenset({"reduce", "accumulate", "reduceat", "outer", "at"})


@final
class Listed:
    """A ufunc, which stacks lists and tuples of traced values among its arguments."""

    __slots__ = ("_ufunc",)

    def __init__(self, ufunc: np.ufunc) -> None:
        self._ufunc = ufunc

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the ufunc gives."""
        if len(args) == 1 and type(args[0]) is Tracer and not kwargs and self._ufunc.nin == 1:
            return call_on_one(self._ufunc, args[0])  # as numpy would, for longer
        for x in args:
            if isinstance(x, list | tuple):
                return self._ufunc(*with_stacks(args), **kwargs)
        return self._ufunc(*args, **kwargs)

    # isinstance(f, np.ufunc) decides branches in programs.
    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return np.ufunc

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._ufunc, name)
        return _method(found, name) if name in _METHODS else found

    def __eq__(self, other: object) -> bool:
        return (other._ufunc if type(other) is Listed else other) is self._ufunc

    def __hash__(self) -> int:
        return hash(self._ufunc)

    def __repr__(self) -> str:
        return repr(self._ufunc)

    def __reduce__(self) -> Any:
        return _by_name, (self._ufunc.__name__,)


def _by_name(name: str) -> Any:
    return getattr(np, name)


def _method(found: Callable[..., Any], name: str) -> Callable[..., Any]:
    def method(*args: Any, **kwargs: Any) -> Any:
        if name == "at" and len(args) > 1 and type(args[1]) is tuple:  # an index for each axis
            return found(args[0], args[1], *with_stacks(args[2:]), **kwargs)
        return found(*with_stacks(args), **kwargs)

    return method


def with_stacks(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments, lists and tuples that hold traced values made arrays."""
    if current_trace() is None:
        return args
    return tuple([_stack(x) if isinstance(x, list | tuple) else x for x in args])


def _stack(x: Any) -> Any:
    if is_grown(x):
        return x.as_array()
    return stacked(x) if any_tracer(x) else x


LISTED: Final[dict[str, Listed]] = {}
"""numpy's ufuncs by name; names of one ufunc share the object."""


def _fill() -> None:
    made: dict[int, Listed] = {}
    for name, value in vars(np).items():
        if isinstance(value, np.ufunc) and not name.startswith("_"):
            LISTED[name] = made.setdefault(id(value), Listed(value))


_fill()
