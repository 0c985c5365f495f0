"""A program by its lines, forward and backward side by side; memory is that of the plan."""

import numpy as np

import gradloom as gl
from gradloom.ir.graph import Value
from gradloom.passes.liveness import liveness
from gradloom.viz.motion.film import frame_at
from gradloom.viz.motion.flowing import flowing
from gradloom.viz.motion.stages import is_backward, stages_of
from tests.viz.motion.programs import rewritten, same, times, trained


def test_every_turn_of_a_loop_has_its_row_and_its_backward_beside_it() -> None:
    stages = stages_of(trained())
    told = [(s.row, s.is_backward, s.title) for s in stages.stages]
    line = "h = np.tanh(h @ w + b)"
    assert told == [
        *((k, False, f"{k}: {line}") for k in range(3)),
        (3, False, "r = h - y"),
        (4, False, "np.mean(r**2)"),
        (4, True, "backward of np.mean(r**2)"),
        *((k, True, f"{k}: backward of {line}") for k in (2, 1, 0)),
    ]


def test_every_node_is_in_one_stage_and_stages_run_in_order() -> None:
    for graph in (trained(), trained(30), rewritten()):
        stages = stages_of(graph)
        held = sorted(i for stage in stages.stages for i in stage.nodes)
        assert held == list(range(len(graph.nodes)))
        first = [stage.nodes[0] for stage in stages.stages]
        assert first == sorted(first)
        assert all(stage.row < stages.rows for stage in stages.stages)
        for stage in stages.stages:
            assert all(is_backward(graph.nodes[i]) == stage.is_backward for i in stage.nodes)


def test_gradients_leave_beside_the_layer_that_they_are_of() -> None:
    stages = stages_of(trained())
    assert stages.inputs == (
        ("params_0_0", 0), ("params_0_1", 0), ("params_1_0", 1), ("params_1_1", 1),
        ("params_2_0", 2), ("params_2_1", 2), ("x", 0), ("y", 3),
    )  # fmt: skip
    assert [(row, back) for _, row, back in stages.outputs] == [
        (4, False), *((k, True) for k in (0, 0, 1, 1, 2, 2))
    ]  # fmt: skip


def test_a_large_program_has_no_more_rows_than_asked_for() -> None:
    stages = stages_of(trained(40), 6)
    assert stages.rows == 6
    assert len(stages.stages) <= 12


def test_a_small_program_shows_each_node() -> None:
    graph = gl.trace(lambda x: np.sum(np.sin(x) * x), np.ones(3))
    assert [s.title for s in stages_of(graph).stages] == ["sin", "multiply", "sum"]


def test_a_stage_runs_when_all_that_it_reads_has_run() -> None:
    graph = trained()
    film, stages = flowing(graph), stages_of(graph)
    number = {card.id: k for k, card in enumerate(film.cards)}

    def begins(id: str) -> float:
        return min(k.time for k in film.cards[number[id]].keys if k.light == 1)

    for node in graph.nodes:
        for x in node.operands:
            if isinstance(x, Value) and x.node is not None:
                a, b = stages.home[x.node], stages.home[node]
                assert a == b or begins(f"s{a}") < begins(f"s{b}")


def test_dots_arrive_when_their_reader_runs_and_cotangents_are_told_apart() -> None:
    film = flowing(trained())
    kinds = {(d.is_cotangent, film.cards[film.wires[d.wire].source].kind) for d in film.dots}
    assert kinds == {(False, "input"), (False, "forward"), (True, "backward")}
    assert all(0 <= d.start < d.end <= film.seconds for d in film.dots)


def test_the_curve_is_that_of_the_memory_plan() -> None:
    graph = trained()
    film, live = flowing(graph), liveness(graph)
    assert film.curve is not None
    values = [v for _, v in film.curve.points]
    assert values[1:-1] == [live.live[i] for stage in stages_of(graph).stages for i in stage.nodes]
    assert max(values) == live.peak
    assert [t for t, _ in film.curve.points] == sorted(t for t, _ in film.curve.points)


def test_the_film_ends_as_it_began() -> None:
    for film in (flowing(trained()), flowing(rewritten())):
        assert same(film, 0, film.seconds)
        assert not same(film, 0, film.stops[-1] + 0.1)


def test_cards_stand_inside_the_film_and_none_on_another() -> None:
    for layers in (1, 4, 20):
        film = flowing(trained(layers))
        boxes = []
        for card in film.cards:
            assert len({(k.x, k.y) for k in card.keys}) == 1
            x, y = card.keys[0].x, card.keys[0].y
            boxes.append((x - card.width / 2, y - card.height / 2, x + card.width / 2,
                          y + card.height / 2))  # fmt: skip
        for i, a in enumerate(boxes):
            assert a[0] >= 0
            assert a[2] <= film.width
            assert a[3] <= film.height
            for b in boxes[:i]:
                assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_a_graph_without_nodes_or_with_free_sizes_has_a_film() -> None:
    nothing = gl.trace(lambda x: x, np.ones(3))
    assert flowing(nothing).seconds > 0
    free = gl.trace(lambda x: np.sum(np.sin(x)), gl.spec("f32[n, 4]"))
    film = flowing(free, {"n": 100})
    assert film.curve is not None
    assert max(v for _, v in film.curve.points) >= 1600


def test_a_film_is_the_same_each_time() -> None:
    assert flowing(trained()) == flowing(trained())
    film = flowing(trained())
    assert all(frame_at(film, t) == frame_at(film, t) for t in times(film))
