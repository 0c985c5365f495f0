"""What it costs to be watched: tiny calls without any recording, with the ring that is always kept,
and with somebody who records them, in turn.

`python -m bench watching`. Clock times are medians of many short rounds; CPU times are sums over
all rounds, of the client, the dispatcher and the worker.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import numpy as np
import psutil

import gradloom as gl

CALLS, ROUNDS = 1_000, 60
_PROCESS = "from gradloom.cli import main\nmain(sys.argv[1:])"
_BLIND = """
from gradloom.runtime.tally import Tally
for name in ("asked", "began", "ended", "sent", "received", "tidy"):
    setattr(Tally, name, lambda *given: None)
"""
_WATCHER = """
import select, sys
from gradloom.runtime.transport.spectator import Spectator
batches = []
watcher = Spectator(sys.argv[1], shown=batches.append)
while True:
    watcher.pump(0.05)
    if select.select([sys.stdin], [], [], 0)[0]:
        if sys.stdin.readline() == "on\\n":
            watcher.watch()
        else:
            watcher.rest()
        watcher.survey()
        print(sum(x.count for x in batches), sum(x.lost for x in batches), flush=True)
        batches.clear()
"""


class Place:
    """A dispatcher and a worker; one that is blind records nothing."""

    def __init__(self, blind: bool) -> None:
        self.address = f"ipc://{tempfile.mkdtemp()}/hub"
        start = f"import sys\n{_BLIND if blind else ''}\n{_PROCESS}"
        lines = ["serve"], ["worker", "--backend", "numpy"]
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-c", start, *line, "-a", self.address], stdout=subprocess.DEVNULL
            )
            for line in lines
        ]
        self.session = gl.connect(self.address, timeout_s=60)
        self.graph = gl.trace(lambda x: x + 1, np.ones(4))
        self.seconds: list[float] = []
        self.cpu = 0.0

    def round(self) -> None:
        """Some calls, each on the last one's result."""
        cpu, clock = self._cpu(), time.perf_counter()
        value = self.session.put(np.ones(4))
        for _ in range(CALLS):
            (value,) = self.session.call(self.graph, [value])
        self.session.fetch(value)
        self.seconds.append(time.perf_counter() - clock)
        self.cpu += self._cpu() - cpu

    def close(self) -> None:
        """End the processes."""
        self.session.close()
        for process in reversed(self.processes):
            process.terminate()
            process.wait()

    def _cpu(self) -> float:
        times = [psutil.Process(p.pid).cpu_times() for p in self.processes]
        return time.process_time() + sum(t.user + t.system for t in times)


@contextmanager
def watcher(address: str) -> Iterator[Any]:
    """What turns a watcher on and off, and tells what it was shown meanwhile."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WATCHER, address],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    write, read = process.stdin, process.stdout

    def tell(what: str) -> tuple[int, int]:
        write.write(what + "\n")
        write.flush()
        shown, lost = read.readline().split()
        return int(shown), int(lost)

    try:
        yield tell
    finally:
        process.kill()
        process.communicate()


def run() -> str:
    """The table."""
    places = {"nothing is recorded": Place(True), "the ring is kept": Place(False)}
    watched = places["somebody records"] = Place(False)
    shown = lost = 0
    with watcher(watched.address) as tell:
        for place in places.values():
            place.round()
            place.seconds, place.cpu = [], 0.0
        for _ in range(ROUNDS):
            for place in places.values():
                if place is watched:
                    tell("on")
                place.round()
                if place is watched:
                    counts = tell("off")
                    shown, lost = shown + counts[0], lost + counts[1]
    base = places["nothing is recorded"]
    rows = [
        f"| {name} | {median(x.seconds) / CALLS * 1e6:.1f} "
        f"| {median(a / b for a, b in zip(x.seconds, base.seconds, strict=True)):.3f} "
        f"| {x.cpu / CALLS / ROUNDS * 1e6:.1f} | {x.cpu / base.cpu:.3f} |"
        for name, x in places.items()
    ]
    for place in places.values():
        place.close()
    head = "| while | us a call | ratio | CPU us a call | ratio |\n|---|---|---|---|---|"
    return "\n".join(
        [f"{CALLS} calls, {ROUNDS} rounds; {shown} events shown, {lost} lost", "", head, *rows]
    )
