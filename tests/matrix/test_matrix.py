"""docs/ops.md says what the code says and does."""

from __future__ import annotations

import pytest

from tests.matrix.outside import BACKENDS, answers, by_numpy
from tests.matrix.page import OUTSIDE, PAGE, matrix_part, read_outside
from tests.matrix.rules import COLUMNS, matrix

AGAIN = "run: python -m tests.matrix"


def test_no_cell_is_empty():
    empty = [(op, c) for op, cells in matrix().items() for c in COLUMNS if not cells[c]]
    assert empty == []


def test_the_page_has_the_matrix_of_today():
    assert PAGE.read_text().partition(OUTSIDE)[0].rstrip() == matrix_part().rstrip(), AGAIN


def test_numpys_own_answers_are_those_of_the_page():
    assert read_outside(PAGE.read_text())["Python"] == by_numpy(), AGAIN


@pytest.mark.parametrize("backend", BACKENDS)
def test_outside_its_domain_a_program_answers_as_the_page_says(backend: str):
    if backend != "numpy":
        pytest.importorskip(backend)
    assert read_outside(PAGE.read_text())[backend] == answers(backend), AGAIN
