"""A mistake on the command line is told in a few lines, with 1 or 2 as exit code."""

from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_commands import LOSS, call, model  # noqa: F401  (a fixture)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What was written to the error stream, on one line."""
    return " ".join(capsys.readouterr().err.replace("│", " ").split())


ERRORS = {
    "a file that is not there": (("trace", "nope.gir"), "FileMissing"),
    "a pass that is not there": (("opt", *LOSS, "-p", "simplfy"), "did you mean 'simplify'"),
    "a backend that is not there": (("run", *LOSS, "-b", "theano"), "no backend called 'theano'"),
    "an array that is not there": (("run", LOSS[0], "nope.npy", *LOSS[1:]), "nope.npy"),
    "a picture of no kind": (("view", *LOSS, "-o", "x.gif"), ".svg"),
    "a spec that is none": (("trace", "model.py:loss", "-s", "f32[3"), "no spec"),
    "shapes that disagree": (
        ("trace", "model.py:loss", "-s", "f32[3,2]", "-s", "f32[n,4]"),
        "model.py:10",
    ),
    "a folder that is not there": (("trace", *LOSS, "-o", "no/where.gir"), "where.gir"),
}


@pytest.mark.parametrize(("line", "expected"), ERRORS.values(), ids=ERRORS)
def test_an_error_is_told_without_a_traceback(
    line: tuple[str, ...], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*line) == 1
    text = said(capsys)
    assert expected in text
    assert "Traceback" not in text


USAGE = {
    "a command that is not there": (("frobnicate",), "No such command"),
    "a file without a function": (("trace", "model.py"), "FILE:FUNC"),
    "a function that is not there": (("trace", "model.py:nope"), "has no 'nope'"),
    "too few specs": (("trace", "model.py:loss", "-s", "f32[3]"), "one --spec per argument"),
    "an object that is not there": (("trace", "model.py:loss", "-s", "@nope"), "has no 'nope'"),
    "a format that is none": (("export", *LOSS, "--to", "pdf"), "onnx, torchscript"),
    "a format that wants a file": (("export", *LOSS, "--to", "onnx"), "--output"),
    "a size that is none": (("run", *LOSS, "--size", "0"), "--size"),
}


@pytest.mark.parametrize(("line", "expected"), USAGE.values(), ids=USAGE)
def test_a_wrong_command_line_exits_with_2(
    line: tuple[str, ...], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*line) == 2
    assert expected in said(capsys)


def test_what_the_file_raises_keeps_its_traceback_and_nothing_above_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call("trace", "model.py:broken", "-s", "f32[3]") == 1
    text = capsys.readouterr().err
    assert text.splitlines()[0] == "Traceback (most recent call last):"
    assert 'model.py", line 24, in broken' in text.splitlines()[1]
    assert text.splitlines()[-1] == "KeyError: 'mine'"


def test_a_file_that_is_no_python_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.py").write_text("def f(x:\n")
    assert call("trace", "bad.py:f") == 1
    assert "bad.py" in capsys.readouterr().err


def test_more_arrays_than_parameters_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "a.npy", np.ones(3))
    assert call("run", "model.py:wasteful", "a.npy", "a.npy", "-s", "f64[3]") == 2
    assert "2 arrays for 1 parameters" in said(capsys)


def test_a_file_without_an_array_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.npy").write_bytes(b"nothing")
    assert call("run", "model.py:wasteful", "a.npy", "-s", "f64[3]") == 1
    assert "a.npy holds no array" in said(capsys)
