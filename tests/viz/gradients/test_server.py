"""The debugger's server answers its own page, and nobody else."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
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


def test_pages_hear_what_the_program_and_other_pages_do(running: Any) -> None:
    debugger, server = running
    with connected(server) as one, connected(server) as other:
        assert asked(one, do="look")["document"]["state"]["layer"] == 0
        debugger.choose(layer="conv", node=5)
        for socket in (one, other):
            told = json.loads(socket.recv(timeout=10))["state"]
            assert (told["layer"], told["node"]) == (1, 5)
        for value in range(20):
            debugger.set_cell(0, 0, value=value)
        for socket in (one, other):  # they are told of the last at least, and never backwards
            seen = [0.0]
            while seen[-1] < 19:
                seen.append(json.loads(socket.recv(timeout=10))["document"]["input"]["values"][0])
            assert seen == sorted(seen)
        one.send(json.dumps({"do": "choose", "state": {"node": 2, "offsets": {"input": [1, 0]}}}))
        told = {}
        while "state" not in told:  # the last document may have been told twice
            told = json.loads(other.recv(timeout=10))
        assert told["state"]["node"] == 2
        assert (debugger.state.node, debugger.state.input_offset) == (2, (1, 0))


def test_a_choice_that_there_is_not_is_told_and_not_taken(running: Any) -> None:
    debugger, server = running
    before = debugger.state
    wrong = [
        {"layer": 99}, {"node": -1}, {"layer": "0"}, {"layer": True}, {"threshold": "x"},
        {"nobody": 1}, {"regions": {"conv": [1, 2]}}, {"regions": []}, {"leads": {"a": [0.5]}},
        {"z": None}, {"offsets": {"input": [1]}}, {"quantity": "mass"}, {"absolute": 1},
        {"node": 1e300}, [], "x",
    ]  # fmt: skip
    with connected(server) as socket:
        for state in wrong:
            assert asked(socket, do="choose", state=state)["error"]
    assert debugger.state == before


def test_the_links_of_one_cell_are_given_both_ways(running: Any) -> None:
    debugger, server = running
    with connected(server) as socket:
        given = asked(socket, do="links", layer=1, cell=6)["links"]
        assert (given["layer"], given["cell"]) == (1, 6)
        into, out = sorted(given["flows"], key=lambda flow: int(flow["source"]))
        held = debugger.flows[1]
        assert out["values"] == held.values[held.sources == 6].tolist()
        assert sorted(into["rows"]) == [7, 8, 12, 13]
        assert set(into["columns"]) == {6}
        assert into["whole"]
        assert out["whole"]
        for layer, cell in ((1, 99), (9, 0), (-1, 0), (1, -1)):
            assert asked(socket, do="links", layer=layer, cell=cell)["error"]


def test_a_page_that_has_the_newest_document_is_not_sent_it_again(running: Any) -> None:
    debugger, server = running
    with connected(server) as socket:
        revision = asked(socket, do="look")["revision"]
        assert revision == debugger.revision
        socket.send(json.dumps({"do": "look", "revision": revision}))
        told = asked(socket, do="links", layer=0, cell=0)  # the look is not answered
        assert told["revision"] == revision
        debugger.compare(debugger)
        assert "document" in asked(socket, do="look", revision=revision)


def test_the_program_has_a_page_under_the_same_word(running: Any) -> None:
    server = running[1]
    assert status(server, f"/{server.token}/explore") == 404  # files have no graph
    with gl.viz.gradients(np.tanh, np.ones(2)).serve() as live:
        assert status(live, f"/{live.token}/explore") == 200
        assert status(live, "/wrong/explore") == 404
        assert status(live, f"/{live.token}/explore", Host="evil.example") == 404


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
