"""Groups of parameters that have options of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, final

from gradloom.frontend.optim.options import Schedule
from gradloom.ir.errors import ArgumentError, CallError

Chooser = str | Callable[[str, Any], bool]
"""Which parameters: a pattern of paths ("*.bias"), or a function of path and parameter."""
Groups = Mapping[Chooser, Mapping[str, Any]] | Sequence[tuple[Chooser, Mapping[str, Any]]]
"""Options of the parameters that are chosen; the first that chooses a parameter has it."""


@final
@dataclass(frozen=True, slots=True)
class Group:
    """Parameters with the same options; without a rate of their own, they have the optimizer's."""

    chooser: Chooser
    lr: float | Schedule | None
    options: Mapping[str, Any]

    def has(self, path: str, w: Any) -> bool:
        """Whether a parameter is of this group."""
        if isinstance(self.chooser, str):
            return fnmatchcase(path, self.chooser)
        return bool(self.chooser(path, w))


def groups_of(what: str, given: Groups, options: Mapping[str, Any]) -> tuple[Group, ...]:
    """The groups, the last of which has all that is left."""
    pairs = given.items() if isinstance(given, Mapping) else given
    out = []
    for chooser, own in pairs:
        if not (isinstance(chooser, str) or callable(chooser)):
            raise CallError(
                f"{what}: a group is chosen by a pattern of paths or a function of path and "
                f"parameter, not by a {type(chooser).__name__}"
            )
        unknown = [name for name in own if name != "lr" and name not in options]
        if unknown:
            raise ArgumentError(
                f"{what}: group {chooser!r} has an option {unknown[0]!r}",
                hint=f"the options are lr, {', '.join(options)}",
            )
        rest = {name: value for name, value in own.items() if name != "lr"}
        out.append(Group(chooser, own.get("lr"), _plain({**options, **rest})))
    return (*out, Group("*", None, _plain(options)))


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(x) if isinstance(x, list) else x for name, x in options.items()}


def members(groups: Sequence[Group], params: Mapping[str, Any]) -> dict[str, int]:
    """The number of each parameter's group."""
    return {
        path: next(i for i, group in enumerate(groups) if group.has(path, w))
        for path, w in params.items()
    }
