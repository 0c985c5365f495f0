"""What numpy's functions become runs on every installed framework, with numpy's values."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.numpy import test_calculus, test_linalg, test_select, test_statistics
from tests.frontend.traced import assert_same

TABLES = (
    test_linalg.SYSTEMS,
    test_linalg.FACTORS,
    test_statistics.COUNTS,
    test_select.INDICES,
    test_calculus.CASES,
)
STRIDE = 10
"""Every tenth case of each table: all of them on all frameworks take minutes."""


def _arrays(result: Any) -> Iterator[np.ndarray]:
    if isinstance(result, list | tuple):
        for part in result:
            yield from _arrays(part)
    else:
        yield np.asarray(result)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_functions_of_numpy_agree_on_every_framework(backend: str) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    for cases in TABLES:
        for name in list(cases)[::STRIDE]:
            f, arrays = cases[name]
            try:
                with np.errstate(all="ignore"):
                    expected = f(*arrays)
            except (ValueError, TypeError, IndexError):
                continue  # that it is refused is tested with the traced functions
            given = gl.compile(f, backend=backend)(*arrays)
            assert_same(list(_arrays(given)), list(_arrays(expected)), 1e-5)
