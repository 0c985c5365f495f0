"""A frame is a pure function of the film and the time: it glides, and holds at both ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradloom.viz.motion.film import (
    Caption,
    Card,
    Curve,
    Dot,
    Fade,
    Film,
    Key,
    Wire,
    along,
    eased,
    frame_at,
)

KEYS = (Key(0, 0, 0, 1, 0), Key(1, 100, 0, 1, 1), Key(2, 100, 50, 0, 1))
FILM = Film(
    "film", 200, 200, 2.0,
    (Card("a", "a", "op", 20, 10, KEYS), Card("b", "b", "op", 20, 10, (Key(0, 0, 100),))),
    (Wire(0, 1, "bottom", "top", (Fade(0, 0.0), Fade(1, 1.0))),),
    (Dot(0, 0.5, 1.5, False, 5.0),),
    (Caption(0, "first"), Caption(1, "second", "more")),
    Curve("bytes", ((0.0, 1.0), (1.5, 7.0)), "B"),
)  # fmt: skip


def test_cards_are_at_their_keys_and_glide_between() -> None:
    assert frame_at(FILM, 0).cards[0] == (0, 0, 1, 0)
    assert frame_at(FILM, 1).cards[0] == (100, 0, 1, 1)
    assert frame_at(FILM, 0.5).cards[0] == (50, 0, 1, 0.5)
    assert frame_at(FILM, 0.25).cards[0] == pytest.approx((100 * eased(0.25), 0, 1, eased(0.25)))


def test_what_has_faded_is_not_there_and_neither_are_its_wires() -> None:
    assert frame_at(FILM, 2).cards[0] is None
    assert frame_at(FILM, 2).wires[0] is None
    seen = frame_at(FILM, 1.5).wires[0]
    assert seen is not None
    assert seen[1] == 0.5


def test_a_wire_leads_from_side_to_side() -> None:
    seen = frame_at(FILM, 1).wires[0]
    assert seen is not None
    path, opacity = seen
    assert (path[0], path[3], opacity) == ((100, 5), (0, 95), 1)
    assert frame_at(FILM, 0).wires[0] is None


def test_a_dot_runs_along_its_wire_from_end_to_end() -> None:
    assert frame_at(FILM, 0.4).dots == ()
    seen = frame_at(FILM, 0.5).wires[0]
    assert seen is not None
    ((x, y, number),) = frame_at(FILM, 0.5).dots
    assert ((x, y), number) == (along(seen[0], 0), 0)
    assert frame_at(FILM, 1.5).dots == ()


def test_words_and_numbers_hold_until_the_next() -> None:
    assert frame_at(FILM, 0.99).caption.title == "first"
    assert frame_at(FILM, 1).caption.title == "second"
    assert [frame_at(FILM, t).value for t in (0, 1.4, 1.5, 2)] == [1, 1, 7, 7]


@given(st.floats(allow_nan=False))
def test_every_time_has_a_frame_inside_the_film(time: float) -> None:
    frame = frame_at(FILM, time)
    assert 0 <= frame.time <= 2
    assert frame == frame_at(FILM, frame.time)


@given(st.floats(0, 2), st.floats(0, 1e-4))
def test_nothing_jumps(time: float, step: float) -> None:
    a, b = frame_at(FILM, time).cards[0], frame_at(FILM, time + step).cards[0]
    if a is not None and b is not None:
        assert all(abs(x - y) <= 200 * step + 1e-9 for x, y in zip(a, b, strict=True))


@given(st.floats(0, 1), st.floats(0, 1))
def test_easing_rises_from_zero_to_one(a: float, b: float) -> None:
    assert (eased(0.0), eased(1.0)) == (0, 1)
    low, high = sorted((a, b))
    assert eased(low) <= eased(high)
