"""Bars are drawn with their true lengths and shares; what is too thin is merged, and no more."""

import pytest

from gradloom.runtime.events import Event
from gradloom.viz.drawing import Curve, Group, Polygon, Rect, Shape
from gradloom.viz.palette import LIGHT
from gradloom.viz.timelines import bands
from gradloom.viz.timelines.layout import GUTTER, RIGHT, WIDTH, layout
from gradloom.viz.timelines.scene import Timeline
from tests.viz.timelines.runs import busy, moved, one_call, run, timeline


def drawn_bars(made: Timeline) -> tuple[list[Shape], int]:
    return bands.bars_of(made, layout(made), bands.paints(made))


def test_a_bar_is_as_long_as_its_program_ran_and_divided_by_the_shares() -> None:
    made = timeline([run(0.0, 10.0), run(10.0, 40.0)])
    shapes, merged = drawn_bars(made)
    assert merged == 0
    first, second = (
        [r for r in s.shapes if isinstance(r, Rect)] for s in shapes if isinstance(s, Group)
    )
    width = WIDTH - RIGHT - GUTTER
    assert first[0].width == pytest.approx(width / 4)
    assert second[0].width == pytest.approx(width * 3 / 4)
    assert first[0].height == pytest.approx(3 * first[1].height)  # 0.75 and 0.25
    assert [r.fill for r in first] == ["hue0", "hue1"]


def test_thin_bars_become_few_shapes_and_are_counted() -> None:
    made = timeline([run(i, i + 0.5) for i in range(20_000)])
    shapes, merged = drawn_bars(made)
    assert merged == 20_000
    assert 0 < len(shapes) < 100
    assert all(isinstance(s, Polygon) for s in shapes)


def test_a_single_moment_is_seen() -> None:
    made = timeline([run(0.0, 10.0), run(5.0, 5.0, "worker-1")])
    shapes, merged = drawn_bars(made)
    assert merged == 1
    (moment,) = [s for s in shapes if isinstance(s, Polygon)]
    ys = [y for _, y in moment.points]
    assert max(ys) - min(ys) >= 1.9


def test_kinds_beyond_the_hues_share_the_last() -> None:
    events = [run(i, i + 1, ops=((f"op{i}", 1.0),)) for i in range(20)]
    paints = bands.paints(timeline(events))
    assert set(paints.values()) <= set(LIGHT.roles)
    assert list(paints.values()).count("hue7") == 13


def test_arrows_are_as_many_as_can_be_told_apart_the_largest_of_their_time() -> None:
    events = [e for n in range(600) for e in moved(n, "worker-0", "worker-1", n, n + 1, 10 + n % 7)]
    made = timeline(events)
    shapes, shown, whole = bands.arrows(made, layout(made))
    assert (shown, whole) == (len(shapes), 600)
    assert shown == bands.MOST_ARROWS
    curves = [s for g in shapes if isinstance(g, Group) for s in g.shapes]
    assert len({c.width for c in curves if isinstance(c, Curve)}) == 1  # all of 16 bytes


def test_an_arrow_leads_from_when_a_value_left_to_when_it_arrived() -> None:
    made = timeline([run(0.0, 10.0), *moved(1, "worker-0", "worker-1", 2.0, 6.0, 10)])
    place = layout(made)
    (group,), _, _ = bands.arrows(made, place)
    assert isinstance(group, Group)
    (curve,) = group.shapes
    assert isinstance(curve, Curve)
    assert curve.points[0][0] == place.scale.x(2.0)
    assert curve.points[-1][0] == place.scale.x(6.0)
    assert "worker-0 to worker-1: 10 B in 4 s" in group.tip


def test_a_backward_arrow_is_dashed() -> None:
    made = timeline([run(0.0, 10.0), *moved(1, "worker-0", "worker-1", 6.0, 2.0, 10)])
    (group,), _, _ = bands.arrows(made, layout(made))
    assert isinstance(group, Group)
    assert isinstance(group.shapes[0], Curve)
    assert group.shapes[0].dash


def test_each_kind_of_moment_has_a_shape_of_its_own() -> None:
    signs = ("join", "leave", "lost", "error", "dropped", "put", "call")
    shapes = {sign: bands.shape_of(sign, 0.0, 0.0) for sign in signs}
    assert len({repr(s).split("fill")[0] for s in shapes.values()}) == len(signs)


def test_larger_values_have_larger_discs() -> None:
    puts = [
        Event("put", "client", "client-0", t, t, bytes=size) for t, size in ((0, 100), (9, 10_000))
    ]
    made = timeline([*puts, *one_call()])
    radii = [
        s.shapes[0].radius  # type: ignore[union-attr]  # a put is a disc
        for s in bands.marks(made, layout(made))
        if isinstance(s, Group) and "values put" in s.tip
    ]
    assert radii[0] < radii[1]


def test_the_tip_of_a_bar_tells_what_is_known() -> None:
    (bar,) = timeline([run(1.0, 1.25, wait=0.5, bytes=2048, number=3, session=2)]).bars
    told = bands.tip(bar)
    for part in ("step: matmul, tanh", "#3", "session 2", "250 ms", "500 ms", "75%", "2.0 KB"):
        assert part in told


def test_drawing_many_events_stays_small() -> None:
    made = timeline(busy(16, 20_000))
    shapes, merged = drawn_bars(made)
    assert merged > 5_000
    assert len(shapes) < 10_000
