"""What a worker counts of its work."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl
from gradloom import backends
from gradloom.runtime import messages as m
from gradloom.runtime.engine import Engine
from gradloom.runtime.events import unpack
from gradloom.runtime.label import label
from gradloom.runtime.notes import Notes
from gradloom.runtime.tally import Tally
from gradloom.runtime.wiring import pack


class Bench:
    """A tally and an engine that runs one program; the clock is what the test says."""

    def __init__(self, f, *args):
        self.engine = Engine(backends.get("numpy"))
        self.tally = Tally(self.engine, Notes("worker", "w", "c"))
        self.define = pack(gl.trace(f, *args)).define
        self.engine.learn(m.Prepare(self.define.digest, self.define.text, ()))
        self.held = [self.engine.accept(np.asarray(x), "f64") for x in args]

    def run(self, number, asked, began, ended):
        run = m.Run(0, number, self.define.digest, (0,), (1,))
        self.tally.asked(run, asked)
        self.tally.began(run, began)
        outcome = self.engine.run(run, self.held)
        self.tally.ended(run, outcome, ended)
        return outcome

    @property
    def events(self):
        return unpack(self.tally.notes.ring.take(0).batch)


def test_a_run_is_an_event_with_its_wait_and_the_bytes_of_its_results():
    bench = Bench(lambda x: (np.tanh(x), x.sum()), np.ones(5))
    bench.run(0, 0.0, 0.0, 100.0)
    bench.run(1, 100.0, 103.0, 104.0)
    *_, last = bench.events
    assert (last.kind, last.number, last.start, last.end, last.wait) == (
        "run",
        1,
        103.0,
        104.0,
        3.0,
    )
    assert last.bytes == 5 * 8 + 8
    assert [e.kind for e in bench.events] == ["build", "run", "run"]


def test_seconds_go_to_kinds_of_ops_and_sessions_and_add_up():
    bench = Bench(lambda x: np.tanh(x @ x) + 1, np.ones((40, 40)))
    for i in range(3):
        bench.run(i, i, i, i + 0.5)
    told = bench.tally.standing(10.0, number=1)
    assert told.runs == 3
    assert told.ops == {"matmul": 3, "tanh": 3, "add": 3}
    assert sum(told.busy.values()) == pytest.approx(1.5 - told.build_s)
    assert told.sessions == {"0": pytest.approx(1.5 - told.build_s)}
    assert max(told.busy, key=told.busy.get) == "matmul"
    assert (told.kept, told.built) == (1, 1)


def test_a_run_that_is_under_way_counts_as_it_goes():
    bench = Bench(np.tanh, np.ones(3))
    bench.run(0, 0.0, 0.0, 1.0)
    run = m.Run(0, 1, bench.define.digest, (0,), (1,))
    bench.tally.began(run, 2.0)
    before = bench.tally.standing(2.0, number=1).busy["tanh"]
    told = bench.tally.standing(7.0, number=1)
    assert told.busy["tanh"] - before == pytest.approx(5.0)
    assert "tanh" in told.running


def test_what_was_done_stays_counted_when_a_program_is_forgotten():
    bench = Bench(np.tanh, np.ones(3))
    bench.run(0, 0.0, 0.0, 1.0)
    before = bench.tally.standing(2.0, number=1)
    bench.tally.unlearn([bench.define.digest])
    after = bench.tally.standing(2.0, number=1)
    assert (after.ops, after.busy) == (before.ops, before.busy)


def test_a_failure_is_an_event_and_counted():
    def checks(x):
        assert x.sum() > 10
        return x

    bench = Bench(checks, np.ones(3))
    assert bench.run(0, 0.0, 1.0, 2.0).failure is not None
    (event,) = bench.events
    assert event.kind == "error"
    assert "AssertFailed" in event.detail
    told = bench.tally.standing(3.0, number=1)
    assert (told.runs, told.failed) == (1, 1)


def test_what_never_begins_is_forgotten():
    bench = Bench(np.tanh, np.ones(3))
    for i in range(70_000):
        bench.tally.asked(m.Run(0, i, "a" * 64, (), ()), 0.0)
    bench.tally.tidy()
    assert not bench.tally._sessions[0].asked


@pytest.mark.parametrize(
    ("f", "first"),
    [
        (lambda x: np.tanh(x @ x @ x), "matmul"),
        (lambda x: gl.fori_loop(0, 50, lambda i, y: np.sin(y), x) + x, "sin"),
    ],
)
def test_a_label_names_the_dearest_ops_with_shares_that_add_up(f, first):
    made = label(gl.trace(f, np.ones((30, 30))), "a" * 64)
    assert made.ops[0][0] == first
    assert sum(share for _, share in made.ops) == pytest.approx(1)
    assert made.bytes == 30 * 30 * 8


def test_the_bytes_of_free_sizes_are_counted_at_each_run():
    bench = Bench(np.tanh, np.ones(3))
    bench.define = pack(gl.trace(lambda x: x * 2, gl.spec("f64[n]"))).define
    bench.engine.learn(m.Prepare(bench.define.digest, bench.define.text, ()))
    bench.run(0, 0.0, 0.0, 100.0)
    assert bench.events[-1].bytes == 24
