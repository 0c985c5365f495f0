"""Texts are never wider than estimated in the fonts at hand; labels cover nothing."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradloom.viz.fonts import font
from gradloom.viz.labels import Wanted, fitted, overlap, placed, text_width

SAMPLES = [
    "matmul", "model.py:19 in forward", "log_softmax f32[64, 10]", "1.25 MiB", "ALL CAPS", "iiiill",
    "transpose of tanh", "WWWMMM", "∇ → 12,345", "0123456789", "loss = np.mean((y - t) ** 2)",
]  # fmt: skip


@pytest.mark.parametrize("text", SAMPLES)
@pytest.mark.parametrize(("bold", "mono"), [(False, False), (True, False), (False, True)])
def test_a_text_is_no_wider_than_estimated_and_not_much_narrower(
    text: str, bold: bool, mono: bool
) -> None:
    real = font(100, bold, mono).getlength(text)
    assert 0.98 * real <= text_width(text, 100, bold=bold, mono=mono) <= 1.6 * real


@given(st.text("abcilmWM …19", max_size=30), st.floats(0, 200))
def test_what_is_fitted_fits_and_begins_as_the_text_does(text: str, width: float) -> None:
    cut = fitted(text, width)
    assert text_width(cut) <= width or not cut
    assert cut in ("", text) or text.startswith(cut.removesuffix("…").rstrip())


POINTS = st.tuples(st.floats(0, 300), st.floats(0, 200), st.text("abm", min_size=1, max_size=12))


@given(st.lists(POINTS, max_size=20))
def test_labels_stay_in_the_frame_and_cover_neither_each_other_nor_what_is_taken(
    points: list[tuple[float, float, str]],
) -> None:
    frame = (0.0, 0.0, 300.0, 200.0)
    taken = [(100.0, 50.0, 160.0, 120.0)]
    spots = placed([Wanted(*p) for p in points], frame, taken=taken)
    assert len(spots) == len(points)
    areas = [s.area for s in spots if s is not None]
    for a in areas:
        assert 0 <= a[0] <= a[2] <= 300
        assert 0 <= a[1] <= a[3] <= 200
    assert not any(overlap(a, b) for a, b in itertools.combinations([*areas, *taken], 2))


def test_the_first_label_chooses_first_and_one_without_room_gets_none() -> None:
    same = [Wanted(50, 50, "first")] * 40
    spots = placed(same, (0.0, 0.0, 200.0, 100.0))
    assert spots[0] is not None
    assert spots[0].anchor == "start"
    assert None in spots
