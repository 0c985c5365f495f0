"""`gradloom memory` and its kin write pictures of programs, or print them."""

from pathlib import Path

import numpy as np
import pytest

import gradloom as gl
from gradloom.cli import main

STEP = """
import numpy as np

def loss(x):
    for _ in range(4):
        x = np.sin(np.exp(np.sin(x)))
    return np.sum(x)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a model, and its gradient as a file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text(STEP)
    space: dict = {}
    exec(compile(STEP, str(tmp_path / "model.py"), "exec"), space)
    gl.save(gl.trace(gl.grad(space["loss"]), np.ones(1000, np.float32)), tmp_path / "step.gir")
    return tmp_path


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize("kind", ["svg", "html", "txt"])
def test_memory_draws_a_file_before_and_after_a_plan(folder: Path, kind: str) -> None:
    assert call("memory", "step.gir", "--budget", "32KiB", "-o", f"m.{kind}") == 0
    assert "computed anew" in (folder / f"m.{kind}").read_text()


def test_memory_prints_without_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("memory", "model.py:loss", "-s", "f32[n]", "--size", "500") == 0
    assert "alive at the peak" in capsys.readouterr().out


def test_memory_measures_named_sizes_at_a_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("memory", "model.py:loss", "-s", "f32[n]", "--size", "500", "--measure") == 0
    assert "measured peak" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("step.gir", "--budget", "1B"), "BudgetError: remat: no plan within 1 B"),
        (("step.gir", "--budget", "much"), "'much' is no number of bytes"),
        (("step.gir", "-o", "m.bmp"), "NotSupported: a picture of memory of kind '.bmp'"),
        (("step.gir", "-o", "no/m.svg"), "FileUnwritable"),
        (("nothing.gir",), "FileMissing"),
    ],
)
def test_memory_tells_what_is_wrong(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("memory", *arguments) == 1
    assert said in capsys.readouterr().err


def test_roofline_draws_a_file_or_prints(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(folder / "x.npy", np.ones(1000, np.float32))
    assert call("roofline", "step.gir", "x.npy", "-o", "r.svg") == 0
    assert "op by op on numpy" in (folder / "r.svg").read_text()
    assert call("roofline", "model.py:loss", "-s", "f32[n]", "--estimate") == 0
    assert "estimated at the roof" in capsys.readouterr().out
