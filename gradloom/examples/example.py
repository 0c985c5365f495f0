"""What an example states of itself, and what a run of it reached."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from gradloom.ir.errors import BackendMissing

if TYPE_CHECKING:
    from gradloom.examples.run import Run


@dataclass(frozen=True, slots=True)
class Goal:
    """The score that an example states: a measure, and the value that it has to reach.

    `lower` says that the measure is an error, of which less is better.

    >>> goal = Goal("test accuracy", 97, "%")
    >>> str(goal), goal.met(97.5), goal.met(96.9)
    ('test accuracy >= 97 %', True, False)
    >>> str(Goal("test error", 0.25, lower=True))
    'test error <= 0.25'
    """

    measure: str
    value: float
    unit: str = ""
    lower: bool = False

    def met(self, score: float) -> bool:
        """Whether a score reaches the goal; one that is not finite does not."""
        reached = score <= self.value if self.lower else score >= self.value
        return reached and math.isfinite(score)

    @property
    def bound(self) -> str:
        """The bound with its unit, without the measure."""
        return f"{'<=' if self.lower else '>='} {self.value:g} {self.unit}".rstrip()

    def __str__(self) -> str:
        return f"{self.measure} {self.bound}"


@dataclass(frozen=True, slots=True)
class Example:
    """A model with its data: `run(run)` trains it, shows something, and gives the score.

    `name` is what the command line takes, `title` one line on what is trained on what, `seconds`
    the usual time of a whole run on two cores. `needs` are modules that come with `extra`, one of
    gradloom's extras.
    """

    name: str
    title: str
    goal: Goal
    seconds: float
    run: Callable[[Run], float]
    needs: tuple[str, ...] = ()
    extra: str = ""

    def missing(self) -> tuple[str, ...]:
        """The modules that it needs and that are not installed."""
        return tuple(name for name in self.needs if find_spec(name) is None)

    def require(self) -> None:
        """Raise `BackendMissing` where something that it needs is not installed."""
        missing = self.missing()
        if missing:
            raise BackendMissing(
                f"{self.name}: {' and '.join(missing)} not installed",
                hint=f"pip install 'gradloom[{self.extra}]'",
            )
