"""What a text log tells is read back as it was written."""

from pathlib import Path

import pytest

from gradloom.runtime import logs, text_log
from gradloom.runtime.events import Event
from gradloom.runtime.reading import heard
from tests.viz.timelines.runs import busy, one_call, write

EXACT = ("kind", "role", "who", "session", "number", "value", "command", "program", "peer")


def same(told: Event, event: Event) -> bool:
    """Whether a text's event is the event, as exactly as the text has it."""
    return (
        all(getattr(told, name) == getattr(event, name) for name in EXACT)
        and told.detail == event.detail
        and told.end == pytest.approx(event.end, abs=1e-6)
        and told.end - told.start == pytest.approx(event.end - event.start, rel=5e-3, abs=1e-9)
        and told.wait == pytest.approx(event.wait, rel=5e-3)
        and told.bytes == pytest.approx(event.bytes, rel=0.05)
    )


@pytest.mark.parametrize("events", [one_call(), busy(3, 400)], ids=["one call", "busy"])
def test_a_line_is_read_back(events: list[Event]) -> None:
    for number, event in enumerate(events):
        told = text_log.event(logs.line(event, number, 0.0))
        assert same(told, event), (told, event)


def test_dropped_events_are_counted(tmp_path: Path) -> None:
    dropped = Event("dropped", "client", "client-1", 1.0, 1.0, number=42)
    found = heard(write(tmp_path / "log.txt", [dropped]))
    assert found.events == (dropped,)
    assert any("text" in note for note in found.notes)


@pytest.mark.parametrize(
    "line", ["", "hello", "1.0s | #1 | dance | CLIENT c |  |  |", "x" * 10_000, " | " * 3_000]
)
def test_other_lines_are_no_events(line: str) -> None:
    with pytest.raises(ValueError, match="is no event"):
        text_log.event(line)
