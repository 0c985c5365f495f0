"""An executor gives what one call after another gives."""

from __future__ import annotations

import operator
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

import gradloom as gl
from gradloom.frontend.dag import GraphBuilder


def _diamond() -> tuple[GraphBuilder, Any]:
    G = GraphBuilder()
    a = G.add(int)(20)
    left, right = G.add(operator.neg)(a), G.add(operator.add)(a, 1)
    return G, G.add(operator.mul)(left, right)


@pytest.mark.parametrize("workers", [1, 4])
def test_threads_give_the_same_and_let_go_of_the_same(workers: int) -> None:
    G, node = _diamond()
    assert G.run(node, executor="threads", max_workers=workers) == -420
    assert [n.has_value() for step in G.steps for n in step.outputs] == [False] * 3 + [True]


def test_calls_that_do_not_need_one_another_run_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=30)
    G = GraphBuilder()
    parts = [G.add(both.wait)() for _ in range(2)]
    total = G.add(sum)(parts)
    assert G.run(total, executor="threads", max_workers=2) == 1


@pytest.mark.slow
def test_processes_give_the_same() -> None:
    G, node = _diamond()
    assert G.run(node, executor="processes", max_workers=2) == -420


def test_an_error_passes_through_with_its_node_and_others_are_kept() -> None:
    G = GraphBuilder()
    good = G.add(int)(1)
    bad = G.add(operator.truediv)(good, 0)
    with pytest.raises(ZeroDivisionError) as caught:
        G.run(bad, executor="threads", max_workers=2)
    assert "truediv_0" in caught.value.__notes__[0]
    assert good.has_value()


def test_a_call_is_tried_again_on_a_worker_too() -> None:
    left = [3]

    def flaky() -> int:
        left[0] -= 1
        if left[0]:
            raise OSError("not yet")
        return 7

    G = GraphBuilder()
    assert G.run(G.add(flaky, retry=2)(), executor="threads") == 7


class WithoutCallbacks:
    """An executor whose futures only have results."""

    def submit(self, function: Any, /, *args: Any) -> Any:
        class Result:
            def result(self) -> Any:
                return function(*args)

        return Result()


class Now:
    """An executor that has done it already."""

    def submit(self, function: Any, /, *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*args))
        return future


@pytest.mark.parametrize("executor", [WithoutCallbacks(), Now()], ids=["results", "now"])
def test_any_executor_with_submit_will_do(executor: Any) -> None:
    G, node = _diamond()
    assert G.run_only(node, executor=executor) == -420


def test_the_users_own_pool_stays_open() -> None:
    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            G, node = _diamond()
            assert G.run(node, executor=pool) == -420


def test_what_is_no_executor_is_refused() -> None:
    G, node = _diamond()
    with pytest.raises(gl.ArgumentError, match="gpu"):
        G.run(node, executor="gpu")
    with pytest.raises(gl.CallError, match="no submit"):
        G.run(node, executor=3)  # type: ignore[arg-type]
    with pytest.raises(gl.ArgumentError, match="max_workers=0"):
        G.run(node, executor="threads", max_workers=0)
    assert node.get() == -420


def test_cancel_is_heard_while_workers_run_and_their_results_are_kept() -> None:
    G = GraphBuilder()
    first = G.add(lambda: (G.cancel(), 1)[1])()
    last = G.add(operator.neg)(first)
    with pytest.raises(gl.Cancelled):
        G.run(last, executor="threads")
    assert first.has_value()
    assert G.run(last, executor="threads") == -1


def test_a_bar_shows_on_standard_error_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    G, node = _diamond()
    G.run(node, progress=True)
    captured = capsys.readouterr()
    assert "4/4" in captured.err
    assert captured.out == ""
