"""A program that numpy refuses is refused here: a wrong axis, shape, dtype, keyword or number of
arguments never gives a number.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from tests.coverage.mistakes import mistakes
from tests.coverage.program import Program
from tests.coverage.programs import SECTIONS
from tests.frontend.traced import run_traced

KNOWN: Final = {
    "np.frompyfunc": "the function is called with arrays, and numpy calls it with Python numbers",
    "np.vectorize": "the function is called with arrays, and numpy calls it with Python numbers",
    "np.nanquantile": "weights along one axis are taken, with which numpy fails",
    "np.nanpercentile": "weights along one axis are taken, with which numpy fails",
}
"""Names of which some mistake gives a number, and why that is left so."""


def outcome(run: Any, *args: Any) -> Any:
    """A result, or the error; what is printed goes nowhere."""
    quiet = contextlib.redirect_stdout(io.StringIO())
    with np.errstate(all="ignore"), warnings.catch_warnings(), quiet:
        warnings.simplefilter("ignore")
        try:
            return run(*args)
        except Exception as error:
            return error


def silent(program: Program) -> Iterator[str]:
    """The mistakes in a program that numpy tells and a trace does not."""
    for wrong in mistakes(program):
        if not wrong.inputs or program.name in KNOWN:
            continue
        theirs = outcome(wrong.call, *wrong.arguments)
        if not isinstance(theirs, Exception):
            continue
        ours = outcome(run_traced, wrong.call, *wrong.arguments)
        if not isinstance(ours, Exception):
            yield f"{wrong.text}: numpy raises {theirs!r}, and traced it is {ours!r}"


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program that writes a file under a wrong name writes it where nobody looks."""
    monkeypatch.chdir(tmp_path)


PROGRAMS: Final = [p for section in SECTIONS for p in section.programs()]


@pytest.mark.parametrize("part", range(4))
def test_some_mistakes_are_told(part: int) -> None:
    """Every fifteenth program, another quarter of them in each part."""
    found = [line for p in PROGRAMS[part * 15 :: 60] for line in silent(p)]
    assert found == []


@pytest.mark.slow
def test_all_mistakes_are_told() -> None:
    found = [line for p in PROGRAMS for line in silent(p)]
    assert found == []


def test_a_mistake_is_made_of_every_kind_of_part() -> None:
    texts = {p.text for p in mistakes(Program("np.sum", "np.sum(x, axis=1, keepdims=True)"))}
    assert {
        "np.sum(x, axis=9, keepdims=True)", "np.sum(x[:1], axis=1, keepdims=True)",
        "np.sum(x, axis=1)", "np.sum(axis=1, keepdims=True)",
        "np.sum(x, axis=1, keepdims=True, nonsense=1)",
        "np.sum(x, axis=1, keepdims=True, dtype='no')",
    } <= texts  # fmt: skip
