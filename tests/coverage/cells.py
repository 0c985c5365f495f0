"""The cells of the coverage table: what a column says of a name, out of all its programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.coverage.answers import Answer
from tests.coverage.program import Program

_TYPE: Final = re.compile(r"\b(?:bool|[fciu]\d+|bf16)\[[^\]]*\]")
SHOWN: Final = 3
"""Programs shown for a reason under one name; of more, how many there are."""


@dataclass(frozen=True)
class Cell:
    """A word (`yes`, `partly`, `differs`, `refused`, `n/a`, `WRONG`), and why, with programs."""

    word: str
    why: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def reasons(self) -> list[str]:
        """Why, without the programs."""
        return [reason for reason, _ in self.why]


def cell_of(answers: Iterable[tuple[Program, Answer]]) -> Cell:
    """One cell out of what a column says of one name's programs.

    `n/a` counts only where every program says it; what some programs are refused is `partly`.
    """
    given = list(answers)
    words = {a.word for _, a in given}
    told = [(p, a) for p, a in given if a.word != "n/a"] if words != {"n/a"} else given
    words = {a.word for _, a in told}
    why: dict[str, list[str]] = {}
    for program, answer in told:
        if answer.word != "yes":
            why.setdefault(_general(answer.why), []).append(program.text)
    reasons = tuple((reason, tuple(texts)) for reason, texts in why.items())
    if "WRONG" in words:
        return Cell("WRONG", reasons)
    return Cell("partly" if len(words) > 1 else words.pop(), reasons)


def _general(why: str) -> str:
    """A reason without the shapes of one program."""
    return _TYPE.sub("an array", " ".join(why.split()))


def cells_of(answers: Mapping[Program, Answer]) -> dict[str, Cell]:
    """The cell of every name that has programs here."""
    by_name: dict[str, list[tuple[Program, Answer]]] = {}
    for program, answer in answers.items():
        by_name.setdefault(program.name, []).append((program, answer))
    return {name: cell_of(given) for name, given in by_name.items()}
