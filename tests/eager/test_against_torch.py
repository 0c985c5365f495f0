"""Each function gives what torch's gives: values, dtype, shape, derivatives."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip("torch")

import gradloom.eager as gt
from tests.eager.programs import FLOATS, INTEGERS, MIXED, PAIRS
from tests.eager.twins import run_both

pytestmark = pytest.mark.framework


@pytest.fixture(autouse=True, scope="module")
def _here() -> Iterator[None]:
    with gt.local():
        yield


def _floats(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.1, 0.9, shape).astype(np.float32)


@pytest.mark.parametrize("text", FLOATS)
def test_a_function_of_floats_is_torchs(text: str) -> None:
    f = eval(f"lambda m, x: {text}")
    run_both(f, [_floats(3, 4)], grad=True)


@pytest.mark.parametrize("text", FLOATS)
def test_a_function_of_doubles_keeps_them(text: str) -> None:
    f = eval(f"lambda m, x: {text}")
    run_both(f, [_floats(3, 4, seed=1).astype(np.float64) - 0.4], grad=True)


@pytest.mark.parametrize("text", INTEGERS)
def test_a_function_of_integers_has_torchs_dtype(text: str) -> None:
    f = eval(f"lambda m, x: {text}")
    run_both(f, [np.arange(-5, 7).reshape(3, 4)], grad=False)


@pytest.mark.parametrize("text", PAIRS)
def test_a_function_of_two_is_torchs(text: str) -> None:
    f = eval(f"lambda m, x, y: {text}")
    run_both(f, [_floats(3, 4), _floats(4, 3, seed=2) - 0.5], grad=True)


@pytest.mark.parametrize("text", MIXED)
@pytest.mark.parametrize(
    "kinds",
    [
        ("float32", "float64"),
        ("int64", "float32"),
        ("uint8", "int8"),
        ("bool", "int32"),
        ("float16", "float32"),
        ("int64", "float16"),
        ("bool", "bool"),
        ("int32", "int64"),
    ],
)
def test_dtypes_meet_as_they_do_in_torch(text: str, kinds: tuple[str, str]) -> None:
    f = eval(f"lambda m, x, y: {text}")
    x = np.array([1, 0, 3, 2]).astype(kinds[0])
    y = np.array([2, 1, 1, 3]).astype(kinds[1])
    run_both(f, [x, y], grad=False)
