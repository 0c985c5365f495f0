"""Which arguments of a compiled function are static: part of the signature, not of the program."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

from gradloom.frontend.record import name_of
from gradloom.frontend.signature import flatten
from gradloom.ir.errors import ArgumentError, CallError


@final
@dataclass(frozen=True, slots=True)
class Statics:
    """Static arguments by place (from the end where negative) and by name."""

    numbers: frozenset[int]
    names: frozenset[str]

    def marks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[bool]:
        """Whether each leaf of a call's arguments is static."""
        out: list[bool] = []
        for i, arg in enumerate(args):
            fixed = i in self.numbers or i - len(args) in self.numbers
            out += [fixed] * len(flatten(arg)[0])
        for name in sorted(kwargs):
            out += [name in self.names] * len(flatten(kwargs[name])[0])
        return out


def statics_of(f: Callable[..., Any], argnums: Any, argnames: Any) -> Statics:
    """The static arguments, each by place and by name where it can be passed either way.

    Raises `ArgumentError` for a number or name that the function does not have.
    """
    numbers = _listed(argnums, int, "static_argnums")
    names = _listed(argnames, str, "static_argnames")
    if not numbers and not names:
        return Statics(frozenset(), frozenset())
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # some builtin functions do not tell theirs
        return Statics(frozenset(numbers), frozenset(names))
    return _matched(name_of(f), parameters, numbers, names)


def _listed(given: Any, kind: type, what: str) -> list[Any]:
    found = [given] if isinstance(given, int | str) else list(given)
    if not all(isinstance(x, kind) for x in found):
        raise CallError(f"{what} is {given!r}: it takes {kind.__name__}s")
    return found


def _matched(
    f: str, parameters: list[inspect.Parameter], numbers: list[int], names: list[str]
) -> Statics:
    placed = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    by_place = {p.name: i for i, p in enumerate(placed)}
    kinds = {p.kind for p in parameters}
    signature = ", ".join(p.name for p in parameters)
    all_numbers, all_names = set(), set(names)
    for name in names:
        if name in by_place:
            all_numbers.add(by_place[name])
        elif name not in {p.name for p in parameters} and (
            inspect.Parameter.VAR_KEYWORD not in kinds
        ):
            raise ArgumentError(f"static_argnames: {f}({signature}) has no argument {name!r}")
    for number in numbers:
        more = inspect.Parameter.VAR_POSITIONAL in kinds
        place = number if number >= 0 or more else number + len(placed)
        if not more and not 0 <= place < len(placed):
            raise ArgumentError(f"static_argnums: {f}({signature}) has no argument {number}")
        all_numbers.add(place)
        if 0 <= place < len(placed) and placed[place].kind is not inspect.Parameter.POSITIONAL_ONLY:
            all_names.add(placed[place].name)
    return Statics(frozenset(all_numbers), frozenset(all_names))
