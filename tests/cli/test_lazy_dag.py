"""A lazy DAG in a Python file is a graph for every command that takes one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradloom.cli import main

JOB = """
import gradloom as gl

G = gl.dag.GraphBuilder(alias="job")
quotient, rest = G.add(divmod, n_out=2)(17, 5)
G.add(max, alias="larger")(quotient, rest)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder with the file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job.py").write_text(JOB, encoding="utf-8")
    return tmp_path


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_it_is_printed_and_drawn_with_the_names_of_its_functions(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("trace", "job.py:G") == 0
    assert 'function="divmod_0"' in capsys.readouterr().out
    assert call("view", "job.py:G", "-o", "g.svg") == 0
    assert call("explore", "job.py:G", "-o", "g.html") == 0
    for name in ("g.svg", "g.html"):
        assert "larger_0" in (folder / name).read_text(encoding="utf-8")


def test_what_wants_numbers_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("export", "job.py:G", "--to", "onnx", "-o", "g.onnx") == 1
    assert "calls the Python function 'divmod_0'" in capsys.readouterr().err
