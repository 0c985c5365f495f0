"""Files that others write, while a page shows them."""

import os
import pickle
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import FileError
from gradloom.viz.gradients import files, server
from gradloom.viz.gradients.files import Files, stamp
from tests.viz.gradients.test_files import write
from tests.viz.gradients.test_guard import ask, heard
from tests.viz.gradients.test_recompute import ADAPTER
from tests.viz.gradients.test_server import connected

pytestmark = pytest.mark.framework


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are looked at more often than people need."""
    monkeypatch.setattr(server, "LOOK_S", 0.05)
    monkeypatch.setattr(files, "QUIET_S", 0.1)


@pytest.fixture
def prefix(tmp_path: Path) -> str:
    write(f"{tmp_path}/3_", {"a": np.zeros((4, 4))}, {})
    return f"{tmp_path}/3_"


def recomputed(prefix: str, value: float) -> None:
    """What another program writes."""
    write(prefix, {"a": np.full((4, 4), value)}, {})


def until(socket: Any, first: float) -> dict[str, Any]:
    """The document whose first gradient is this."""
    while True:
        told = heard(socket, "document")["document"]
        if told["layers"][0]["gradient"][0] == first:
            return dict(told)


def test_a_page_is_told_of_files_that_have_changed_and_renders_when_asked(prefix: str) -> None:
    shown = gl.viz.gradients(prefix)
    with shown.serve() as running, connected(running) as socket:
        recomputed(prefix, 2.0)
        assert "Render shows them." in heard(socket, "news")["news"]
        assert shown.layers[0].gradient[0, 0] == 0.0
        ask(socket, do="set_cell", cell=0, value=1.0)
        assert "drops 1 unsaved edit." in heard(socket, "news")["news"]
        ask(socket, do="render")
        until(socket, 2.0)
        assert heard(socket, "news")["news"] == ""


def test_a_page_that_watches_shows_what_others_write(prefix: str) -> None:
    shown = gl.viz.gradients(prefix, watch=True)
    info = Path(prefix + "flow_info.pkl")
    with shown.serve() as running, connected(running) as socket:
        recomputed(prefix, 2.0)
        until(socket, 2.0)
        whole = pickle.dumps({"activation_gradients": {"a": np.ones((4, 4))}, "gradient_flows": {}})
        info.write_bytes(whole[: len(whole) // 2])  # half of it, and then nothing for a while
        told = heard(socket, "document")["document"]
        while not told["error"]:
            told = heard(socket, "document")["document"]
        assert told["layers"][0]["gradient"][0] == 2.0
        info.unlink()
        while "is not there" not in told["error"]:
            told = heard(socket, "document")["document"]
        info.write_bytes(whole)
        assert until(socket, 1.0)["error"] == ""
        ask(socket, do="set_cell", cell=0, value=1.0)
        recomputed(prefix, 3.0)  # an edit that was not saved is not thrown away
        assert "unsaved" in heard(socket, "news")["news"]
        assert shown.layers[0].gradient[0, 0] == 1.0


def test_a_page_saves_and_a_command_recomputes(prefix: str, tmp_path: Path) -> None:
    (tmp_path / "adapter.py").write_text(ADAPTER)
    command = [sys.executable, str(tmp_path / "adapter.py"), "{prefix}", "{input}"]
    shown = gl.viz.gradients(prefix, recompute=command)
    with shown.serve() as running, connected(running) as socket:
        ask(socket, do="set_cell", cell=0, value=3.0)
        ask(socket, do="save", name="")
        told = heard(socket, "saved")
        assert "3_input_representation.npy" in told["saved"]
        assert told["document"]["layers"][0]["gradient"][0] == 6.0
        assert not told["document"]["stale"]
        (tmp_path / "adapter.py").write_text("print('boom'); 1 / 0")
        ask(socket, do="set_cell", cell=0, value=4.0)
        ask(socket, do="save", name="")
        told = heard(socket, "error")
        assert "ZeroDivisionError" in told["error"]
        assert told["document"]["layers"][0]["gradient"][0] == 6.0
        ask(socket, do="save", name="x", recompute=["touch", "pwned"])
        assert "ZeroDivisionError" in heard(socket, "error")["error"]  # its own command, no other


def test_files_come_to_rest_before_they_are_news(prefix: str) -> None:
    source = Files(prefix)
    source.read()
    assert not source.has_news()
    recomputed(prefix, 2.0)
    assert not source.has_news()  # they may still be written
    time.sleep(files.QUIET_S)
    assert source.has_news()
    source.read()
    assert not source.has_news()


def test_a_flow_file_that_others_have_written_since_is_not_overwritten(prefix: str) -> None:
    shown = gl.viz.gradients(prefix).set_cell(0, 0, value=1.0)
    path = Path(prefix + "flow_info.pkl")
    before = path.read_bytes()
    assert len(shown.save()) == 2
    assert path.read_bytes() == before
    recomputed(prefix, 2.0)
    newer = path.read_bytes()
    assert [one.name for one in shown.save()] == ["3_input_representation.npy"]
    assert path.read_bytes() == newer
    path.unlink()
    assert len(shown.save()) == 2
    assert path.read_bytes() == before


def test_many_saves_at_once_leave_whole_files(prefix: str) -> None:
    debuggers = [gl.viz.gradients(prefix).set_cell(0, 0, value=i + 1.0) for i in range(6)]
    threads = [threading.Thread(target=one.save) for one in debuggers for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gl.viz.gradients(prefix).input[0, 0] in {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}
    assert {path.name.partition("_")[0] for path in Path(prefix).parent.iterdir()} == {"3"}


def test_a_pipe_or_a_folder_in_place_of_a_file_is_refused(prefix: str) -> None:
    path = Path(prefix + "flow_info.pkl")
    path.unlink()
    path.mkdir()
    with pytest.raises(FileError, match="no plain file"):
        gl.viz.gradients(prefix)
    path.rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path)  # opening it would wait for a writer
        with pytest.raises(FileError, match="no plain file"):
            gl.viz.gradients(prefix)
    assert stamp(path / "nothing") is None
