"""`gradloom animate`: the files that it writes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gradloom as gl
from tests.cli.test_commands import call

SMALL = ("--width", "200", "--height", "150", "--fps", "6", "--duration", "1")


def test_without_arguments_it_writes_the_three_classic_gifs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("animate", *SMALL) == 0
    made = sorted(path.name for path in (tmp_path / "output").iterdir())
    names = ["allreduce", "gossip", "parameter_server"]
    assert made == [f"{name}_gradient_flow.gif" for name in names]
    assert len(capsys.readouterr().out.splitlines()) == 3
    with Image.open(tmp_path / "output" / made[0]) as gif:
        assert (gif.size, gif.n_frames) == ((200, 150), 6)


def test_a_schedule_by_its_name_in_the_format_that_is_asked_for(tmp_path: Path) -> None:
    line = ("animate", "ring", "-n", "3", "-f", "html", "--theme", "light", "-o", str(tmp_path))
    assert call(*line) == 0
    assert "Ring all-reduce" in (tmp_path / "ring.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("rong",), "no schedule 'rong'"),
        (("ring", "-f", "bmp"), "no format 'bmp'"),
        (("ring", "--fps", "0"), "0 frames per second"),
        (("gone.jsonl",), "there is no file gone.jsonl"),
    ],
)
def test_what_cannot_be_written_is_told_in_two_lines(
    line: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("animate", *line, "-o", str(tmp_path / "out")) == 1
    err = capsys.readouterr().err
    assert told in err
    assert len(err.splitlines()) == 2


def test_a_graph_runs_and_passes_rewrite_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gl.save(gl.trace(lambda x: np.sum(np.sin(x) * 1.0), np.ones(3)), tmp_path / "f.gir")
    line = ("animate", str(tmp_path / "f.gir"), "-f", "html", "-o", str(tmp_path / "out"))
    assert call(*line) == 0
    page = tmp_path / "out" / "f.html"
    assert capsys.readouterr().out.split() == [str(page)]
    assert "3 nodes in 3 stages" in page.read_text(encoding="utf-8")
    assert call(*line, "--pipeline", "simplify") == 0
    assert "1 pass, 3 to 2 nodes" in page.read_text(encoding="utf-8")
    assert call("animate", str(tmp_path / "none.gir")) == 1
