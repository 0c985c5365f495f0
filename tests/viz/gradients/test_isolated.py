"""A program in a process of its own may do what it likes."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import Cancelled, RemoteError, WorkerLost
from gradloom.viz.gradients.children import Child
from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.isolated import Isolated
from tests.viz.gradients import misbehaving as m

FILE = m.__file__
X = np.array([[0.5, -1.0, 2.0]])


@pytest.fixture(scope="module")
def shared() -> Iterator[Gradients]:
    """A debugger of the adapter; its process is started again by whoever needs it."""
    debugger = gl.viz.gradients(f"{FILE}:source")
    yield debugger
    process_of(debugger).close()


def process_of(debugger: Gradients) -> Child:
    source = debugger.source
    assert isinstance(source, Isolated)
    assert source._child is not None
    return source._child


def is_well(debugger: Gradients) -> bool:
    """Whether the next edit is computed."""
    debugger.set_cell(0, 0, value=m.FINE).set_cell(0, 1, value=7.0)
    return not debugger.is_stale and debugger.layers[1].activation[0, 1] == 14.0


def begun(debugger: Gradients, how: int) -> threading.Thread:
    """An edit that does not come back, once the program is at it; its error is `.error`."""

    def edit() -> None:
        try:
            debugger.set_cell(0, 0, value=how)
        except Exception as error:
            thread.error = error

    thread = threading.Thread(target=edit, daemon=True)
    thread.start()
    while f"now {how}" not in process_of(debugger).tail:
        assert thread.is_alive()
        time.sleep(0.01)
    return thread


def ended(thread: threading.Thread) -> Exception:
    thread.join(20)
    assert not thread.is_alive()
    return thread.error


def test_a_function_gives_there_what_it_gives_here(tmp_path: Path) -> None:
    target = np.array([[1.0, 0.0]])
    there = gl.viz.gradients(f"{FILE}:told", X, target=target, loss="@squared", layers="values")
    here = gl.viz.gradients(m.told, X, target=target, loss=m.squared, layers="values")
    for _ in range(2):
        ours, theirs = here.data(), there.data()
        assert ours | {"title": ""} == theirs | {"title": ""}
        assert str(there.graph) == str(here.graph)
        for debugger in (here, there):
            debugger.set_cell(0, 2, value=-0.25)
    assert there.title == "told"
    assert [f.values.tolist() for f in there.links("input", 2)] == [
        f.values.tolist() for f in here.links("input", 2)
    ]
    (path,) = there.save(tmp_path / "x.npy")
    np.testing.assert_array_equal(np.load(path), there.input)


def test_an_adapter_runs_there_and_its_notes_come_along(shared: Gradients) -> None:
    assert is_well(shared)
    assert shared.title == "misbehaving"
    assert shared.snapshot.notes == ("a note",)
    (flow,) = shared.links("a", 1)
    assert (flow.values.tolist(), flow.selected) == ([14.0], 1)


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_a_process_that_is_killed_is_told_and_started_again(shared: Gradients) -> None:
    thread = begun(shared, m.SLEEP)
    shown = shared.layers
    os.kill(process_of(shared).process.pid, signal.SIGKILL)
    error = ended(thread)
    assert isinstance(error, WorkerLost)
    assert "was ended by SIGKILL" in str(error)
    assert shared.layers is shown
    assert shared.is_stale
    assert "SIGKILL" in shared.data()["error"]
    assert is_well(shared)
    assert shared.data()["error"] == ""


def test_an_endless_loop_is_given_up(shared: Gradients) -> None:
    thread = begun(shared, m.SPIN)
    process = process_of(shared).process
    shared.work.cancel()
    assert isinstance(ended(thread), Cancelled)
    assert process.returncode is not None  # it is gone, and waited for


@pytest.mark.parametrize(
    ("how", "kind", "words"),
    [
        (m.LEAVE, RemoteError, "SystemExit in misbehaving: it had enough"),
        (m.RAISE, RemoteError, "KeyError in misbehaving: 'nothing of that name'"),
        pytest.param(m.EXIT, WorkerLost, "ended with exit code 3", marks=pytest.mark.slow),
        pytest.param(m.GARBLE, RemoteError, "no message", marks=pytest.mark.slow),
        pytest.param(m.CLOSE, WorkerLost, "process was ended", marks=pytest.mark.slow),
        pytest.param(m.CRASH, WorkerLost, "SIGSEGV", marks=pytest.mark.slow),
    ],
)
def test_what_goes_wrong_there_is_told_here(
    shared: Gradients, how: int, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words) as raised:
        shared.set_cell(0, 0, value=how)
    if how == m.RAISE:
        assert "misbehaving.py" in str(raised.value)  # the line that raised
    if how == m.CRASH:
        assert "Segmentation fault" in str(raised.value)
    assert is_well(shared)


def test_what_it_prints_disturbs_nothing(
    shared: Gradients, capfd: pytest.CaptureFixture[str]
) -> None:
    for how in (m.GARBAGE, m.SHOUT):
        assert not shared.set_cell(0, 0, value=how).is_stale
        assert shared.loss == shared.input.sum()
    assert len(process_of(shared).tail) <= 4096
    assert "\x1b" not in process_of(shared).tail


@pytest.mark.slow
def test_a_program_that_cannot_be_opened_leaves_no_process() -> None:
    with pytest.raises(RemoteError, match="KeyError in raising") as raised:
        gl.viz.gradients(f"{FILE}:raising", X)
    assert "in raising" in raised.value.__notes__[0]


def test_what_cannot_travel_is_refused_before_anything_starts() -> None:
    for given in ({"a": X}, "weights", [None]):
        with pytest.raises(gl.GradloomError):
            gl.viz.gradients(f"{FILE}:told", given)
    with pytest.raises(gl.CallError, match="layers"):
        gl.viz.gradients(f"{FILE}:told", X, layers=len)
    with pytest.raises(gl.CallError, match="recompute"):
        gl.viz.gradients(f"{FILE}:told", X, recompute="make")
    with pytest.raises(gl.CallError, match="target"):
        gl.viz.gradients("runs/3_", target=X)
