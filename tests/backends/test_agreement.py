"""Every backend's answers are those of the reference interpreter."""

from __future__ import annotations

import importlib

import pytest

from gradloom import backends
from tests.backends.array_cases import array_cases
from tests.backends.cases import differences, elementwise_cases, sample_cases

BACKENDS = ("numpy", "torch", "jax", "tensorflow")


def installed(name: str) -> str:
    """`name`, skipping the test where its framework is not installed."""
    pytest.importorskip(backends.get(name).package)
    return name


@pytest.mark.parametrize("name", BACKENDS)
def test_every_elementwise_op_agrees_on_every_dtype(name: str) -> None:
    assert differences(installed(name), list(elementwise_cases())) == []


@pytest.mark.parametrize("name", BACKENDS)
def test_every_other_op_agrees(name: str) -> None:
    assert differences(installed(name), list(array_cases())) == []


@pytest.mark.parametrize("name", BACKENDS)
def test_every_shared_sample_agrees(name: str) -> None:
    assert differences(installed(name), list(sample_cases())) == []


def test_a_backend_is_loaded_without_its_framework() -> None:
    assert importlib.import_module("gradloom.backends.tensorflow.table").TABLE
