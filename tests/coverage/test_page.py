"""docs/numpy-coverage.md says what running says; every name of numpy has sample programs."""

from __future__ import annotations

import numpy as np
import pytest

from tests.coverage.page import PAGE, read
from tests.coverage.programs import (
    SECTIONS,
    arrays,
    calculus,
    elementwise,
    linear,
    methods,
    statistics,
)
from tests.coverage.said import differences, of_this_numpy
from tests.coverage.scope import DIFFERS, OUT_OF_SCOPE, dispatched, surface

pytestmark = of_this_numpy


def test_every_name_that_dispatches_has_programs_or_a_reason():
    main = [elementwise.PROGRAMS, arrays.PROGRAMS, statistics.PROGRAMS, calculus.PROGRAMS]
    named = [name for table in main for name in table]
    assert len(named) == len(set(named))
    assert set(named) == dispatched() - set(OUT_OF_SCOPE)
    assert set(OUT_OF_SCOPE) <= dispatched()
    assert len(named) == 301


def test_every_name_of_linalg_fft_emath_and_ndarray_has_programs():
    assert set(linear.LINALG) == dispatched(np.linalg)
    assert set(linear.FFT) == dispatched(np.fft) | {"fftfreq", "rfftfreq"}
    assert set(linear.EMATH) == dispatched(np.emath)
    assert set(methods.PROGRAMS) == surface()


def test_every_stated_difference_is_met():
    text = PAGE.read_text()
    assert set(DIFFERS) <= {p.text for s in SECTIONS for p in s.programs()}
    assert [reason for reason in set(DIFFERS.values()) if reason not in text] == []


def test_no_program_is_written_twice():
    programs = [p for s in SECTIONS for p in s.programs()]
    assert len(programs) == len(set(programs))


def test_no_cell_is_wrong():
    said = read(PAGE.read_text())
    assert [
        (c, n) for c, names in said.items() for n, (word, _) in names.items() if word == "WRONG"
    ] == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("column", ["trace", "numpy"])
def test_the_page_says_what_running_says(column: str) -> None:
    assert differences(column) == {}
