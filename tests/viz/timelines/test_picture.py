"""A timeline in every kind of file, of every kind of log."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import gradloom as gl
from gradloom.runtime.events import Event
from gradloom.runtime.recording import Recording
from gradloom.viz.timelines.drawn import clock, drawn
from gradloom.viz.timelines.words import text
from tests.viz.timelines.runs import HOSTILE, busy, moved, one_call, run, timeline, write


def hostile() -> list[Event]:
    """Events with markup in every text, and with what no process would record."""
    same = {"command": HOSTILE, "program": HOSTILE, "detail": HOSTILE, "ops": ((HOSTILE, 1.0),)}
    return [
        Event("run", "worker", HOSTILE, 0.0, 1.0, peer=HOSTILE, **same),  # type: ignore[arg-type]  # by name
        Event("error", "worker", "\x00\x1b[31m\ud7ff", 0.2, 0.3, **same),  # type: ignore[arg-type]  # by name
        Event("run", "client", HOSTILE, 0.0, 2.0, **same),  # type: ignore[arg-type]  # by name
        Event("call", "worker", "worker-1", 0.5, 0.5),
        Event("handle", "worker", "worker-1", 0.5, 0.6),
        Event("join", "dispatcher", "dispatcher", 0.1, 0.1, peer=HOSTILE, detail=HOSTILE),
        *moved(3, HOSTILE, "worker-1", 1.0, 0.2, 2**62),
        Event("dropped", "worker", "worker-1", 0.5, 0.5, number=2**62),
    ]


RUNS = {
    "one call": one_call(), "busy": busy(3, 300), "hostile": hostile(), "empty": [],
    "a moment": [run(1.0, 1.0)], "who came": one_call()[:2],
    "far apart": [run(-1e9, -1e9), run(1e9, 1e9)],
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("kind", ["svg", "html", "txt", "json"])
def test_a_timeline_is_written_whatever_happened(name: str, kind: str, tmp_path: Path) -> None:
    path = gl.viz.timeline(RUNS[name], tmp_path / f"run.{kind}")
    written = path.read_text(encoding="utf-8")
    if kind in ("svg", "html"):
        assert "<script>alert" not in written
        assert "<img" not in written
    if kind == "txt":
        assert "\x1b" not in written
    if kind == "svg":
        assert ET.fromstring(written).tag.endswith("svg")
        assert not re.search(r'="(nan|-?inf)', written)
    if kind == "json":
        assert json.loads(written)["traceEvents"] or not RUNS[name]


@pytest.mark.framework
@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_a_timeline_is_painted(kind: str, theme: str, tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    pytest.importorskip("reportlab")
    path = gl.viz.timeline(hostile(), tmp_path / f"run.{kind}", theme)
    assert path.read_bytes()[:4] in (b"\x89PNG", b"%PDF")
    assert path.stat().st_size > 2_000


@pytest.mark.framework
def test_dpi_makes_more_pixels(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    small = gl.viz.timeline(one_call(), tmp_path / "a.png", dpi=48)
    large = gl.viz.timeline(one_call(), tmp_path / "b.png", dpi=96)
    with image.open(small) as a, image.open(large) as b:
        assert b.size == pytest.approx([2 * x for x in a.size], abs=2)
        assert len(b.convert("RGB").getcolors(1 << 24) or []) > 8


def test_logs_recordings_and_events_give_the_same_picture(tmp_path: Path) -> None:
    log = write(tmp_path / "events.jsonl", one_call())
    given = [one_call(), Recording(tuple(one_call()), 0.0, 0.0), log, str(log), iter(one_call())]
    names = re.compile("events.jsonl|recording")
    written = [gl.viz.timeline(x, tmp_path / "a.svg").read_text() for x in given]
    pictures = {names.sub("events", text) for text in written}
    assert len(pictures) == 1


def test_a_window_and_workers_are_chosen(tmp_path: Path) -> None:
    path = gl.viz.timeline(one_call(), tmp_path / "a.txt", start=5, end=6, workers=["worker-0"])
    written = path.read_text()
    assert written.splitlines()[1].startswith("1 s · 1 client · 1 worker")
    assert "worker-1" not in written


def test_wrong_arguments_are_told_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(gl.NotSupported, match=r"kind '\.bmp'") as raised:
        gl.viz.timeline("no such log", tmp_path / "run.bmp")
    assert ".html" in raised.value.hint
    with pytest.raises(gl.ArgumentError, match="no palette 'pink'"):
        gl.viz.timeline("no such log", tmp_path / "run.svg", theme="pink")
    with pytest.raises(OSError, match="cannot be written"):
        gl.viz.timeline(one_call(), tmp_path / "no folder" / "run.svg")


def test_the_text_fits_its_width_and_has_a_line_per_owner() -> None:
    made = timeline(busy(3, 400))
    for width in (60, 80, 200):
        lines = text(made, width).splitlines()
        assert max(map(len, lines)) <= width
        for owner in made.owners:
            assert any(line.startswith(owner.name) for line in lines)


def test_the_text_tells_the_figures() -> None:
    told = text(timeline(one_call()))
    assert "10 s · 1 client · 2 workers · 1 call · 1 run · 1 transfer, 800 B" in told
    assert re.search(r"worker-0 +50.0% +5 s +3 s +1 +0 +2 s", told)
    assert "critical path: 10 s: program 40%" in told


def test_the_drawing_says_what_it_shows() -> None:
    picture = drawn(timeline(one_call()))
    assert picture.title == "Timeline of events"
    assert picture.description.startswith("10 s · 1 client")


@pytest.mark.parametrize(
    ("at", "step", "told"),
    [(12.5, 0.5, "12.5 s"), (0.0, 0.1, "0 ms"), (100.0002, 1e-4, "100.0002 s"), (3, 0, "3 s")],
)
def test_the_axis_tells_times_as_finely_as_it_steps(at: float, step: float, told: str) -> None:
    assert clock(at, step) == told


@pytest.mark.slow
def test_a_hundred_thousand_events_are_drawn(tmp_path: Path) -> None:
    log = write(tmp_path / "big.jsonl", busy(16, 100_000))
    for kind, most in (("svg", 6_000_000), ("html", 16_000_000), ("txt", 20_000)):
        path = gl.viz.timeline(log, tmp_path / f"big.{kind}")
        assert 1_000 < path.stat().st_size < most
