"""The columns of the coverage table, each a question to every program, answered by running."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from tests.coverage import backends, derivatives, values
from tests.coverage.answers import Answer, Column, answer
from tests.coverage.program import Program

Answers = dict[Program, Answer]


def _each(column: Column, programs: Sequence[Program]) -> Answers:
    return {p: answer(column, p) for p in programs}


COLUMNS: Final[dict[str, Callable[[Sequence[Program]], Answers]]] = {
    "trace": functools.partial(_each, values.trace),
    "grad": functools.partial(_each, derivatives.grad),
    "jvp": functools.partial(_each, derivatives.jvp),
    "vmap": functools.partial(_each, values.vmap),
    **{name: functools.partial(backends.ask, name) for name in backends.RUNS},
}


def in_portions(programs: Sequence[Program], size: int = 96) -> Iterable[Sequence[Program]]:
    """The programs in portions, so that one can see how far running has come."""
    for start in range(0, len(programs), size):
        yield programs[start : start + size]
