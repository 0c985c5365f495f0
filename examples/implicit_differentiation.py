"""Derivatives of solvers by the implicit function theorem: of the answer, not of the way to it.

A loop that runs until nothing changes can be differentiated turn by turn, as any `while` here. But
the answer x of `x = step(a, x)` or `residual(a, x) = 0` does not depend on the turns that were
made: its derivative solves a linear equation at x, so nothing of the loop is kept, and a lucky
start that ends the loop at once does no harm. Such derivatives are given by hand, with
`gl.custom_vjp` (a fixed point) or `gl.custom_jvp` (a root).

    python examples/implicit_differentiation.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import gradloom as gl


def iterated(turn: Callable[[Any], Any], start: Any, tolerance: float) -> Any:
    """The first of `start`, `turn(start)`, ... that differs by at most `tolerance` from the one
    before.
    """
    _, last = gl.while_loop(
        lambda pair: np.max(np.abs(pair[1] - pair[0])) > tolerance,
        lambda pair: (pair[1], turn(pair[1])),
        (start, turn(start)),
    )
    return last


def fixed_point(step: Callable[[Any, Any], Any], tolerance: float = 1e-13) -> Any:
    """A function (a, start) -> x with `x = step(a, x)`, differentiable by a in reverse mode.

    From dx = S dx + T da, with the derivatives S and T of the step by x and by a, the cotangent of
    a is u T, where u = ct + u S: another fixed point.
    """

    @gl.custom_vjp
    def solve(a: Any, start: Any) -> Any:
        return iterated(lambda x: step(a, x), start, tolerance)

    def forward(a: Any, start: Any) -> Any:
        x = solve(a, start)
        return x, (a, x)

    def backward(kept: Any, ct: Any) -> Any:
        a, x = kept
        _, through = gl.vjp(step, a, x)
        u = iterated(lambda u: ct + through(u)[1], ct, tolerance)
        return through(u)[0], np.zeros_like(x)

    solve.defvjp(forward, backward)
    return solve


def root(residual: Callable[[Any, Any], Any], tolerance: float = 1e-13) -> Any:
    """A function (a, start) -> x with `residual(a, x) = 0` by Newton's method, for numbers x and a;
    differentiable in both modes and more than once, because its rule can be.
    """

    @gl.custom_jvp
    def solve(a: Any, start: Any) -> Any:
        def newton(x: Any) -> Any:
            value, slope = gl.jvp(lambda x: residual(a, x), (x,), (np.ones_like(x),))
            return x - value / slope

        return iterated(newton, start, tolerance)

    @solve.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        a, start = primals
        x = solve(a, start)
        _, moved = gl.jvp(lambda a: residual(a, x), (a,), (tangents[0],))
        _, slope = gl.jvp(lambda x: residual(a, x), (x,), (np.ones_like(x),))
        return x, -moved / slope

    return solve


def layer(parameters: Any, x: Any) -> Any:
    """One turn of a layer that is applied until it rests."""
    weights, bias = parameters
    return np.tanh(weights @ x + bias)


def kepler(mean: Any, eccentric: Any) -> Any:
    """Kepler's equation for an orbit of eccentricity 0.6."""
    return eccentric - 0.6 * np.sin(eccentric) - mean


equilibrium = fixed_point(layer)
anomaly = root(kepler)


def energy(parameters: Any) -> Any:
    """A number of the layer's state at rest."""
    return np.sum(equilibrium(parameters, np.zeros(4)) ** 2)


def unrolled(parameters: Any) -> Any:
    """The same number, differentiated turn by turn."""
    return np.sum(iterated(lambda x: layer(parameters, x), np.zeros(4), 1e-13) ** 2)


def parameters() -> tuple[np.ndarray, np.ndarray]:
    """Weights small enough for the layer to come to rest, and a bias."""
    rng = np.random.default_rng(0)
    return 0.3 * rng.standard_normal((4, 4)), rng.standard_normal(4)


def main() -> None:
    """Print derivatives, both ways."""
    implicit, turns = gl.grad(energy)(parameters()), gl.grad(unrolled)(parameters())
    print("bias, implicitly:    ", implicit[1])
    print("bias, turn by turn:  ", turns[1])
    mean = 0.8
    x = anomaly(mean, mean)
    print("anomaly:             ", x)
    print("its derivative:      ", gl.grad(anomaly)(mean, mean), 1 / (1 - 0.6 * np.cos(x)))
    print("its second:          ", gl.grad(gl.grad(anomaly))(mean, mean))


if __name__ == "__main__":
    main()
