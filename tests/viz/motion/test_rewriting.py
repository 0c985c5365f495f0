"""Passes that rewrite a graph: what stays glides, what goes and comes fades, words tell it."""

import numpy as np

import gradloom as gl
from gradloom.viz.explorer.lineage import lineages
from gradloom.viz.motion.film import Film, frame_at
from gradloom.viz.motion.rewriting import rewriting
from gradloom.viz.motion.scenes import pictured
from tests.viz.motion.programs import rewritten, same, times, trained


def visible(film: Film, time: float) -> set[str]:
    """The ids of the cards that are wholly there."""
    frame = frame_at(film, time)
    return {
        card.id
        for card, seen in zip(film.cards, frame.cards, strict=True)
        if seen is not None and seen[2] > 0.999
    }


def test_while_a_graph_stands_its_boxes_are_there_and_no_others() -> None:
    history = rewritten().history
    film = rewriting(history)
    pictures = pictured([e.graph for e in history])
    assert len(film.stops) == len(history)
    for stop, picture in zip(film.stops, pictures, strict=True):
        assert visible(film, stop + 1e-6) == set(picture.layout.boxes)


def test_boxes_stand_for_the_nodes_of_their_lineage() -> None:
    history = rewritten().history
    graphs = [e.graph for e in history]
    pictures = pictured(graphs)
    for (a, before), (b, after) in zip(
        zip(lineages(graphs), pictures, strict=True),
        list(zip(lineages(graphs), pictures, strict=True))[1:],
        strict=False,
    ):
        kept = set(a.values()) & set(b.values())
        boxes = {i for i in before.layout.boxes if i[0] == "u"}
        boxes &= {i for i in after.layout.boxes if i[0] == "u"}
        assert len(boxes) == len(kept)


def test_words_tell_the_pass_its_time_and_its_counts() -> None:
    history = rewritten().history
    film = rewriting(history)
    assert [c.title for c in film.captions] == [e.name for e in history]
    changed = next(i for i, e in enumerate(history) if i and e.graph is not history[i - 1].graph)
    old, new = len(history[changed - 1].graph.nodes), len(history[changed].graph.nodes)
    told = film.captions[changed].detail
    assert f"ms, {old} to {new} nodes: " in told
    assert film.captions[1].detail.endswith("ms, nothing to do")
    assert film.captions[0].detail == f"the graph as it came: {len(history[0].graph.nodes)} nodes"


def test_the_curve_counts_nodes() -> None:
    history = rewritten().history
    film = rewriting(history)
    for stop, entry in zip(film.stops, history, strict=True):
        assert frame_at(film, stop + 1e-6).value == len(entry.graph.nodes)


def test_the_film_turns_back_into_its_beginning() -> None:
    film = rewriting(rewritten().history)
    assert same(film, 0, film.seconds)
    assert not same(film, 0, film.stops[-1])


def test_wires_between_boxes_are_those_of_the_graph_that_stands() -> None:
    history = rewritten().history
    film = rewriting(history)
    pictures = pictured([e.graph for e in history])
    for stop, picture in zip(film.stops, pictures, strict=True):
        seen = frame_at(film, stop + 1e-6).wires
        pairs = {
            (film.cards[w.source].id, film.cards[w.target].id)
            for w, s in zip(film.wires, seen, strict=True)
            if s is not None
        }
        assert pairs == set(picture.edges)


def test_boxes_stay_inside_the_film() -> None:
    for film in (rewriting(rewritten().history), rewriting(trained().history)):
        for time in times(film):
            for card, seen in zip(film.cards, frame_at(film, time).cards, strict=True):
                if seen is not None:
                    assert card.width / 2 <= seen[0] <= film.width - card.width / 2
                    assert card.height / 2 <= seen[1] <= film.height - card.height / 2


def test_a_large_history_is_shown_by_lines() -> None:
    history = trained(25).history
    assert len(history[0].graph.nodes) > 200
    pictures = pictured([e.graph for e in history])
    for entry, picture in zip(history, pictures, strict=True):
        assert len(picture.counts) <= 30
        assert sum(picture.counts.values()) == len(entry.graph.nodes)


def test_a_history_of_one_graph_stands_still() -> None:
    graph = gl.trace(np.sin, np.ones(3))
    film = rewriting(gl.optimize(graph, "none").history)
    assert film.seconds > 0
    assert visible(film, 0) == visible(film, film.seconds) == {"p0", "u0.0", "r0"}
