"""Arguments of a function with rules of its own: by name or place, and those without derivative."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, final

from gradloom.frontend.record import name_of
from gradloom.ir.errors import ArgumentError, CallError
from gradloom.ir.location import Location


@final
class Fixed:
    """Which arguments of `f` are fixed: handed to the function and its rules as they are."""

    def __init__(self, f: Callable[..., Any], numbers: int | Sequence[int]) -> None:
        self._f = f
        self._numbers = (numbers,) if isinstance(numbers, int) else tuple(numbers)
        if any(n < 0 for n in self._numbers):
            raise ArgumentError(f"nondiff_argnums={numbers}: count places from the front")

    def split(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The fixed arguments in the order of their numbers, and the others in their places."""
        placed = self._placed(args, kwargs) if kwargs else args
        if any(n >= len(placed) for n in self._numbers):
            raise CallError(
                f"nondiff_argnums={self._numbers}, and {name_of(self._f)} got {len(placed)} "
                "arguments",
            )
        rest = tuple([x for i, x in enumerate(placed) if i not in self._numbers])
        return tuple([placed[n] for n in self._numbers]), rest

    def _placed(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        bound = inspect.signature(self._f).bind(*args, **kwargs)
        bound.apply_defaults()
        if bound.kwargs:
            raise CallError(
                f"{name_of(self._f)} has rules of its own, which take arguments by place; "
                f"{', '.join(bound.kwargs)} can only be given by name",
                hint="drop the * from the parameters",
            )
        return bound.args

    def of(self, fixed: tuple[Any, ...], f: Callable[..., Any] | None = None) -> Any:
        """`f` (the function itself, if not given) of the other arguments."""
        g = self._f if f is None else f
        if not fixed:
            return g

        @functools.wraps(g, updated=())
        def rest_only(*rest: Any) -> Any:
            args = list(rest)
            for n, x in sorted(zip(self._numbers, fixed, strict=True), key=lambda pair: pair[0]):
                args.insert(n, x)
            return g(*args)

        return rest_only


def with_first(rule: Any, fixed: tuple[Any, ...]) -> Any:
    """The rule with the fixed arguments before its own."""
    return functools.partial(rule, *fixed) if fixed else rule


def written_at(rule: Any) -> Location | None:
    """Where a rule is written; None where it has no code of Python's."""
    while isinstance(rule, functools.partial):
        rule = rule.func
    code = getattr(getattr(rule, "__func__", rule), "__code__", None)
    return None if code is None else Location(code.co_filename, code.co_firstlineno, code.co_name)
