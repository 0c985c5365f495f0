"""`gradloom explore` writes a page of functions, files and folders."""

from pathlib import Path

import numpy as np
import pytest

import gradloom as gl
from gradloom.cli import main

MODEL = """
import numpy as np

def loss(w, x):
    return np.sum(np.tanh(x @ w) ** 2)
"""


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model, which is the working folder."""
    (tmp_path / "model.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> object:
    """The exit code of a command line."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


LOSS = ("model.py:loss", "-s", "f64[3, 2]", "-s", "f64[batch, 3]")


def test_a_function_gets_a_page_with_its_history(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("explore", *LOSS, "-o", "page.html") == 0
    assert "page.html: 4 nodes" in capsys.readouterr().out
    assert '"name":"cse"' in (model / "page.html").read_text()


def test_what_is_measured_runs_on_files_or_random_numbers(model: Path) -> None:
    np.save(model / "w.npy", np.ones((3, 2)))
    assert call("explore", *LOSS[:1], "w.npy", *LOSS[1:], "-m", "-g", "-b", "numpy") == 0
    text = (model / "explore.html").read_text()
    assert '"backends":["numpy"]' in text
    assert '"seconds":[' in text


def test_a_file_and_a_folder_of_passes_are_explored(model: Path) -> None:
    graph = gl.trace(np.sin, np.ones(3))
    (model / "passes").mkdir()
    gl.save(graph, model / "passes" / "00_trace.gir")
    gl.save(gl.optimize(graph), model / "passes" / "01_simplify.gir")
    assert call("explore", "passes", "-o", "passes.html") == 0
    assert '"name":"simplify"' in (model / "passes.html").read_text()
    assert call("explore", "passes/00_trace.gir", "-m", "-o", "one.html") == 0


def test_what_cannot_be_done_is_told_in_a_line(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("explore", *LOSS, "-o", "no/page.html") == 1
    assert "cannot be written" in capsys.readouterr().err
    (model / "empty").mkdir()
    assert call("explore", "empty") == 1
    assert "holds no .gir file" in capsys.readouterr().err
