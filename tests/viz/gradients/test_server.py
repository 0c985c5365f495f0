"""The debugger's server answers its own page, and nobody else."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradloom.ir.errors import ArgumentError
from tests.viz.web.debugged import INPUT, network

pytest.importorskip("starlette", reason="no starlette here: the debugger is not served")
pytest.importorskip("uvicorn", reason="no uvicorn here: the debugger is not served")
client = pytest.importorskip("websockets.sync.client")
exceptions = pytest.importorskip("websockets.exceptions")

from gradloom.viz.gradients.server import LARGEST, Server, serve  # noqa: E402  # after the skips

pytestmark = pytest.mark.framework


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Any, Server]]:
    """A debugger and its server."""
    debugger, _ = network(tmp_path)
    with serve(debugger) as server:
        yield debugger, server


def status(server: Server, path: str, **headers: str) -> int:
    """What a request is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def connected(server: Server, token: str = "", **settings: Any) -> Any:
    """A socket, as the page opens it."""
    address = f"ws://127.0.0.1:{server.port}/{token or server.token}/socket"
    home = f"http://127.0.0.1:{server.port}"
    return client.connect(address, **{"origin": home, "proxy": None, "max_size": None, **settings})


def asked(socket: Any, **message: Any) -> dict[str, Any]:
    """The answer to a message."""
    socket.send(json.dumps(message))
    return dict(json.loads(socket.recv(timeout=10)))


def test_the_page_needs_the_word_and_the_host(running: Any) -> None:
    server = running[1]
    assert status(server, f"/{server.token}/") == 200
    assert status(server, f"/{server.token[:-1]}/") == 404
    assert status(server, f"/{server.token}x/") == 404
    assert status(server, "/") == 404
    assert status(server, "/%ff/") == 404
    assert status(server, f"/{server.token}/", Host="evil.example") == 404  # DNS rebinding


def test_the_socket_needs_the_word_and_its_own_origin(running: Any) -> None:
    server = running[1]
    for wrong in (
        {"token": "guessed"}, {"origin": "http://evil.example"}, {"origin": None},
        {"origin": f"https://127.0.0.1:{server.port}"},
    ):  # fmt: skip
        with pytest.raises(exceptions.InvalidStatus):
            connected(server, **wrong)
    with connected(server) as socket:
        assert asked(socket, do="look")["document"]["title"] == "network"


def test_messages_that_mean_nothing_are_told_so_and_change_nothing(running: Any) -> None:
    debugger, server = running
    with connected(server) as socket:
        for text in ("", "[", "[]", "3", '{"do": "eval"}', "[" * 9000, '{"do": ["look"]}'):
            socket.send(text)
            assert "means nothing" in json.loads(socket.recv(timeout=10))["error"]
        for cell, value in ((0, "x"), (0, None), (0, [1]), (0, True), (10**9, 1), (-1, 1)):
            assert "error" in asked(socket, do="set_cell", cell=cell, value=value)
        for name in ("../up.npy", "a/b", "a\\b", "..", "\0", "x" * 300):
            assert "no plain file name" in asked(socket, do="save", name=name)["error"]
        assert (debugger.input == INPUT).all()
        assert asked(socket, do="set_cell", cell=0, value="NaN")["document"]["error"] == ""
        assert np.isnan(debugger.input[0, 0])


def test_a_message_that_is_too_long_ends_the_conversation_alone(running: Any) -> None:
    server = running[1]
    with connected(server) as socket, pytest.raises(exceptions.ConnectionClosed):
        asked(socket, do="save", name="x" * LARGEST)
    with connected(server) as socket:
        assert "document" in asked(socket, do="look")


def test_a_port_that_cannot_be_had_is_told(running: Any, tmp_path: Path) -> None:
    debugger, server = running
    with pytest.raises(ArgumentError, match=f"port {server.port} cannot be listened on"):
        serve(debugger, server.port)
    for port in (-1, 65536):
        with pytest.raises(ArgumentError, match=f"port={port}"):
            serve(debugger, port)
    with pytest.raises(ArgumentError, match="no palette 'pink'"):
        serve(debugger, theme="pink")


def test_a_server_stops_and_another_has_another_word(running: Any) -> None:
    debugger, server = running
    server.stop()
    with pytest.raises(ConnectionError):
        status(server, f"/{server.token}/")
    with debugger.serve() as other:
        assert other.token != server.token
        assert other.url in repr(other)
