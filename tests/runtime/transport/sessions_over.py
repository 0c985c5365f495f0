"""Opens sessions of a cluster and ends them; says by how much the processes grew, as JSON.

It is run as a program of its own: a process of tests holds other tests' garbage.
"""

from __future__ import annotations

import json
import os
import sys

import numpy as np
import psutil

import gradloom as gl

SIZE = 20_000


def chain(seed: int):
    """A program that no other seed has."""

    def f(x):
        for i in range(100):
            x = x * (1.0 + seed / 1e6) + i
        return x

    return gl.trace(f, np.zeros(SIZE))


def resources(pids) -> np.ndarray:
    """Of each process: MiB of memory, and what it has open."""
    found = []
    for process in map(psutil.Process, pids):
        size = process.memory_info().rss / 2**20
        found.append((size, process.num_fds(), len(process.memory_maps(grouped=False))))
    return np.array(found)


def growth(warm: int, sessions: int) -> np.ndarray:
    """Of each process of a cluster, and of this one: what sessions after the first `warm` left."""
    with gl.cluster(workers=1, backend="numpy") as cluster:
        pids = [*cluster.processes, os.getpid()]
        for i in range(sessions):
            session = cluster.connect()
            (y,) = session.call(chain(i), [session.put(np.ones(SIZE))])
            assert session.fetch(y).shape == (SIZE,)
            session.close()
            if i == warm:
                begun = resources(pids)
        return resources(pids) - begun


if __name__ == "__main__":
    sys.stdout.write(json.dumps(growth(*map(int, sys.argv[1:])).tolist()))
