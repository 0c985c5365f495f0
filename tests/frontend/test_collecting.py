"""The garbage collector while programs are traced."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.collecting import rarely


def test_the_collector_is_as_it_was_after_a_trace_and_after_an_error() -> None:
    before = gc.get_threshold()
    inside = []

    def f(x: np.ndarray) -> np.ndarray:
        inside.append(gc.get_threshold())
        return gl.grad(np.sum)(x)

    gl.trace(f, np.ones(3))
    with pytest.raises(ZeroDivisionError):
        gl.trace(lambda x: x / (1 // 0), np.ones(3))
    assert inside[0][0] > before[0]
    assert gc.get_threshold() == before


@pytest.mark.parametrize("threshold", [0, 100_000])
def test_a_collector_that_is_off_or_rare_stays_so(threshold: int) -> None:
    before = gc.get_threshold()
    gc.set_threshold(threshold)
    try:
        with rarely():
            assert gc.get_threshold()[0] == threshold
        assert gc.get_threshold()[0] == threshold
    finally:
        gc.set_threshold(*before)


def test_traces_in_two_threads_leave_it_as_the_first_found_it() -> None:
    before = gc.get_threshold()
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with rarely():
            entered.set()
            leave.wait(10)

    with rarely():
        thread = threading.Thread(target=other)
        thread.start()
        assert entered.wait(10)
    assert gc.get_threshold() != before
    leave.set()
    thread.join()
    assert gc.get_threshold() == before
