"""docs/numpy-coverage.md says what running says; every name of numpy has sample programs."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from tests.coverage.cells import cells_of
from tests.coverage.columns import COLUMNS
from tests.coverage.page import PAGE, as_read, read
from tests.coverage.programs import (
    SECTIONS,
    arrays,
    calculus,
    elementwise,
    linear,
    methods,
    statistics,
)
from tests.coverage.scope import DIFFERS, OUT_OF_SCOPE, dispatched, surface

PACKAGES = {"torch": "torch", "jax": "jax", "tensorflow": "tensorflow", "onnx": "onnxruntime"}

pytestmark = pytest.mark.skipif(
    f"numpy {np.__version__};" not in PAGE.read_text(),
    reason="the page was written with another numpy",
)


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
@pytest.mark.parametrize("column", list(COLUMNS))
def test_the_page_says_what_running_says(column: str) -> None:
    package = PACKAGES.get(column)
    if package and importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    programs = [p for s in SECTIONS for p in s.programs()]
    found = {name: as_read(cell) for name, cell in cells_of(COLUMNS[column](programs)).items()}
    said = read(PAGE.read_text())[column]
    differ = {
        n: (said.get(n), found.get(n))
        for n in sorted({*said, *found})
        if said.get(n) != found.get(n)
    }
    assert differ == {}, "`sh scripts/run.sh coverage` writes the page anew"
