"""`gradloom gradients` writes a page of files, or serves one until it is interrupted."""

import os
import signal
import subprocess
import sys
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
