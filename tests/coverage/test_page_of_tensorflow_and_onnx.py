"""docs/numpy-coverage.md says what running on TensorFlow and onnxruntime says."""

from __future__ import annotations

import importlib.util

import pytest

from tests.coverage.said import differences, of_this_numpy

pytestmark = of_this_numpy
PACKAGES = {"tensorflow": "tensorflow", "onnx": "onnxruntime"}
COLUMNS = [pytest.param("tensorflow", marks=pytest.mark.slow), "onnx"]
"""What TensorFlow says takes a minute; its ops are compared in tests/backends every time."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("column", COLUMNS)
def test_the_page_says_what_running_says(column: str) -> None:
    if importlib.util.find_spec(PACKAGES[column]) is None:
        pytest.skip(f"{PACKAGES[column]} is not installed")
    assert differences(column) == {}
