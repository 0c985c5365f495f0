"""Loops: a GRU of 64 steps written as Python's `for`, and with `gl.scan`; beside them `lax.scan`
and, with `--unrolled`, programs that are not rolled, jax.jit's among them. First compiled calls and
later ones, and the passes on 10,000 nodes.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from typing import Any, Final

import numpy as np

import gradloom as gl
from bench.timing import interleaved, table
from gradloom.passes import pipeline

STEPS: Final = 64
BATCH: Final = 16
SIZE: Final = 32


def cell(h: Any, x: Any, weights: Any, xp: Any = np) -> Any:
    """The next state of a gated recurrent unit."""
    wz, uz, wr, ur, wh, uh = weights
    z = 1 / (1 + xp.exp(-(x @ wz + h @ uz)))
    r = 1 / (1 + xp.exp(-(x @ wr + h @ ur)))
    return (1 - z) * h + z * xp.tanh(x @ wh + (r * h) @ uh)


def plain(weights: Any, xs: Any, h: Any, xp: Any = np) -> Any:
    """The sum of squares of the last state, by a Python loop."""
    for t in range(STEPS):
        h = cell(h, xs[t], weights, xp)
    return xp.sum(h * h)


def scanned(weights: Any, xs: Any, h: Any) -> Any:
    """The same by `gl.scan`."""
    last, _ = gl.scan(lambda h, x: (cell(h, x, weights), None), h, xs)
    return np.sum(last * last)


def arguments() -> tuple[Any, ...]:
    """Weights, inputs and the first state."""
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * 0.2).astype(np.float32)

    weights = tuple(normal(SIZE, SIZE) for _ in range(6))
    return weights, normal(STEPS, BATCH, SIZE), normal(BATCH, SIZE)


Way = Callable[[], Any]


def _first(make: Callable[[], Callable[..., Any]]) -> Way:
    given = arguments()
    return lambda: make()(*given)


def _later(make: Callable[[], Callable[..., Any]]) -> Way:
    made, given = make(), arguments()
    made(*given)
    return lambda: made(*given)


def _ways(backend: str, change: str) -> dict[str, Callable[[], Callable[..., Any]]]:
    """What makes the compiled function of each way anew."""
    gradient = change != "forward"
    ours: Callable[[Any], Any] = gl.value_and_grad if gradient else lambda f: f
    ways: dict[str, Callable[[], Callable[..., Any]]] = {
        "gl.scan": lambda: gl.compile(ours(scanned), backend),
        "for": lambda: gl.compile(ours(plain), backend),
    }
    if "--unrolled" in sys.argv and not gradient:
        passes = "fold,simplify,cse,dce"
        ways["for, not rolled"] = lambda: gl.compile(plain, backend, pipeline=passes)
    if backend == "jax":
        ways |= _peers(gradient)
    return ways


def _peers(gradient: bool) -> dict[str, Callable[[], Callable[..., Any]]]:
    """The same program by JAX's own means."""
    import jax
    import jax.numpy as jnp

    def by_scan(weights: Any, xs: Any, h: Any) -> Any:
        last, _ = jax.lax.scan(lambda h, x: (cell(h, x, weights, jnp), None), h, xs)
        return jnp.sum(last * last)

    def by_loop(weights: Any, xs: Any, h: Any) -> Any:
        return plain(weights, xs, h, jnp)

    def compiled(f: Callable[..., Any]) -> Callable[..., Any]:
        made = jax.jit(jax.value_and_grad(f) if gradient else lambda *a: f(*a))
        return lambda *a: jax.block_until_ready(made(*a))

    peers = {"lax.scan, jax.jit": lambda: compiled(by_scan)}
    if "--unrolled" in sys.argv:  # minutes
        peers["for, jax.jit"] = lambda: compiled(by_loop)
    return peers


def _passes() -> str:
    """What the default pipeline costs on nodes that do not repeat, and on nodes that do."""
    repeated = gl.trace(lambda x: _chain(x, [np.sin] * 10_000), np.ones(3))
    rng = np.random.default_rng(0)
    drawn = [[np.sin, np.cos, np.tanh, np.exp, np.negative][i] for i in rng.integers(0, 5, 10_000)]
    mixed = gl.trace(lambda x: _chain(x, drawn), np.ones(3))
    ways: dict[str, Way] = {
        "10,000 nodes that do not repeat": lambda: pipeline.run(mixed, "default"),
        "of it, reroll": lambda: pipeline.run(mixed, "reroll"),
        "10,000 equal nodes": lambda: pipeline.run(repeated, "default"),
    }
    name = "10,000 nodes that do not repeat"
    return table("The default pipeline", interleaved(ways, rounds=5), name)


def _chain(x: Any, functions: list[Any]) -> Any:
    for f in functions:
        x = f(x)
    return x


def main() -> None:
    """Print the tables: CPU time, medians, ways in turn; only for the backends named, if any."""
    known = ("numpy", "torch", "jax", "tensorflow")
    for backend in [a for a in sys.argv[1:] if a in known] or known:
        if importlib.util.find_spec(backend) is None:
            continue
        for change in ("forward", "value and gradient"):
            ways = _ways(backend, change)
            rounds = 9 if backend in ("numpy", "torch") else 3
            firsts = interleaved({n: _first(w) for n, w in ways.items()}, rounds)
            print(table(f"{backend}, {change}: first call", firsts, "gl.scan"))
            laters = interleaved({n: _later(w) for n, w in ways.items()}, 15, 5)
            print(table(f"{backend}, {change}: later calls", laters, "gl.scan"))
    print(_passes())


if __name__ == "__main__":
    main()
