"""Values that are kept at two workers, so that long lineages need not be made again."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import WorkerLost
from gradloom.runtime.floor import Limits
from gradloom.runtime.transport.inproc import Air
from gradloom.runtime.transport.simulated import Simulation

W = np.linspace(-1, 1, 9).reshape(3, 3)


def step(w):
    return w - 0.1 * np.tanh(w @ w)


def train(client, turns: int):
    graph, w = gl.trace(step, W), client.put(W)
    for _ in range(turns):
        (w,) = client.call(graph, [w])
    return w


def due(turns: int) -> np.ndarray:
    plain, w = gl.compile(step, "numpy"), W
    for _ in range(turns):
        w = plain(w)
    return w


def runs(sim: Simulation) -> int:
    """How many runs the workers that are there were asked for, in all."""
    return sum(sum(w.issued.values()) for w in sim.dispatcher.machine.workers)


def holder(sim: Simulation) -> str:
    """The worker that has the newest value."""
    (ledger,) = sim.dispatcher.machine.sessions
    newest = max(ledger._lineage, key=lambda r: r.value)
    return next(str(w.peer) for w in sim.dispatcher.machine.workers if w.number in newest.holders)


def lose_its_worker(sim: Simulation, client, w) -> int:
    """Kill the worker that has a value; how many calls were run again for it."""
    sim.air.run(lambda: False, 1.0)
    victim = holder(sim)
    before = sum(sum(x.issued.values()) for x in sim.dispatcher.machine.workers if x.peer != victim)
    sim.air.remove(victim)
    client.fetch(w)
    return runs(sim) - before


def test_little_is_made_again_however_long_the_training_was():
    sim = Simulation(2, Air(0), Limits(stride=50))
    client = sim.client("c")
    w = train(client, 330)
    assert lose_its_worker(sim, client, w) <= 50
    np.testing.assert_array_equal(client.fetch(w), due(330))


def test_values_outlive_the_record_of_how_they_were_made():
    sim = Simulation(2, Air(0), Limits(stride=40, calls=100))
    client = sim.client("c")
    w = train(client, 500)
    lose_its_worker(sim, client, w)
    np.testing.assert_array_equal(client.fetch(w), due(500))


def test_without_a_second_worker_that_is_told_as_lost():
    sim = Simulation(1, Air(0), Limits(stride=40, calls=100))
    client = sim.client("c")
    w = train(client, 500)
    sim.air.run(lambda: False, 1.0)
    sim.worker("late")
    sim.air.run(lambda: False, 1.0)
    sim.air.remove("w0")
    with pytest.raises(WorkerLost, match="w0"):
        client.fetch(w)


def test_what_is_kept_for_nobody_goes_with_the_next_set():
    sim = Simulation(2, Air(0), Limits(stride=20))
    client = sim.client("c")
    w = train(client, 300)
    client.fetch(w)
    sim.air.run(lambda: False, 1.0)
    assert sum(n.machine.values for n in sim.workers) <= 6
    del w
    client.close()
    sim.air.run(lambda: False, 1.0)
    assert sum(n.machine.values for n in sim.workers) == 0


def test_a_checkpoint_that_is_asked_for_is_made_at_once_and_of_any_size():
    sim = Simulation(2, Air(0), Limits(replicas=1))
    client = sim.client("c")
    w = train(client, 30)
    client.checkpoint()
    assert lose_its_worker(sim, client, w) == 0
    np.testing.assert_array_equal(client.fetch(w), due(30))


def test_values_that_are_too_large_are_not_sent_unasked():
    sim = Simulation(2, Air(0), Limits(stride=10, replicas=W.nbytes - 1))
    client = sim.client("c")
    w = train(client, 100)
    assert lose_its_worker(sim, client, w) >= 100
    np.testing.assert_array_equal(client.fetch(w), due(100))
