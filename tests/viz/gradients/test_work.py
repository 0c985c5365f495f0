"""What takes long is watched, given up, and replaced by what is asked later."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from gradloom.ir.errors import Cancelled
from gradloom.viz.gradients.work import Superseded, Work


class Asked(threading.Thread):
    """Something that is asked in a thread, and what came of it."""

    def __init__(self, work: Work, make: Callable[[], Any], what: str = "computing") -> None:
        super().__init__(daemon=True)
        self._work, self._make, self._what = work, make, what
        self.came: Any = None
        self.start()

    def run(self) -> None:
        try:
            self.came = self._work.do(self._what, self._make)
        except BaseException as error:
            self.came = error

    def result(self) -> Any:
        self.join(10)
        assert not self.is_alive()
        return self.came


def hanging() -> tuple[Callable[[], str], threading.Event, threading.Event]:
    """A computation, when it has begun, and what ends it."""
    begun, end = threading.Event(), threading.Event()

    def compute() -> str:
        begun.set()
        end.wait()
        return "late"

    return compute, begun, end


def test_what_is_asked_is_given_and_what_it_raises_is_raised() -> None:
    work = Work()
    assert work.do("computing", lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        work.do("computing", lambda: 1 // 0)
    with pytest.raises(SystemExit):
        work.do("computing", exit)
    assert work.do("computing", lambda: 4) == 4
    assert work.busy is None


def test_of_what_waits_the_newest_is_done_and_never_two_at_once() -> None:
    work, (compute, begun, end), done = Work(), hanging(), list[int]()
    asked = Asked(work, compute)
    begun.wait(10)
    assert work.busy is not None
    assert work.busy["what"] == "computing"
    for number in range(5):
        newer = Asked(work, lambda n=number: done.append(n) or n)
        assert isinstance(asked.result(), Superseded)  # nobody waits for it; the first still runs
        asked = newer
    assert work.busy["what"] == "waiting for what was asked before"
    assert done == []
    end.set()
    assert asked.result() == 4
    assert done == [4]


def test_what_is_given_up_is_cancelled_and_comes_late_to_nobody() -> None:
    ended = list[int]()
    work, (compute, begun, end) = Work(lambda: ended.append(1)), hanging()
    asked = Asked(work, compute)
    begun.wait(10)
    work.cancel()
    assert isinstance(asked.result(), Cancelled)
    assert "given up after" in str(asked.result())
    assert ended == [1]
    assert work.busy is None
    end.set()
    assert work.do("computing", lambda: "new") == "new"


def test_what_is_less_urgent_gives_way() -> None:
    work, (compute, begun, end) = Work(), hanging()
    assert work.do_if_idle("looking", lambda: 1) == 1
    asked = Asked(work, compute)
    begun.wait(10)
    with pytest.raises(Superseded):
        work.do_if_idle("looking", lambda: 2)
    end.set()
    assert asked.result() == "late"
    with work.turn(), pytest.raises(Superseded):
        work.do_if_idle("looking", lambda: 2)
