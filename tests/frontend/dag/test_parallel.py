"""An executor gives what one call after another gives."""

from __future__ import annotations

import operator
import os
import subprocess
import sys
import threading
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import gradloom as gl
from gradloom.frontend.dag import GraphBuilder
from gradloom.frontend.dag.parallel import attempted


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


class Slow:
    """An executor whose futures tell nobody when they are done, and wait for one another."""

    def __init__(self, count: int) -> None:
        self.both = threading.Barrier(count, timeout=30)

    def submit(self, function: Any, /, *args: Any) -> Any:
        both = self.both

        class Result:
            def result(self) -> Any:
                both.wait()
                return function(*args)

        return Result()


def test_futures_that_tell_nobody_are_waited_for_side_by_side() -> None:
    G = GraphBuilder()
    parts = [G.add(int)(k) for k in range(3)]
    assert G.run(*parts, executor=Slow(3)) == [0, 1, 2]


def test_a_cached_call_is_computed_by_the_executor_and_read_by_this_process(tmp_path: Path) -> None:
    places = []
    for _ in range(2):
        G = GraphBuilder()
        told = G.add(lambda x: [x, 1], alias="told", cache=tmp_path)(4)
        untold = G.add(lambda x, t: x, alias="untold", cache=tmp_path)(3, object())
        assert G.run(told, untold, executor="threads") == [[4, 1], 3]
        places.append(G.places)
    assert places == [
        {"told_0": "a thread", "untold_0": "a thread"},
        {"told_0": "its cache", "untold_0": "a thread"},
    ]


def test_an_executor_that_was_shut_down_is_told_with_the_node() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    G = GraphBuilder()
    node = G.add(int)(3)
    with pytest.raises(RuntimeError, match="shutdown") as caught:
        G.run(node, executor=pool)
    assert "int_0" in caught.value.__notes__[0]
    assert G.run(node, executor="threads") == 3


def test_a_future_that_was_cancelled_names_its_node_and_what_was_done_stays() -> None:
    class Cancels:
        def submit(self, function: Any, /, *args: Any) -> Future[Any]:
            future: Future[Any] = Future()
            if function is attempted and args[0] is operator.neg:
                future.cancel()
                future.set_running_or_notify_cancel()
            else:
                future.set_result(function(*args))
            return future

    G = GraphBuilder()
    first = G.add(int)(3)
    last = G.add(operator.neg)(first)
    with pytest.raises(gl.Cancelled, match="neg_0 was cancelled by its executor"):
        G.run(last, executor=Cancels())
    assert first.has_value()
    assert G.run(last) == -3


def _dies_once(marker: str) -> int:
    if not os.path.exists(marker):
        Path(marker).touch()
        os._exit(3)
    return 7


@pytest.mark.slow
def test_a_process_that_dies_is_told_with_the_node_and_replaced_where_a_call_may_be_tried_again(
    tmp_path: Path,
) -> None:
    G = GraphBuilder()
    good = G.add(int)(1)
    bad = G.add(_dies_once)(G.add(lambda x: str(tmp_path / "a"))(good))
    good.get()
    bad.step.inputs[0].get()  # type: ignore[union-attr]  # a lambda does not travel
    with pytest.raises(BrokenExecutor) as caught:
        G.run(bad, executor="processes", max_workers=1)
    assert "at the same time ran nothing else" in "".join(caught.value.__notes__)
    assert "_dies_once_0" in "".join(caught.value.__notes__)
    assert G.run(bad, executor="processes", max_workers=1) == 7
    H = GraphBuilder()
    again = H.add(_dies_once, retry=1)(str(tmp_path / "b"))
    assert H.run(again, executor="processes", max_workers=1) == 7
    assert H.steps[0].tries == 2


def test_a_bar_shows_on_standard_error_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    G, node = _diamond()
    G.run(node, progress=True)
    captured = capsys.readouterr()
    assert "4/4" in captured.err
    assert captured.out == ""


_LONG = """
import time
import gradloom as gl
G = gl.dag.GraphBuilder()
node = G.add(int)(1)
for _ in range(3):
    node = G.add(lambda x: (time.sleep({seconds}), x)[1])(node)
G.run(node, progress={progress})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("seconds", "progress", "shows"),
    [(0.6, None, True), (0.0, None, False), (0.6, False, False)],
)
@pytest.mark.slow
def test_on_a_terminal_a_bar_comes_for_long_runs_alone(
    seconds: float, progress: bool | None, shows: bool
) -> None:
    import pty

    program = _LONG.format(seconds=seconds, progress=progress)
    ours, theirs = pty.openpty()
    ran = subprocess.Popen([sys.executable, "-c", program], stderr=theirs, env=os.environ)
    os.close(theirs)
    said = b""
    try:
        while some := os.read(ours, 4096):
            said += some
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert ran.wait() == 0
    assert (b"4/4" in said) == shows
