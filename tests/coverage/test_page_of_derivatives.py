"""docs/numpy-coverage.md says what running `grad`, `jvp` and `vmap` says."""

from __future__ import annotations

import pytest

from tests.coverage.said import differences, of_this_numpy

pytestmark = of_this_numpy


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("column", ["grad", "jvp", "vmap"])
def test_the_page_says_what_running_says(column: str) -> None:
    assert differences(column) == {}
