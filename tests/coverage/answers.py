"""What a column of the coverage table says of one program, and how it is asked."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import gradloom as gl
from tests.coverage.program import Program


@dataclass(frozen=True)
class Answer:
    """`yes`, `n/a`, `refused` or `WRONG`, and why."""

    word: str
    why: str = ""


YES = Answer("yes")
Column = Callable[[Program], Answer]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warnings: numpy's own programs warn of divisions by zero too."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def answer(column: Column, program: Program) -> Answer:
    """What the column says of the program."""
    with quiet():
        try:
            return column(program)
        except Exception as error:
            return refusal(error)


def refusal(error: Exception, before: str = "") -> Answer:
    """What an error means: a refusal if it is gradloom's own, else a fault."""
    if isinstance(error, gl.GradloomError):
        return Answer("refused", f"{before}{type(error).__name__}: {error.message}")
    return Answer("WRONG", f"{before}{type(error).__name__}: {error}".splitlines()[0])


def compared(line: str | None, before: str = "") -> Answer:
    """`yes` where nothing differs, else what does."""
    return YES if line is None else Answer("WRONG", before + line)


def inexact(x: Any) -> bool:
    """Whether `x` is an array or scalar (traced or not) of floats or complex numbers."""
    return getattr(getattr(x, "dtype", None), "kind", "") in ("f", "c")
