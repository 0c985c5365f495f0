"""Films of schedules: every dot is a transfer, where it is at that time; everything fits."""

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.viz import RenderConfig, Schedule, Theme, Transfer
from gradloom.viz.animation.collectives import PLANS
from gradloom.viz.animation.flow import REST, ScheduleFilm
from gradloom.viz.animation.painter import Painter
from gradloom.viz.animation.replays import drawn_gradients, normed
from gradloom.viz.animation.stages import text_width


def planned(name: str, n: int = 6) -> Schedule:
    made = PLANS[name](n)
    return normed(made, drawn_gradients(made))


def share_of(film: ScheduleFilm, seconds: float) -> float:
    return seconds / film.schedule.duration * (1 - REST)


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("share", [0.1, 0.37, 0.61, 0.9])
def test_the_dots_of_a_moment_are_the_transfers_under_way(name: str, share: float) -> None:
    film = ScheduleFilm(planned(name))
    now = film.seconds(share)
    under_way = [t for t in film.schedule.transfers if t.start <= now < t.end]
    moment = film.moment(share)
    assert sorted(d.tip for d in moment.dots) == sorted(film.tip(t) for t in under_way)
    busy = {(w.src, w.dst) for w, a in zip(film.stage.wires, moment.alphas, strict=True) if a}
    assert busy == {(min(t.src, t.dst), max(t.src, t.dst)) for t in under_way}


def test_a_dot_goes_from_rim_to_rim() -> None:
    film = ScheduleFilm(planned("parameter-server"))
    for t in film.schedule.transfers:
        a, b = film.stage.spots[t.src], film.stage.spots[t.dst]
        way = math.dist((a.x, a.y), (b.x, b.y))
        for part in (1e-6, 0.5, 1 - 1e-6):
            dots = film.moment(share_of(film, t.start + part * t.seconds)).dots
            dot = next(d for d in dots if d.tip == film.tip(t))
            gone = a.radius + part * (way - a.radius - b.radius)
            assert math.dist((dot.x, dot.y), (a.x, a.y)) == pytest.approx(gone, abs=5)


def test_larger_dots_move_longer_gradients() -> None:
    film = ScheduleFilm(planned("ring"))
    by_norm = sorted(film.schedule.transfers, key=lambda t: t.norm)
    sizes = [film.size(t) for t in by_norm]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 1.5 * sizes[0]


def test_without_norms_larger_dots_have_more_bytes() -> None:
    a = Transfer(0, 1, 100, 0.0, 1.0)
    film = ScheduleFilm(Schedule("two", ("a", "b"), (a, replace(a, bytes=900))))
    small, large = (film.size(t) for t in film.schedule.transfers)
    assert large > small
    assert "larger: more bytes" in [k.text for k in film.stage.keys]


def test_the_film_says_what_moves_and_how_much_slower_it_is_shown() -> None:
    made = PLANS["ring"](4, 4000, compute=[0.0] * 4)
    film = ScheduleFilm(made, RenderConfig(duration=5.0))
    assert "4 kB each" in film.stage.subtitle
    assert "24 kB in 24 transfers" in film.stage.subtitle
    assert film.slowed == pytest.approx(5.0 * (1 - REST) / made.duration)
    assert "× slower" in film.stage.subtitle
    first = film.moment(share_of(film, made.transfers[0].end / 2))
    assert first.phase == "Reduce-scatter, step 1 of 6"
    assert first.note.startswith("4 × 1 kB")
    assert film.moment(0.99).phase == "Done"


def test_rings_round_nodes_say_what_they_do() -> None:
    film = ScheduleFilm(PLANS["parameter-server"](4))
    seen = {s for i in range(100) for s in film.moment(i / 100).states}
    assert seen >= {"compute", "straggle", "wait", "send", "receive", "done"}
    assert {k.state for k in film.stage.keys if k.state} == {s.state for s in film.schedule.spans}


def test_a_film_of_a_schedule_begins_anew_without_a_seam() -> None:
    film = ScheduleFilm(planned("ring"), RenderConfig(320, 240))
    assert film.moment(1.0) == film.moment(0.0)
    painter = Painter(film.stage, film.theme)
    assert painter.paint(film.moment(1.0)).tobytes() == painter.paint(film.moment(0.0)).tobytes()
    assert film.moment(0.0).dots == film.moment(1 - 1e-9).dots == ()


SIZES = [(800, 600), (320, 240), (1600, 500), (400, 1000), (64, 64)]


@settings(max_examples=40)
@given(st.sampled_from(sorted(PLANS)), st.integers(1, 64), st.sampled_from(SIZES))
def test_up_to_64_workers_fit_any_canvas(name: str, n: int, size: tuple[int, int]) -> None:
    film = ScheduleFilm(PLANS[name](n), RenderConfig(*size))
    for spot in film.stage.spots:
        assert spot.x - spot.radius >= 0
        assert spot.x + spot.radius <= size[0]
        assert spot.y - spot.radius >= 0
        assert spot.y + spot.radius <= size[1]


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("n", [2, 5, 16, 64])
def test_nodes_and_labels_cover_nothing(name: str, n: int) -> None:
    film = ScheduleFilm(PLANS[name](n))
    spots = film.stage.spots
    for a, b in itertools.combinations(spots, 2):
        assert math.dist((a.x, a.y), (b.x, b.y)) > a.radius + b.radius
    labels = [(s.label_at, text_width(s.label, 11) / 2) for s in spots if s.label_at]
    for (p, wide), (q, wide2) in itertools.combinations(labels, 2):
        assert abs(p[0] - q[0]) >= wide + wide2 - 0.1 or abs(p[1] - q[1]) >= 13
    for p, wide in labels:
        assert p[0] - wide >= 0
        assert p[0] + wide <= 800
        for s in spots:
            assert abs(p[0] - s.x) >= wide + s.radius or abs(p[1] - s.y) >= 6 + s.radius


@pytest.mark.parametrize("theme", [Theme.dark(), Theme.light()], ids=["dark", "light"])
def test_shards_have_looks_of_their_own_and_the_legend_names_them(theme: Theme) -> None:
    film = ScheduleFilm(planned("ring", 8), theme=theme)
    looks = {t.shard: film.look(t) for t in film.schedule.transfers}
    assert len(set(looks.values())) == 8
    named = {k.text: (k.color, k.shape) for k in film.stage.keys if k.shape}
    assert named == {f"shard {s}": (look.color, look.shape) for s, look in looks.items()}


def test_with_many_shards_dots_look_by_phase() -> None:
    film = ScheduleFilm(PLANS["ring"](20))
    named = [k.text for k in film.stage.keys if k.shape]
    assert named == ["reduce-scatter", "all-gather"]


@pytest.mark.parametrize("nodes", [(), ("alone",)])
def test_nothing_that_moves_is_no_error(nodes: tuple[str, ...]) -> None:
    film = ScheduleFilm(Schedule("still", nodes, ()), RenderConfig(200, 150, duration=0))
    assert film.moment(0.0).dots == ()
    assert Painter(film.stage, film.theme).paint(film.moment(0.5)).size == (200, 150)


def test_a_transfer_to_oneself_and_one_without_time_are_no_error() -> None:
    moves = (Transfer(0, 0, 5, 0.0, 1.0), Transfer(0, 1, 5, 0.5, 0.5))
    film = ScheduleFilm(Schedule("odd", ("a", "b"), moves))
    for i in range(20):
        Painter(film.stage, film.theme).paint(film.moment(i / 20))


def test_hostile_names_are_shown_as_they_are() -> None:
    names = ("<b>", "x" * 500, "\x00\u202e", "")
    moves = tuple(Transfer(i, (i + 1) % 4, 1, 0.0, 1.0) for i in range(4))
    film = ScheduleFilm(Schedule("<script>" * 40, names, moves))
    assert Painter(film.stage, film.theme).paint(film.moment(0.3)).size == (800, 600)
