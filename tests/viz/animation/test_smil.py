"""The SVG that moves: well-formed whatever the names, a dot for each transfer, at its time."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import gradloom as gl
from gradloom.viz import RenderConfig, Schedule, Transfer
from gradloom.viz.animation import ring
from gradloom.viz.animation.flow import REST, ScheduleFilm
from gradloom.viz.animation.smil import moving_svg

SVG = "{http://www.w3.org/2000/svg}"


def test_each_transfer_is_a_dot_that_moves_while_the_transfer_lasts() -> None:
    film = ScheduleFilm(ring(3), RenderConfig(duration=4.0))
    root = ET.fromstring(moving_svg(film))
    moves = root.findall(f".//{SVG}animateMotion")
    assert len(moves) == len(film.schedule.transfers) == 12
    assert {move.get("dur") for move in moves} == {"4s"}
    for move, t in zip(moves, film.schedule.transfers, strict=True):
        begin, end = (float(x) for x in move.attrib["keyTimes"].split(";")[1:3])
        whole = film.schedule.duration / (1 - REST)
        assert (begin * whole, end * whole) == pytest.approx((t.start, t.end), rel=1e-4)
        first = move.attrib["path"][1:].split("L")[0].split(",")
        assert [float(x) for x in first] == pytest.approx(film.place(t, 0.0), abs=0.06)


def test_times_of_every_animation_rise_inside_the_film() -> None:
    root = ET.fromstring(moving_svg(ScheduleFilm(ring(4))))
    for element in root.iter():
        if "keyTimes" in element.attrib:
            times = [float(x) for x in element.attrib["keyTimes"].split(";")]
            assert times[0] == 0
            assert times == sorted(times)
            assert times[-1] <= 1
            count = element.get("values", element.get("keyPoints", "")).count(";") + 1
            assert count == len(times)


def test_hostile_names_stay_texts() -> None:
    names = ('"><script>alert(1)</script>', "\x00&<b>")
    film = ScheduleFilm(Schedule("</svg><script>", names, (Transfer(0, 1, 1, 0.0, 1.0),)))
    root = ET.fromstring(moving_svg(film))
    assert root.find(f".//{SVG}script") is None


def test_nothing_that_moves_and_no_time_are_no_error() -> None:
    still = ScheduleFilm(Schedule("still", ("a",), ()), RenderConfig(duration=0))
    assert ET.fromstring(moving_svg(still)).findall(f".//{SVG}animateMotion") == []


def test_too_much_is_refused_and_a_still_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(gl.ArgumentError, match="8976 things move") as raised:
        gl.viz.animate("ring", tmp_path / "a.svg", workers=64)
    assert ".html" in raised.value.hint
    made = gl.viz.animate("ring", tmp_path / "a.svg", workers=64, at=3.0)
    assert "animateMotion" not in made.read_text(encoding="utf-8")
