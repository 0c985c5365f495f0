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


def _stored(x: Any, i: Any, v: Any) -> Any:
    x[0], x[i], x[2:4] = 1, v, 7
    return x


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "tensorflow"])
def test_corners_that_frameworks_have_of_their_own_are_numpys(backend: str) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    zeros, exponents = np.array([0, 0, 0, 1, 2j]), np.array([0, 1, 2 + 1j, 0, -1])
    for dtype in ("c16", "c8"):
        a, b = zeros.astype(dtype), exponents.astype(dtype)
        given = gl.compile(lambda a, b: (a**b, a**0j, b**2), backend=backend)(a, b)
        assert_same(list(given), [a**b, a**0j, b**2], 1e-5)
    for dtype in ("u1", "u2", "u4", "u8", "i2", "?"):
        x, v = np.arange(6).astype(dtype), np.array(1, dtype)[()]
        stored = gl.compile(lambda x, i, v: _stored(x.copy(), i, v), backend=backend)
        assert_same(stored(x, np.int64(-1), v), _stored(x.copy(), -1, v))
