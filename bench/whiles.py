"""The gradient of a loop whose trip count is known only when it runs: seconds and peak memory,
beside the loop itself and beside what saving every turn would take.

    python -m bench.whiles                    all, each in a process of its own
    python -m bench.whiles numpy 1000 8       one: backend, turns, size of the carried array
"""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

import gradloom as gl

TURNS: Final = (1_000, 100_000)
SIZES: Final = (8, 10_000)
BACKENDS: Final = ("numpy", "torch", "jax")


def diffuse(n: Any, rate: Any, x: Any) -> Any:
    """The sum of squares of a ring that diffuses and reacts for n turns."""

    def turn(state: Any) -> Any:
        i, u = state
        around = np.roll(u, 1) + np.roll(u, -1) - 2 * u
        return i + 1, u + rate * around - 1e-4 * u**3

    return np.sum(gl.while_loop(lambda s: s[0] < n, turn, (0, x))[1] ** 2)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(f: Callable[..., Any], *given: Any) -> float:
    start = time.perf_counter()
    f(*given)
    return time.perf_counter() - start


def one(backend: str, turns: int, size: int) -> str:
    """A row: the loop, its gradient, their ratio, megabytes that the gradient adds."""
    given = np.array(turns), np.array(0.1), np.linspace(0.0, 1.0, size)
    few = np.array(3), *given[1:]
    forward = gl.compile(diffuse, backend)
    both = gl.compile(lambda n, r, x: gl.grad(diffuse, (1, 2))(n, r, x), backend)
    forward(*few)
    first = _timed(both, *few)
    loop = min(_timed(forward, *given) for _ in range(2))
    before = _peak_mb()
    gradient = min(_timed(both, *given) for _ in range(2))
    more, every = _peak_mb() - before, turns * size * 8 / 2**20
    return (
        f"| {backend} | {turns:,} | {size:,} | {first:.1f} | {loop:.3g} | {gradient:.3g} "
        f"| {gradient / loop:.1f} | {more:.0f} | {every:.0f} |"
    )


def main() -> None:
    """Print the table."""
    print("| | turns | size | first call, s | loop, s | gradient, s | ratio | more MB | all, MB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for backend in BACKENDS:
        if importlib.util.find_spec(backend) is None:
            continue
        for turns in TURNS:
            for size in SIZES:
                command = [sys.executable, "-m", "bench.whiles", backend, str(turns), str(size)]
                print(subprocess.check_output(command, text=True).strip(), flush=True)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(one(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
    else:
        main()
