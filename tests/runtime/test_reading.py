"""Logs are read as they are: whole, cut off, broken, foreign, with times that are none."""

import json
import math
from pathlib import Path

import pytest

import gradloom as gl
from gradloom.runtime.events import Event
from gradloom.runtime.reading import heard
from gradloom.runtime.recording import Recording
from tests.viz.timelines.runs import busy, one_call, run, write


def test_a_log_in_json_lines_is_its_events(tmp_path: Path) -> None:
    path = write(tmp_path / "log.jsonl", one_call())
    found = heard(path)
    assert set(found.events) == set(one_call())
    assert found.notes == ()
    assert found.name == "log.jsonl"
    assert heard(str(path)) == found


def test_a_recording_is_its_events_from_its_zero_on() -> None:
    events = tuple(e.shifted(100.0) for e in one_call())
    found = heard(Recording(events, 100.0, 0.0))
    assert [e.start for e in found.events] == [e.start for e in heard(one_call()).events]


def test_events_come_in_the_order_of_their_beginnings() -> None:
    found = heard(reversed(busy(2, 50)))
    starts = [e.start for e in found.events]
    assert starts == sorted(starts)


@pytest.mark.parametrize("cut", [1, 2, 40, 150])
@pytest.mark.parametrize("name", ["log.jsonl", "log.txt"])
def test_a_log_that_is_cut_off_is_used_up_to_there(tmp_path: Path, cut: int, name: str) -> None:
    path = write(tmp_path / name, one_call())
    kept = path.read_bytes()[:-cut]
    path.write_bytes(kept)
    head = sum(line.startswith(b"#") for line in kept.splitlines()) or 1
    is_whole = name == "log.jsonl" and cut == 1  # but for the line's end
    found = heard(path)
    assert len(found.events) == kept.count(b"\n") - head + is_whole
    assert any("cut off" in note for note in found.notes) is not is_whole


@pytest.mark.parametrize("name", ["log.jsonl", "log.txt"])
def test_a_broken_line_in_the_middle_is_told_with_its_number(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, one_call())
    lines = path.read_text().splitlines(keepends=True)
    lines[-3] = "what is this?\n"
    path.write_text("".join(lines))
    with pytest.raises(gl.FileError, match=rf"{name}:{len(lines) - 2} is no event") as raised:
        heard(path)
    assert f"head -n {len(lines) - 3}" in raised.value.hint


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "dance"},
        {"start": "soon"},
        {"ops": 3},
        {"bytes": -5},
        {"who": "x" * 300},
        {"new": 1},
    ],
)
def test_json_that_is_no_event_is_told(tmp_path: Path, change: dict[str, object]) -> None:
    path = write(tmp_path / "log.jsonl", one_call())
    lines = path.read_text().splitlines()
    lines[2] = json.dumps({**json.loads(lines[2]), **change})
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(gl.FileError, match=r"log.jsonl:3 is no event"):
        heard(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("  \n", "is blank"),
        ("[1, 2]\n", "is not the beginning of a log"),
        ('{"a": 1}\n', "is not the beginning of a log"),
        ("{" * 100_000, "is not the beginning of a log"),
        ('{"traceEvents": []}\n', "is a Chrome trace"),
        ('{"format": "gradloom events", "version": 99}\n', "is of version 99"),
        ("\x00\x01\x02", "is not the beginning of a log"),
    ],
)
def test_what_is_no_log_is_told(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(text)
    with pytest.raises(gl.FileError, match=message):
        heard(path)


def test_a_file_that_is_not_there_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file"):
        heard(tmp_path / "none.jsonl")
    with pytest.raises(gl.FileError, match="is a folder"):
        heard(tmp_path)


def test_what_are_no_events_is_told() -> None:
    with pytest.raises(gl.ArgumentError, match="number 1 of the events is a int"):
        heard([run(0, 1), 3])  # type: ignore[list-item]  # on purpose
    with pytest.raises(gl.ArgumentError, match="a int is no log"):
        heard(3)  # type: ignore[arg-type]  # on purpose


def test_a_log_without_events_has_none(tmp_path: Path) -> None:
    for name in ("log.jsonl", "log.txt"):
        assert heard(write(tmp_path / name, [])).events == ()


def test_events_without_finite_times_are_left_out_and_told(tmp_path: Path) -> None:
    wrong = [
        run(math.nan, 1.0), run(0.0, math.inf), run(-math.inf, 0.0), run(0, 1, wait=math.nan),
        run(0.0, 1e300),
    ]  # fmt: skip
    good = [run(1.0, 2.0), run(-3.0, -2.0)]
    for source in ([*wrong, *good], write(tmp_path / "log.jsonl", [*wrong, *good])):
        found = heard(source)
        assert set(found.events) == set(good)
        assert found.notes == ("5 events have no finite time and are left out",)


def test_events_that_end_before_they_begin_are_moments_and_told() -> None:
    found = heard([run(2.0, 1.0), run(5.0, 6.0, wait=-1.0)])
    assert [(e.start, e.end, e.wait) for e in found.events] == [(2.0, 2.0, 0.0), (5.0, 6.0, 0.0)]
    assert found.notes == ("2 events end before they begin; they are shown as moments",)


def test_a_log_of_a_hundred_thousand_events_is_read(tmp_path: Path) -> None:
    events = [run(float(i), i + 0.5, number=i) for i in range(100_000)]
    found = heard(write(tmp_path / "log.jsonl", events))
    assert len(found.events) == 100_000
    assert isinstance(found.events[-1], Event)
