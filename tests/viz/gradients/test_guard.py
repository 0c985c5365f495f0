"""A source that hangs does not hang its page."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.source import Snapshot
from tests.viz.web.debugged import Network

pytest.importorskip("starlette", reason="no starlette here: the debugger is not served")
pytest.importorskip("uvicorn", reason="no uvicorn here: the debugger is not served")
pytest.importorskip("websockets", reason="no websockets here: the debugger is not served")

from gradloom.viz.gradients.server import Server, serve  # after the skips
from tests.viz.gradients.test_server import connected, status

pytestmark = pytest.mark.framework
HANGS = 9.0
"""A number in the first cell that the source below cannot be done with."""


class Hanging(Network):
    """It does not end while `HANGS` stands in the first cell."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.begun, self.end = threading.Event(), threading.Event()

    def compute(self, input: np.ndarray) -> Snapshot:
        if input[0, 0] == HANGS:
            self.begun.set()
            self.end.wait()
        return super().compute(input)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Gradients, Hanging, Server]]:
    """A debugger that can hang, its source and its server."""
    source = Hanging(tmp_path)
    debugger = Gradients(source)
    with serve(debugger) as server:
        yield debugger, source, server
        source.end.set()


def heard(socket: Any, *keys: str) -> dict[str, Any]:
    """The next message that has one of these keys."""
    while True:
        told: dict[str, Any] = json.loads(socket.recv(timeout=10))
        if any(key in told for key in keys):
            return told


def until(holds: Callable[[], bool]) -> None:
    """Wait for it; raises after ten seconds."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "it did not come to be so"
        time.sleep(0.01)


def ask(socket: Any, **message: Any) -> None:
    socket.send(json.dumps(message))


def test_a_page_tells_what_it_waits_for_and_gives_up(running: Any) -> None:
    debugger, source, server = running
    with connected(server) as socket, connected(server) as other:
        ask(socket, do="set_cell", cell=0, value=HANGS)
        source.begun.wait(10)
        for page in (socket, other):
            assert heard(page, "busy")["busy"]["what"] == "computing"
        assert status(server, f"/{server.token}/") == 200  # the page can be opened meanwhile
        ask(socket, do="links", layer=1, cell=6)
        assert heard(socket, "links")["links"]["flows"]
        ask(other, do="cancel")
        assert "given up after" in heard(socket, "error")["error"]
        assert heard(other, "busy") == {"busy": None}
        assert debugger.is_stale
        assert "given up" in debugger.data()["error"]
        source.end.set()
        ask(socket, do="set_cell", cell=0, value=0.5)
        told = heard(socket, "error", "document")
        while told["document"]["stale"]:
            told = heard(socket, "document")
    assert told["document"]["error"] == ""
    assert debugger.layers[0].activation[0, 0] == 0.5


def test_a_newer_edit_is_computed_and_the_late_result_thrown_away(running: Any) -> None:
    debugger, source, server = running
    with connected(server) as socket:
        ask(socket, do="set_cell", cell=0, value=HANGS)
        source.begun.wait(10)
        ask(socket, do="set_cell", cell=0, value=0.25)
        ask(socket, do="set_cell", cell=1, value=0.75)
        until(lambda: debugger.input[0, :2].tolist() == [0.25, 0.75])  # both have arrived
        source.end.set()
        told = heard(socket, "document")
        while told["document"]["stale"]:
            told = heard(socket, "document")
    layer = debugger.layers[0].activation
    assert (layer[0, 0], layer[0, 1]) == (0.25, 0.75)
    assert told["document"]["layers"][0]["activation"][:2] == [0.25, 0.75]


def test_a_server_ends_while_its_source_hangs(tmp_path: Path) -> None:
    source = Hanging(tmp_path)
    with serve(Gradients(source)) as server, connected(server) as socket:
        ask(socket, do="set_cell", cell=0, value=HANGS)
        source.begun.wait(10)
        server.stop()  # and returns
    source.end.set()
