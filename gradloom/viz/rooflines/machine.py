"""What this machine can do, measured briefly with numpy and kept for the process."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, final

import numpy as np

SIZE: Final = 768
"""Rows of the matrices: 9e8 FLOP, at which BLAS is at its best and a product takes milliseconds."""
_LARGE: Final = 64 << 20  # bytes; far more than the last cache of usual processors
_SMALL: Final = 128 << 10  # bytes; two of them fit in the second cache of usual processors
_LEAST_S: Final = 0.25
"""Seconds that each is tried at the least: on a busy machine few runs are undisturbed."""


@final
@dataclass(frozen=True, slots=True)
class Machine:
    """Peak FLOP/s by dtype name, and bytes per second read and written: of memory, of the cache."""

    flops: dict[str, float]
    memory: float
    cache: float

    def attainable(self, intensity: float, dtype: str) -> float:
        """The FLOP/s that an op of so many FLOP per byte can reach, its operands in memory."""
        return min(self.flops[dtype], intensity * self.memory)

    def reaching(self, rates: Mapping[str, float]) -> Machine:
        """The same machine, its peaks no lower than what was reached on it."""
        flops = {name: max(peak, rates.get(name, 0.0)) for name, peak in self.flops.items()}
        return Machine(flops, self.memory, self.cache)


def machine(dtypes: tuple[str, ...] = ("float32", "float64")) -> Machine:
    """This machine, measured once per process: about a second for two dtypes.

    The peak is a matrix product's, as numpy's BLAS does it; the speed of memory is a copy's, bytes
    read and written (as J. McCalpin counts them in STREAM, 1995).
    """
    return Machine({name: _product(name) for name in dtypes}, _copy(_LARGE), _copy(_SMALL))


@functools.cache
def _product(dtype: str) -> float:
    a = np.full((SIZE, SIZE), 0.5, dtype)
    out = np.empty_like(a)
    return 2 * SIZE**3 / _fastest(lambda: np.matmul(a, a, out=out))


@functools.cache
def _copy(nbytes: int) -> float:
    source, target = np.ones(nbytes, np.uint8), np.ones(nbytes, np.uint8)
    turns = max(1, (_LARGE // 8) // nbytes)

    def copy() -> None:
        for _ in range(turns):
            np.copyto(target, source)

    return 2 * nbytes * turns / _fastest(copy)


def _fastest(run: Callable[[], object]) -> float:
    """Seconds of the fastest of some runs: what disturbs a run only adds to it."""
    run()
    best, until = float("inf"), time.perf_counter() + _LEAST_S
    while (start := time.perf_counter()) < until or best == float("inf"):
        run()
        best = min(best, time.perf_counter() - start)
    return max(best, 1e-9)
