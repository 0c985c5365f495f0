"""Arrays are closed to writing while a function is traced, and open again after."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.dag.unwritable import reached, unwritable

WEIGHTS = np.ones(4)
HALF = WEIGHTS[:2]


def _weighed(x: np.ndarray, k: np.ndarray = np.zeros(2)) -> np.ndarray:  # noqa: B008
    return x @ WEIGHTS + HALF.sum() + k


def test_what_a_function_reaches_is_closed_views_and_all_and_opened_again() -> None:
    found = reached(_weighed)
    assert {id(WEIGHTS), id(HALF)} <= {id(x) for x in found}
    assert len(found) == 3
    for order in (found, found[::-1]):
        with pytest.raises(ValueError, match="read-only"), unwritable(order):
            HALF.sort()
        assert all(x.flags.writeable for x in found)


def test_what_is_closed_already_stays_so() -> None:
    x = np.ones(2)
    x.flags.writeable = False
    with unwritable([x]):
        pass
    assert not x.flags.writeable


def test_memory_of_another_library_is_refused_and_left_as_it_is() -> None:
    x, y = np.frombuffer(bytearray(16)), np.ones(2)
    with pytest.raises(gl.TraceError, match="memory of a"), unwritable([y, x]):
        pass
    assert x.flags.writeable
    assert y.flags.writeable
