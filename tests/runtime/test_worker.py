"""What a worker does next, told by lists of events."""

from __future__ import annotations

import numpy as np

import gradloom as gl
from gradloom.runtime import messages as m
from gradloom.runtime import worker as w
from gradloom.runtime.transport.inproc import Air
from gradloom.runtime.transport.simulated import Simulation

DIGEST = "a" * 64


def computed(out: list[w.Instruction]) -> list[m.Run]:
    return [x.run for x in out if isinstance(x, w.Compute)]


def test_sessions_take_turns_however_much_one_asks_for():
    machine, order = w.Worker(), []
    running = computed(machine.hear(m.Run(1, 0, DIGEST, (), (0,))))
    for i in range(1, 10_000):
        machine.hear(m.Run(1, i, DIGEST, (), (i,)))
    for session in (2, 3):
        for i in range(10):
            machine.hear(m.Run(session, i, DIGEST, (), (i,)))
    while len(order) < 60:
        (run,) = running
        order.append(run.session)
        running = computed(machine.finished(run, ["value"]))
    assert order[:31] == [1, *[1, 2, 3] * 10]
    assert set(order[31:]) == {1}


def test_ships_go_before_runs_that_wait():
    machine, box = w.Worker(), m.Mailbox("x")
    (run,) = computed(machine.hear(m.Run(1, 0, DIGEST, (), (0,))))
    machine.hear(m.Run(1, 1, DIGEST, (), (1,)))
    value = type("Value", (), {"dtype": "f32", "shape": ()})()
    machine.receive(m.Parcel(2, 5, 1, "f32", ()), value)
    (mail,) = machine.hear(m.Ship(2, 5, 0, box))
    assert mail == w.Mail(box, m.Parcel(2, 5, 0, "f32", ()), value)
    assert len(computed(machine.finished(run, ["value"]))) == 1


def test_a_client_with_many_calls_does_not_keep_another_waiting():
    sim = Simulation(1, Air(0), run_s=lambda: 0.01)
    greedy, modest = sim.client("greedy"), sim.client("modest")
    graph = gl.trace(lambda x: x + 1, np.zeros(2))
    x = greedy.put(np.zeros(2))
    kept = [greedy.call(graph, [x]) for _ in range(1_000)]  # ten seconds of work
    begun = sim.air.now
    (y,) = modest.call(graph, [modest.put(np.ones(2))])
    assert modest.fetch(y).tolist() == [2, 2]
    assert sim.air.now - begun < 0.1
    assert greedy.fetch(kept[-1][0]).tolist() == [1, 1]
    assert sim.air.now - begun > 9
