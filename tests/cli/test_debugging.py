"""`gradloom gradients` writes a page of files, or serves one until it is interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from gradloom.cli import main
from gradloom.viz.gradients.archive import write_archive
from gradloom.viz.gradients.layer import Layer, flow_of_matrix
from gradloom.viz.gradients.source import Snapshot


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A file of two layers."""
    a = Layer("a", (1, 2), gradient=np.array([[1.0, -2.0]]))
    b = Layer("b", (1, 1), gradient=np.array([[3.0]]))
    flow = flow_of_matrix("a", "b", np.array([[1.0], [-2.0]]), "given")
    path = tmp_path / "run.gradients.npz"
    write_archive(Snapshot(np.zeros((1, 2)), (a, b), (flow,)), np.zeros((1, 2)), path)
    return path


def call(*arguments: str) -> object:
    """The exit code of a command line."""
    with pytest.raises(SystemExit) as ended:
        main(("gradients", *arguments))
    return ended.value.code


def test_a_page_is_written(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = archive.with_name("page.html")
    assert call(str(archive), "--export", str(page)) == 0
    assert capsys.readouterr().out.startswith(f"{page}: 2 layers")
    assert '"name":"a"' in page.read_text(encoding="utf-8")


def test_mistakes_are_told_in_a_line(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(str(archive.with_name("none.gradients.npz"))) == 1
    assert "none.gradients.npz" in capsys.readouterr().err
    assert (
        call(str(archive), "--export", str(archive.parent / "no" / "p.html"), "--theme", "x") == 1
    )
    assert "no palette 'x'" in capsys.readouterr().err


MODEL = """
import numpy as np

weights = np.array([[1.0, -2.0], [0.5, 1.0]])


def model(x, w):
    return np.tanh(x @ w)


def hanging(x):
    while True:
        pass


def raising(x):
    return {}["missing"]


def squared(result, target):
    return np.sum((result - target) ** 2)
"""


ADAPTER = """
import os
from pathlib import Path

import numpy as np

from gradloom.viz.gradients.layer import Layer
from gradloom.viz.gradients.source import Snapshot


class Hanging:
    title, is_live = "hanging", True

    def read(self):
        return Snapshot(np.zeros(1), (Layer("a", (1,), gradient=np.zeros(1)),), ())

    def compute(self, input):
        part = Path(__file__).with_name("part")
        part.write_text(str(os.getpid()))
        part.rename(part.with_name("pid"))
        while True:
            pass

    def save(self, snapshot, input, name):
        return ()

    def links(self, snapshot, layer, element):
        return ()


source = Hanging()
"""


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A file of functions, and an input beside it."""
    (tmp_path / "model.py").write_text(MODEL)
    np.save(tmp_path / "x.npy", np.array([[0.0, 1.0]]))
    np.save(tmp_path / "t.npy", np.array([[1.0, 0.0]]))
    return str(tmp_path / "model.py")


def test_a_function_in_a_file_is_shown(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    assert (
        call(
            f"{model}:model", "--input", str(tmp_path / "x.npy"), "-i", "@weights",
            "--target", str(tmp_path / "t.npy"), "--loss", "@squared", "--layers", "matmul,tanh",
            "--export", str(page),
        )
        == 0
    )  # fmt: skip
    assert capsys.readouterr().out.startswith(f"{page}: 4 layers")
    assert '"name":"matmul"' in page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_what_a_function_raises_is_shown_with_its_traceback(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(f"{model}:raising", "-i", str(tmp_path / "x.npy")) == 1
    told = capsys.readouterr().err
    assert "KeyError in raising: 'missing'" in told
    assert 'return {}["missing"]' in told
    assert call(f"{model}:nothing", "-i", str(tmp_path / "x.npy")) == 1
    assert "has no 'nothing'" in capsys.readouterr().err


def test_options_that_say_nothing_of_what_is_given_are_refused(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = {
        "1 inputs for files": [str(archive), "-i", "@w"],
        "target='@t'": [str(archive), "-t", "@t"],
        "recompute='make'": [str(tmp_path / "m.py:f"), "--recompute", "make"],
        "is no command": [str(archive), "--recompute", "'"],
        "none.npy": [str(tmp_path / "m.py:f"), "-i", str(tmp_path / "none.npy")],
        "holds no array": [str(tmp_path / "m.py:f"), "-i", __file__],
        "port=70000": [str(archive), "--port", "70000"],
        "rule='guessed'": [str(archive), "--rule", "guessed"],
    }
    for words, arguments in cases.items():
        assert call(*arguments, "--no-browser") == 1
        assert words in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="an interrupt is sent as POSIX sends it")
def test_ctrl_c_ends_a_function_that_hangs_before_there_is_a_page(
    model: str, tmp_path: Path
) -> None:
    x = str(tmp_path / "x.npy")
    command = [sys.executable, "-m", "gradloom.cli", "gradients", f"{model}:hanging", "-i", x]
    (tmp_path / "model.py").write_text("print('here', flush=True)\n" + MODEL)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stderr is not None
            while "here" not in running.stderr.readline():
                assert running.poll() is None
            running.send_signal(signal.SIGINT)
            assert running.wait(timeout=20) != 0
        finally:
            running.kill()


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    assert "gradloom gradients runs/debug/ --export page.html" in capsys.readouterr().out


@pytest.mark.framework
@pytest.mark.skipif(os.name != "posix", reason="an interrupt is sent as POSIX sends it")
def test_it_serves_until_it_is_interrupted(archive: Path) -> None:
    pytest.importorskip("uvicorn", reason="no uvicorn here: the debugger is not served")
    command = [sys.executable, "-m", "gradloom.cli", "gradients", str(archive), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            address = running.stdout.readline().strip()
            with urllib.request.urlopen(address, timeout=10) as page:
                assert page.read(15) == b"<!doctype html>"
            running.send_signal(signal.SIGINT)
            assert running.wait(timeout=20) == 0
        finally:
            running.kill()


@pytest.mark.slow
@pytest.mark.framework
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are looked up as on Linux")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_program_that_hangs_ends_with_the_command_however_that_ends(
    how: signal.Signals, tmp_path: Path
) -> None:
    client = pytest.importorskip("websockets.sync.client", reason="no websockets here")
    (tmp_path / "adapter.py").write_text(ADAPTER)
    what = f"{tmp_path / 'adapter.py'}:source"
    command = [sys.executable, "-m", "gradloom.cli", "gradients", what, "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            address = running.stdout.readline().strip()
            home = address.rsplit("/", 2)[0]
            socket = address.replace("http", "ws") + "socket"
            with client.connect(socket, origin=home, proxy=None) as page:
                page.send(json.dumps({"do": "set_cell", "cell": 0, "value": 1.0}))
                while not (tmp_path / "pid").exists():
                    assert running.poll() is None
                    time.sleep(0.01)
                running.send_signal(how)
                assert running.wait(timeout=20) == (-9 if how == signal.SIGKILL else 0)
        finally:
            running.kill()
    child = Path("/proc") / (tmp_path / "pid").read_text()
    deadline = time.monotonic() + 20  # it sees the end of its parent, and ends itself
    while child.exists() and "State:\tZ" not in (child / "status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
