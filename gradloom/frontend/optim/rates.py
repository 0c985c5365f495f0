"""Learning rates as functions of the step, and the curves that they are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import ArgumentError, CallError

Step = Any
"""A number of updates made, from 0: a Python number, or an integer of a traced program."""


@final
@dataclass(frozen=True, slots=True, repr=False)
class Schedule:
    """A learning rate at each step: a float for a number, traced for a traced one."""

    text: str
    formula: Callable[[Step], Any]

    def __call__(self, step: Step) -> Any:
        """The learning rate at a step, from 0."""
        made = self.formula(step)
        return made if type(made) is Tracer or np.ndim(made) else float(made)

    def __repr__(self) -> str:
        return self.text


def schedule(formula: Callable[[Step], Any], name: str, **told: Any) -> Schedule:
    """The formula as a schedule, with what a reader is told of it."""
    return Schedule(f"{name}({', '.join(f'{k}={v!r}' for k, v in told.items())})", formula)


def line(start: Any, end: Any, share: Any) -> Any:
    """The point of a line at a share of its way."""
    return (end - start) * share + start


def cosine(start: Any, end: Any, share: Any) -> Any:
    """The point of half a cosine at a share of its way."""
    return end + (start - end) / 2 * (np.cos(np.pi * share) + 1)


CURVES: Final = {"cos": cosine, "linear": line}


def check_rate(what: str, **rates: Any) -> None:
    """Raise where a rate is no number of at least 0."""
    for name, rate in rates.items():
        if not isinstance(rate, int | float | np.number):
            raise CallError(f"{what}: {name} is a number, not {type(rate).__name__}")
        if not 0 <= rate < np.inf:
            raise ArgumentError(f"{what}: invalid {name}: {rate}", hint="it is at least 0")


def check_count(what: str, **counts: Any) -> None:
    """Raise where a count of steps is no whole number above 0."""
    for name, count in counts.items():
        if not isinstance(count, int | np.integer) or isinstance(count, bool) or count <= 0:
            raise ArgumentError(f"{what}: {name}={count!r} is no count of steps above 0")
