"""Names of weights in a module: in their own thread and block, and nowhere else."""

import threading
from typing import Any

import numpy as np
import pytest

import gradloom as gl

GLOBALS: dict[str, Any] = globals()


def run(x: Any) -> Any:
    """A function whose name is also that of a weight."""
    return x + 100.0


def loss(x: Any) -> Any:
    return np.sum(np.tanh(x @ w) * run)


def test_a_name_of_the_module_is_shadowed_inside_and_back_afterwards() -> None:
    before = run
    with gl.params(run=np.full(2, 7.0)):
        assert np.array_equal(GLOBALS["run"], [7.0, 7.0])
        assert isinstance(run, np.ndarray)
    assert GLOBALS["run"] is before
    assert run(1.0) == 101.0
    with pytest.raises(RuntimeError, match="inside"), gl.params(run=np.zeros(1)):
        raise RuntimeError("inside")
    assert GLOBALS["run"] is before
    assert "w" not in GLOBALS


def test_blocks_nest_and_the_same_weights_may_be_entered_twice() -> None:
    outer, inner = gl.params(w=np.full(1, 1.0)), gl.params(w=np.full(1, 2.0))
    with outer:
        with inner, inner, outer:
            assert GLOBALS["w"][0] == 1.0
        with inner:
            assert GLOBALS["w"][0] == 2.0
        assert GLOBALS["w"][0] == 1.0
    assert "w" not in GLOBALS


def test_threads_with_weights_of_one_name_each_get_their_own_numbers() -> None:
    x = np.arange(6.0).reshape(2, 3)
    wrong: list[Any] = []
    start = threading.Barrier(4)

    def work(scale: float) -> None:
        weights = gl.params(w=np.full((3, 2), scale), run=np.ones(2))
        due = np.sum(np.tanh(x @ np.full((3, 2), scale)))
        start.wait()
        for _ in range(20):
            value, _ = weights.grad(loss, x)
            with weights:
                plain = loss(x)
            if not (np.isclose(value, due) and np.isclose(plain, due)):
                wrong.append((scale, value, plain))

    threads = [threading.Thread(target=work, args=(0.01 * (i + 1),)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert run(1.0) == 101.0
    assert "w" not in GLOBALS


def test_another_thread_sees_what_stood_there_before() -> None:
    seen: list[Any] = []

    def look() -> None:
        seen.append(run(2.0))
        try:
            seen.append(np.sum(GLOBALS["w"]))
        except NameError as error:
            seen.append(str(error))

    with gl.params(w=np.ones(2), run=np.ones(2)):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen[0] == 102.0
    assert "name 'w' is not defined" in seen[1]
