"""A cluster in an air of bad weather, where workers are killed, frozen and cut off by a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

import gradloom as gl
from gradloom.ir.errors import WorkerLost
from gradloom.runtime.floor import Limits
from gradloom.runtime.transport.inproc import Air, Weather
from gradloom.runtime.transport.simulated import Simulation

WEATHER = Weather(lost=0.1, doubled=0.1, least_s=0.0005, most_s=0.05)


def step(w, x):
    return w - 0.1 * (np.tanh(w @ x) @ x.T), np.sum(w * w)


def mix(a, b):
    return (a + b) / 2


@dataclass
class Outcome:
    """What a run ended with: `lost` is the error where it ended in one."""

    agree: bool
    lost: str
    sim: Simulation


def faults(sim: Simulation, rng: random.Random, number: int, most_s: float) -> None:
    """Let so many faults befall workers; a killed one is replaced."""
    for i in range(number):
        sim.air.later(rng.uniform(0.05, most_s), lambda i=i: fault(sim, rng, i))


def fault(sim: Simulation, rng: random.Random, i: int) -> None:
    there = [w for w in sim.workers if sim.air.is_there(w)]
    if not there:
        return
    victim = rng.choice(there)
    kind = rng.choice(["kill", "freeze", "cut", "slow"])
    if kind == "kill":
        sim.air.remove(victim.name)
        # The same machine again: another process, another name on the wire.
        sim.air.later(rng.uniform(0.1, 2.0), lambda: sim.workers.append(sim.worker(f"r{i}")))
    elif kind == "freeze":
        sim.air.frozen.add(victim.name)
        sim.air.later(rng.choice([0.5, 5.0]), lambda: sim.air.thaw(victim.name))
    elif kind == "cut":
        sim.air.cut.add(victim.name)
        sim.air.later(rng.choice([0.5, 5.0]), lambda: sim.air.cut.discard(victim.name))
    else:
        victim.slow = 10.0


def run(
    seed: int,
    clients: int = 2,
    workers: int = 3,
    turns: int = 25,
    bad: int = 4,
    stride: int = 2_000,
) -> Outcome:
    """A few clients train beside each other while things go wrong."""
    rng = random.Random(seed)
    air = Air(seed, WEATHER)
    sim = Simulation(
        workers, air, Limits(patience_s=20.0, stride=stride), lambda: rng.uniform(0.001, 0.02)
    )
    faults(sim, rng, bad, 6.0)
    given = np.random.default_rng(seed)
    w = [given.standard_normal((3, 3)) for _ in range(clients)]
    x = [given.standard_normal((3, 4)) for _ in range(clients)]
    step_graph, mix_graph = gl.trace(step, w[0], x[0]), gl.trace(mix, w[0], w[0])
    plain = gl.compile(step, "numpy")
    try:
        ends = [sim.client(f"c{i}") for i in range(clients)]
        ws = [c.put(a) for c, a in zip(ends, w, strict=True)]
        xs = [c.put(a) for c, a in zip(ends, x, strict=True)]
        for turn in range(turns):
            for i, client in enumerate(ends):
                made, loss = client.call(step_graph, [ws[i], xs[i]], worker=rng.randrange(-1, 3))
                (ws[i],) = client.call(mix_graph, [made, ws[i]], worker=rng.randrange(-1, 3))
                w_new, plain_loss = plain(w[i], x[i])
                w[i] = (w_new + w[i]) / 2
                if turn % 5 == 0 and client.fetch(loss, 200.0) != plain_loss:
                    return Outcome(False, "", sim)
        agree = all(
            np.array_equal(c.fetch(r, 200.0), a) for c, r, a in zip(ends, ws, w, strict=True)
        )
    except WorkerLost as e:
        return Outcome(True, str(e), sim)
    del ws, xs, made, loss
    for client in ends:
        client.close()
    air.run(lambda: False, 20.0)
    return Outcome(agree, "", sim)
