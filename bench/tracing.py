"""Tracing and gradient graphs, per op: gradloom, jax.make_jaxpr, autograd's tape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import gradloom as gl
from bench.timing import interleaved, table

OPS = 10_000


def _helper(x: Any, xp: Any) -> Any:
    for _ in range(5):
        x = xp.sin(x) * 1.01
    return x


def program(x: Any, xp: Any = np) -> Any:
    """10,000 elementwise ops, a helper call every ten."""
    for _ in range(OPS // 10):
        x = _helper(x, xp)
    return x


def _per_op(ways: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median CPU seconds per op of each way, taken in turn."""
    return {name: seconds / OPS for name, seconds in interleaved(ways, rounds=3).items()}


def run() -> str:
    """Both tables, in microseconds per op."""
    x = np.float64(0.3)
    graph = gl.trace(program, x)
    ours = "gradloom, graph of the gradient and DCE"
    traced: dict[str, Callable[[], Any]] = {"gradloom gl.trace": lambda: gl.trace(program, x)}
    grads: dict[str, Callable[[], Any]] = {ours: lambda: gl.optimize(gl.grad(graph), "dce")}
    try:
        import jax
        import jax.numpy as jnp

        traced["jax.make_jaxpr"] = lambda: jax.make_jaxpr(lambda v: program(v, jnp))(x)
        grads["jax.make_jaxpr of grad"] = lambda: jax.make_jaxpr(
            jax.grad(lambda v: program(v, jnp))
        )(0.3)
    except ImportError:
        pass
    try:
        import autograd
        import autograd.numpy as anp

        tape = autograd.value_and_grad(lambda v: program(v, anp))
        grads["autograd, value and gradient on its tape"] = lambda: tape(0.3)
    except ImportError:
        pass
    long = gl.trace(lambda v: _chain(v, 100_000), x)
    twice = gl.grad(long)
    return "\n".join(
        [
            table(f"Tracing {OPS:,} ops, per op", _per_op(traced), "gradloom gl.trace", "us"),
            table(f"Gradient graph of {OPS:,} ops, per forward op", _per_op(grads), ours, "us"),
            f"A chain of {len(long.nodes):,} ops: differentiated into {len(twice.nodes):,} nodes.",
            "",
        ]
    )


def _chain(x: Any, n: int) -> Any:
    for _ in range(n):
        x = np.sin(x)
    return x
