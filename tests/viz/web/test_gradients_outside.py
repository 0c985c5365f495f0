"""The debugger's page and other processes: a program that recomputes, a server that is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

import gradloom as gl
from tests.viz.web.conftest import connected
from tests.viz.web.debugged import cell, network

pytest.importorskip("starlette", reason="no starlette here: the debugger is not served")

# A program as vnittest's users have it, of numpy alone: what it writes, it writes as vnittest does.
ADAPTER = """
import pickle, sys
import numpy as np

prefix = sys.argv[1]
x = np.load(prefix + "input_representation.npy")
w = np.arange(1.0, 25.0).reshape(6, 4) / 10
hidden = np.tanh(x.ravel() @ w)
by_hidden = 2 * hidden
slopes = w * (1 - hidden**2)
flows = {("in", "hidden"): slopes * by_hidden}
gradients = {"in": (slopes @ by_hidden).reshape(x.shape), "hidden": by_hidden.reshape(2, 2)}
with open(prefix + "flow_info.pkl", "wb") as file:
    pickle.dump({"activation_gradients": gradients, "gradient_flows": flows}, file)
"""
X = np.array([[0.0, 0.3, 0.0], [0.1, 0.0, 0.2]])


def loss(x: np.ndarray) -> float:
    """What the adapter's program computes."""
    return float(np.sum(np.tanh(x.ravel() @ (np.arange(1.0, 25.0).reshape(6, 4) / 10)) ** 2))


def by_differences(x: np.ndarray) -> list[float]:
    """The loss's derivative by each cell: central differences."""
    steps = 1e-6 * np.eye(x.size).reshape(x.size, *x.shape)
    return [(loss(x + step) - loss(x - step)) / 2e-6 for step in steps]


def recompute(folder: Path) -> None:
    """Run the adapter, in a process of its own."""
    (folder / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    command = [sys.executable, str(folder / "adapter.py"), f"{folder}/3_"]
    subprocess.run(command, check=True, timeout=60)


def flows_of(page: Any) -> list[float]:
    """What leaves each cell of the first layer, read out of the page."""
    flow = page.evaluate("(f => [f.rows, f.values])(gradients.app.model.flows[0])")
    sums = np.zeros(X.size)
    np.add.at(sums, flow[0], flow[1])
    return list(sums)


def test_an_edit_is_saved_computed_by_another_process_and_rendered(
    served: Any, tmp_path: Path
) -> None:
    np.save(tmp_path / "3_input_representation.npy", X)
    recompute(tmp_path)
    page = served(gl.viz.gradients(f"{tmp_path}/3_"))
    assert flows_of(page) == pytest.approx(by_differences(X), abs=1e-6)
    cell(page, "input", 0, 0)
    expect(page.locator("#told")).to_contain_text("edited after what is shown was computed")
    page.click("#save")
    expect(page.locator("#told")).to_contain_text("Saved")
    edited = X.copy()
    edited[0, 0] = 1
    assert (np.load(tmp_path / "3_input_representation.npy", allow_pickle=False) == edited).all()
    recompute(tmp_path)
    page.click("#render")
    expect(page.locator("#input .mark.edited")).to_have_count(0)
    assert flows_of(page) == pytest.approx(by_differences(edited), abs=1e-6)
    assert page.evaluate("gradients.app.model.layers[0].gradient") == pytest.approx(
        by_differences(edited), abs=1e-6
    )
    (tmp_path / "3_flow_info.pkl").write_bytes(b"half of a fi")
    page.click("#render")
    expect(page.locator("#told")).to_contain_text("3_flow_info.pkl")
    assert flows_of(page) == pytest.approx(by_differences(edited), abs=1e-6)  # it stays


SERVER = """
import sys
from pathlib import Path
from gradloom.viz.gradients.server import Server
from tests.viz.web.debugged import network

server = Server(network(Path(sys.argv[1]))[0], int(sys.argv[2]), token="word")
print("listening", flush=True)
server.wait()
"""


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that end with the test."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="no SIGKILL here")
def test_a_page_comes_back_to_a_server_that_was_killed(
    opened: Any, tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    with network(tmp_path)[0].serve() as server:
        port = server.port  # free again when this one has ended

    def start() -> None:
        command = [sys.executable, "-c", SERVER, str(tmp_path), str(port)]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        assert processes[-1].stdout is not None
        assert processes[-1].stdout.readline() == b"listening\n"

    start()
    refused = ("ERR_CONNECTION_REFUSED", "WebSocket connection")
    page = opened(f"http://127.0.0.1:{port}/word/", expected=refused)
    connected(page)
    page.select_option("#layer", "conv")
    processes[0].send_signal(signal.SIGKILL)
    expect(page.locator("#status")).to_contain_text("no answer")
    before = page.evaluate("gradients.app.model.layers[0].gradient")
    start()
    expect(page.locator("#status")).to_have_text("live", timeout=30_000)
    assert page.input_value("#layer") == "conv"
    cell(page, "input", 0, 0)
    expect(page.locator("#input .mark.edited")).to_have_count(1)
    assert page.evaluate("gradients.app.model.layers[0].gradient") != before
