"""Where docs/numpy-coverage.md and running differ, column by column."""

from __future__ import annotations

import numpy as np
import pytest

from tests.coverage.cells import cells_of
from tests.coverage.columns import COLUMNS
from tests.coverage.page import PAGE, as_read, read
from tests.coverage.programs import SECTIONS

of_this_numpy = pytest.mark.skipif(
    f"numpy {np.__version__};" not in PAGE.read_text(),
    reason="the page was written with another numpy",
)


def differences(column: str) -> dict[str, object]:
    """By name, what the page says and what running says; `sh scripts/run.sh coverage` writes the
    page anew.
    """
    programs = [p for s in SECTIONS for p in s.programs()]
    found = {name: as_read(cell) for name, cell in cells_of(COLUMNS[column](programs)).items()}
    said = read(PAGE.read_text())[column]
    names = sorted({*said, *found})
    return {n: (said.get(n), found.get(n)) for n in names if said.get(n) != found.get(n)}
