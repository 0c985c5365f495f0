"""The columns of the coverage table, each a question to every program, answered by running."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from tests.coverage import backends, derivatives, values
from tests.coverage.answers import Answer, Column, answer
from tests.coverage.program import Program
from tests.coverage.scope import DIFFERS

Answers = dict[Program, Answer]


def _told(asked: Callable[[Sequence[Program]], Answers], programs: Sequence[Program]) -> Answers:
    """The answers, in which a stated difference is one."""
    return {
        p: Answer("differs", DIFFERS[p.text]) if a.word == "WRONG" and p.text in DIFFERS else a
        for p, a in asked(programs).items()
    }


def _each(column: Column, programs: Sequence[Program]) -> Answers:
    return {p: answer(column, p) for p in programs}


_ASKED: Final[dict[str, Callable[[Sequence[Program]], Answers]]] = {
    "trace": functools.partial(_each, values.trace),
    "grad": functools.partial(_each, derivatives.grad),
    "jvp": functools.partial(_each, derivatives.jvp),
    "vmap": functools.partial(_each, values.vmap),
    **{name: functools.partial(backends.ask, name) for name in backends.RUNS},
}
COLUMNS: Final = {name: functools.partial(_told, asked) for name, asked in _ASKED.items()}


def in_portions(programs: Sequence[Program], size: int = 96) -> Iterable[Sequence[Program]]:
    """The programs in portions, so that one can see how far running has come."""
    for start in range(0, len(programs), size):
        yield programs[start : start + size]
