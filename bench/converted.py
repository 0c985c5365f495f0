"""What rewriting the functions costs: traces of programs without traced control flow, rewritten
and as they are written, side by side.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any, Final

import numpy as np

import gradloom as gl
from bench.timing import interleaved, table
from gradloom.frontend.record import record
from gradloom.frontend.staging import convert

AS_WRITTEN: Final = "as it is written"


def mlp(x: Any, weights: Any) -> Any:
    """Four layers."""
    for w, b in weights:
        x = np.tanh(x @ w + b)
    return np.mean(x**2)


def _scaled(x: Any, factor: float) -> Any:
    return x * factor


def _pair(items: list[Any], i: int) -> Any:
    return items[i][0] if len(items[i]) > 1 else items[i]


def tiny_calls(x: Any, turns: int = 3000) -> Any:
    """A loop of tiny functions, subscripts and lists, with an op in every tenth turn."""
    items = [(float(i), i) for i in range(10)]
    table_of = [[float(i + j) for j in range(4)] for i in range(3)]
    out = []
    for i in range(turns):
        factor = _pair(items, i % len(items)) + table_of[i % 3][i % 4]
        out.append(_scaled(factor, 0.5))
        if i % 10 == 0:
            x = _scaled(x, factor)
    return x * max(out) + len(out)


def plain_ifs(x: Any, turns: int = 3000, verbose: bool = False) -> Any:
    """A loop with five `if`s on plain numbers in every turn, and an op in every tenth."""
    low = high = odd = 0
    for i in range(turns):
        if i % 2:
            odd += 1
        if i < 100 and not verbose:
            low += 1
        elif i > 200:
            high += 1
        if verbose:
            continue
        x = x * 2.0 if i % 10 == 0 else x
        if 0 <= low <= turns:
            high -= 1
        if low > turns:
            break
    return x + high


PROGRAMS: Final[dict[str, tuple[Callable[..., Any], tuple[Any, ...]]]] = {
    "an MLP of four layers": (
        mlp, (np.ones((8, 16)), [(np.ones((16, 16)), np.ones(16)) for _ in range(4)]),
    ),
    "3,000 turns of tiny calls and subscripts": (tiny_calls, (np.ones(4),)),
    "3,000 turns of `if`s on plain numbers": (plain_ifs, (np.ones(4),)),
}  # fmt: skip


def _ways(f: Callable[..., Any], given: tuple[Any, ...]) -> dict[str, Callable[[], Any]]:
    return {
        AS_WRITTEN: lambda: record(f, given, {}),
        "rewritten": lambda: record(f, given, {}, values=False),
    }


def _first(f: Callable[..., Any], given: tuple[Any, ...], rounds: int = 5) -> float:
    """Seconds by which a first trace is longer than the next: finding and rewriting the source."""
    took = []
    for _ in range(rounds):
        convert.REWRITER.forget()
        start = time.process_time()
        gl.trace(f, *given)
        middle = time.process_time()
        gl.trace(f, *given)
        took.append(middle - start - (time.process_time() - middle))
    return median(took)


def run() -> str:
    """The tables, and what a first conversion costs."""
    parts = []
    for name, (f, given) in PROGRAMS.items():
        assert str(record(f, given, {}).graph) == str(record(f, given, {}, values=False).graph)
        parts.append(table(f"Tracing {name}", interleaved(_ways(f, given)), AS_WRITTEN))
    first = {name: _first(f, given) * 1e3 for name, (f, given) in PROGRAMS.items()}
    parts.append("First conversion: " + ", ".join(f"{n} {ms:.1f} ms" for n, ms in first.items()))
    return "\n".join([*parts, ""])
