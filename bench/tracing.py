"""Tracing and gradient graphs, per op: gradloom, jax.make_jaxpr, autograd's tape."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

import gradloom as gl
from bench.timing import table

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


def _seconds(call: Callable[[], Any], rounds: int = 3) -> float:
    times = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return median(times) / OPS


def run() -> str:
    """Both tables, in microseconds per op."""
    x = np.float64(0.3)
    traced = {"gradloom gl.trace": _seconds(lambda: gl.trace(program, x))}
    graph = gl.trace(program, x)
    ours = "gradloom, graph of the gradient and DCE"
    grads = {ours: _seconds(lambda: gl.optimize(gl.grad(graph), "dce"))}
    try:
        import jax
        import jax.numpy as jnp

        traced["jax.make_jaxpr"] = _seconds(lambda: jax.make_jaxpr(lambda v: program(v, jnp))(x), 1)
        grad = jax.grad(lambda v: program(v, jnp))
        grads["jax.make_jaxpr of grad"] = _seconds(lambda: jax.make_jaxpr(grad)(0.3), 1)
    except ImportError:
        pass
    try:
        import autograd
        import autograd.numpy as anp

        tape = autograd.value_and_grad(lambda v: program(v, anp))
        grads["autograd, value and gradient on its tape"] = _seconds(lambda: tape(0.3))
    except ImportError:
        pass
    long = gl.trace(lambda v: _chain(v, 100_000), x)
    twice = gl.grad(long)
    return "\n".join(
        [
            table(f"Tracing {OPS:,} ops, per op", traced, "gradloom gl.trace", "us"),
            table(f"Gradient graph of {OPS:,} ops, per forward op", grads, ours, "us"),
            f"A chain of {len(long.nodes):,} ops: differentiated into {len(twice.nodes):,} nodes.",
            "",
        ]
    )


def _chain(x: Any, n: int) -> Any:
    for _ in range(n):
        x = np.sin(x)
    return x
