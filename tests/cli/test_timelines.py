"""`gradloom timeline`: a log as text in the terminal, or as a file."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("msgspec")

from gradloom.cli import main
from tests.viz.timelines.runs import one_call, write


def call(*arguments: object) -> int:
    """The exit code of a command line."""
    with pytest.raises(SystemExit) as ended:
        main(["timeline", *map(str, arguments)])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "events.jsonl", one_call())


def test_without_a_file_the_lanes_and_figures_are_printed(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(log) == 0
    told = capsys.readouterr()
    assert "worker-0" in told.out
    assert "critical path: 10 s" in told.out
    assert told.err == ""


@pytest.mark.parametrize("kind", ["svg", "html", "txt", "json"])
def test_a_file_is_written_and_nothing_printed(
    log: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = log.with_suffix(f".{kind}")
    assert call(log, "-o", out, "--theme", "dark", "--start", 2, "--end", 9, "-w", "worker-0") == 0
    assert out.stat().st_size > 300
    assert capsys.readouterr().out == ""


@pytest.mark.framework
def test_dpi_is_that_of_the_png(log: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    out = log.with_suffix(".png")
    assert call(log, "-o", out, "--dpi", 48) == 0
    with image.open(out) as png:
        assert png.size[0] == 640


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-w", "nobody"), "there is no worker 'nobody'"),
        (("--start", "7", "--end", "2"), "begin at 7 s and end at 2 s"),
        (("-o", "run.bmp"), "a timeline of kind '.bmp'"),
        (("-o", "run.svg", "--theme", "pink"), "no palette 'pink'"),
        (("-o", "/proc/none/run.svg"), "cannot be written"),
    ],
)
def test_mistakes_are_told_in_a_line(
    log: Path, arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(log, *arguments) == 1
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error


def test_a_log_that_is_not_there_or_none_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(tmp_path / "none.jsonl") == 1
    assert "there is no file" in capsys.readouterr().err
    (tmp_path / "empty.jsonl").touch()
    assert call(tmp_path / "empty.jsonl") == 1
    assert "is empty" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_error(log: Path) -> None:
    command = [sys.executable, "-m", "gradloom.cli", "timeline", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as made:
        assert made.stdout is not None
        made.stdout.close()
        assert made.stderr is not None
        assert b"Traceback" not in made.stderr.read()
