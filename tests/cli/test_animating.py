"""`gradloom animate`: the files that it writes."""

from pathlib import Path

import pytest
from PIL import Image

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
        (("gone.jsonl",), "gone.jsonl is not there"),
    ],
)
def test_what_cannot_be_written_is_told_in_two_lines(
    line: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("animate", *line, "-o", str(tmp_path / "out")) == 1
    err = capsys.readouterr().err
    assert told in err
    assert len(err.splitlines()) == 2
