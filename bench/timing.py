"""CPU time of several ways of doing one thing, interleaved in one process (A B C A B C ...), as
medians and ratios.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Set to 1 before numpy is imported: `bench/__main__.py` does."""


def interleaved(
    ways: Mapping[str, Callable[[], Any]], rounds: int = 15, inner: int = 1
) -> dict[str, float]:
    """Median CPU seconds of one call of each way; each is called once before it counts, with the
    collector on.
    """
    for way in ways.values():
        way()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.process_time()
            for _ in range(inner):
                way()
            times[name].append((time.process_time() - start) / inner)
    gc.collect()
    return {name: median(values) for name, values in times.items()}


def table(title: str, seconds: Mapping[str, float], base: str, unit: str = "ms") -> str:
    """A table of medians, each with its ratio to `base`."""
    scale = {"ms": 1e3, "us": 1e6}[unit]
    lines = [f"### {title}", "", f"| | {unit} | ratio to {base} |", "|---|---|---|"]
    lines += [f"| {n} | {s * scale:.3g} | {s / seconds[base]:.2f} |" for n, s in seconds.items()]
    return "\n".join([*lines, ""])


def single_thread() -> None:
    """Pin the numeric libraries to one thread; call before importing them."""
    for name in THREADS:
        os.environ[name] = "1"
