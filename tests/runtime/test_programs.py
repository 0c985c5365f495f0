"""How long a dispatcher and workers keep the programs of sessions."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import RemoteError
from gradloom.runtime import messages as m
from gradloom.runtime import worker as w
from gradloom.runtime.desk import Desk
from gradloom.runtime.dispatcher import Dispatcher
from gradloom.runtime.fields import digest_of
from gradloom.runtime.floor import Say
from gradloom.runtime.transport.inproc import Air
from gradloom.runtime.transport.simulated import Simulation

X = np.arange(3.0)


def adder(number: float):
    return gl.trace(lambda x: x + number, X)


def simulation(workers: int = 1) -> Simulation:
    return Simulation(workers, Air(0))


@pytest.mark.parametrize("sessions", [100, pytest.param(1_000, marks=pytest.mark.slow)])
def test_many_sessions_leave_no_programs_behind(sessions):
    sim = simulation(2)
    for i in range(sessions):
        client, graph = sim.client(f"c{i}"), adder(i + 0.5)
        (y,) = client.call(graph, [client.put(X)], worker=i % 2)
        np.testing.assert_array_equal(client.fetch(y), X + i + 0.5)
        client.close()
    sim.air.run(lambda: False, 5.0)
    assert sim.dispatcher.machine.programs == 0
    assert [n.engine.programs[0] for n in sim.workers] == [0, 0]
    assert [n.machine.values for n in sim.workers] == [0, 0]


def test_a_program_goes_with_its_graph_while_the_session_goes_on():
    sim = simulation()
    client = sim.client("c")
    x, most = client.put(X), 0
    for i in range(200):
        np.testing.assert_array_equal(client.fetch(client.call(adder(i), [x])[0]), X + i)
        most = max(most, sim.workers[0].engine.programs[0], sim.dispatcher.machine.programs)
    assert most < 10


def test_equal_graphs_are_one_program_until_the_last_is_gone():
    sim = simulation()
    client = sim.client("c")
    first, second = adder(1.0), adder(1.0)
    x = client.put(X)
    client.fetch(client.call(first, [x])[0])
    client.fetch(client.call(second, [x])[0])
    assert sim.dispatcher.machine.programs == 1
    del first
    client.fetch(client.call(second, [x])[0])
    assert sim.workers[0].engine.programs[0] == 1


def test_what_was_lost_is_made_again_by_a_program_whose_graph_is_gone():
    sim = simulation(2)
    client = sim.client("c")
    (y,) = client.call(adder(1.0), [client.put(X)], worker=0)
    (z,) = client.call(adder(2.0), [y], worker=0)
    client.fetch(z)
    client.fetch(client.put(X))  # says that the graphs are gone
    sim.air.remove("w0")
    np.testing.assert_array_equal(client.fetch(z), X + 3)
    del y, z
    client.call(adder(3.0), [client.put(X)])
    sim.air.run(lambda: False, 1.0)
    assert sim.dispatcher.machine.programs == 1


def test_the_end_of_a_session_leaves_anothers_programs():
    sim = simulation()
    a, b, graph = sim.client("a"), sim.client("b"), adder(1.0)
    for client in (a, b):
        client.fetch(client.call(graph, [client.put(X)])[0])
    a.close()
    sim.air.run(lambda: False, 1.0)
    np.testing.assert_array_equal(b.fetch(b.call(graph, [b.put(X)])[0]), X + 1)


def test_nobody_gives_anothers_program_another_meaning():
    dispatcher, box = Dispatcher(), m.Mailbox("")
    dispatcher.hear("w", m.Enlist("w", 0, box, "numpy", "cpu"), 0.0)
    dispatcher.hear("c", m.Join("c", 0, box), 0.0)
    wrong = m.Define("a" * 64, b"func"), m.Define(digest_of(b"f", ()), b"f", ("b" * 64,))
    for define in wrong:
        told = dispatcher.hear("c", define, 0.0)
        assert any(isinstance(x, Say) and isinstance(x.message, m.Refused) for x in told)
        dispatcher.hear("c", m.Join("c", 0, box), 0.0)


def test_a_worker_forgets_a_program_after_the_runs_that_name_it():
    machine, digest = w.Worker(), "a" * 64
    machine.hear(m.Prepare(digest, b""))
    (first,) = machine.hear(m.Run(7, 0, digest, (), (1,)))
    machine.hear(m.Run(7, 1, digest, (1,), (2,)))
    assert machine.hear(m.Unlearn((digest,))) == []
    (second,) = (x for x in machine.finished(first.run, ["one"]) if isinstance(x, w.Compute))
    assert w.Unlearn((digest,)) in machine.finished(second.run, ["two"])


@pytest.mark.parametrize("event", [m.End(7), None], ids=["the session's end", "a new beginning"])
def test_a_worker_forgets_a_program_whose_runs_are_over(event):
    machine, digest = w.Worker(), "a" * 64
    machine.hear(m.Prepare(digest, b""))
    machine.hear(m.Run(7, 0, digest, (3,), (1,)))  # waits for a value
    machine.hear(m.Unlearn((digest,)))
    out = machine.reset() if event is None else machine.hear(event)
    assert w.Unlearn((digest,)) in out


def test_a_program_that_comes_again_is_kept():
    machine, digest = w.Worker(), "a" * 64
    machine.hear(m.Prepare(digest, b""))
    machine.hear(m.Run(7, 0, digest, (3,), (1,)))
    machine.hear(m.Unlearn((digest,)))
    machine.hear(m.Prepare(digest, b""))
    assert w.Unlearn((digest,)) not in machine.hear(m.End(7))


def test_a_program_that_was_given_up_cannot_be_called():
    sim = simulation()
    client, graph = sim.client("c"), adder(1.0)
    client.fetch(client.call(graph, [client.put(X)])[0])
    digest = next(iter(client._session._defined))
    client._wire.perform(client._session.undefine([digest]))
    (y,) = client.call(graph, [client.put(X)])
    with pytest.raises(RemoteError, match="not defined"):
        client.fetch(y)


def test_a_desk_tells_which_runs_wait():
    desk = Desk()
    run = m.Run(0, 0, "a" * 64, (1,), (2,))
    desk.add(run)
    desk.add(m.Ship(0, 2, 0, m.Mailbox("x")))
    assert desk.runs == (run,)
