"""The columns `grad` and `jvp`: derivatives beside finite differences, along one direction."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import gradloom as gl
from tests.coverage.answers import Answer, compared, inexact, refusal
from tests.coverage.program import Program
from tests.coverage.same import apart, flat


def _without(program: Program) -> str | None:
    """Why the program has no derivative by nature."""
    if not any(inexact(x) for x in program.arguments):
        return "no argument is a float"
    if not any(inexact(x) for x in flat(program.call(*program.arguments))):
        return "the result is no float"
    return None


def _by_floats(program: Program) -> tuple[Callable[..., list[Any]], list[Any]]:
    """The program's float results as a function of its float arguments, and these."""
    args, call = program.arguments, program.call
    active = [i for i, x in enumerate(args) if inexact(x)]

    def results(*floats: Any) -> list[Any]:
        given = [x.copy() for x in args]
        for i, x in zip(active, floats, strict=True):
            given[i] = x.copy()
        return [y for y in flat(call(*given)) if inexact(y)]

    return results, [args[i] for i in active]


def _weights(shape: tuple[int, ...], start: float) -> np.ndarray:
    return np.cos(np.arange(int(np.prod(shape))) * 1.7 + start).reshape(shape)


def _total(results: Callable[..., list[Any]]) -> Callable[..., Any]:
    """One real number out of all results."""

    def total(*floats: Any) -> Any:
        value = 0.0
        for n, y in enumerate(results(*floats)):
            part = np.real(y) + np.imag(y) if y.dtype.kind == "c" else y
            value = value + np.sum(part.astype(np.float64) * _weights(y.shape, n))
        return value

    return total


def _direction(floats: Sequence[Any]) -> list[Any]:
    steps = []
    for n, x in enumerate(floats):
        step = _weights(x.shape, n + 5)
        if x.dtype.kind == "c":
            step = step + 1j * _weights(x.shape, n + 9)
        steps.append(np.asarray(step, x.dtype) if x.ndim else x.dtype.type(step))
    return steps


def _along(
    f: Callable[..., Any], floats: Sequence[Any], steps: Sequence[Any], size: float
) -> list[np.ndarray]:
    """The central differences of `f` along `steps`, of fourth order."""

    def at(k: int) -> list[np.ndarray]:
        moved = [x + k * size * s for x, s in zip(floats, steps, strict=True)]
        return [np.asarray(y) for y in flat(f(*moved))]

    points = zip(at(1), at(-1), at(2), at(-2), strict=True)
    return [(8 * (a - b) - (c - d)) / (12 * size) for a, b, c, d in points]


def _precision(program: Program) -> tuple[float, float]:
    """The step of the differences, and the relative error that is allowed."""
    return (1e-2, 2e-3) if "float32" in program.text else (1e-5, 1e-6)


def jvp(program: Program) -> Answer:
    """`gl.jvp` of every float result agrees with finite differences."""
    why = _without(program)
    if why:
        return Answer("n/a", why)
    results, floats = _by_floats(program)
    steps, (size, rtol) = _direction(floats), _precision(program)
    _, given = gl.jvp(results, tuple(floats), tuple(steps))
    due = _along(results, floats, steps, size)
    found = [_apart(np.asarray(g), d, rtol) for g, d in zip(given, due, strict=True)]
    return compared(next((line for line in found if line), None))


def _apart(given: np.ndarray, due: np.ndarray, rtol: float) -> str | None:
    if given.shape != due.shape:
        return f"a tangent of shape {given.shape} instead of {due.shape}"
    return apart(given, due, rtol)


def grad(program: Program) -> Answer:
    """`gl.grad`, and a second derivative through it, agree with finite differences."""
    why = _without(program)
    if why:
        return Answer("n/a", why)
    results, floats = _by_floats(program)
    total, steps, (size, rtol) = _total(results), _direction(floats), _precision(program)
    by = gl.grad(total, argnums=tuple(range(len(floats))))
    given = sum(np.sum(np.real(g * s)) for g, s in zip(by(*floats), steps, strict=True))
    line = apart(np.asarray(given), _along(total, floats, steps, size)[0], rtol)
    if line or "float32" in program.text:
        return compared(line, "first order: ")
    try:
        return _second(by, floats, steps)
    except gl.GradloomError as error:
        return refusal(error, "second order: ")


def _second(by: Callable[..., Any], floats: Sequence[Any], steps: Sequence[Any]) -> Answer:
    """The tangent of the gradient; its graph saves tracing it at every point."""
    with contextlib.suppress(gl.GradloomError):  # some programs need values
        by = gl.trace(by, *floats)
    _, given = gl.jvp(by, tuple(floats), tuple(steps))
    due = _along(by, floats, steps, 1e-5)
    found = [_apart(np.asarray(g), d, 1e-5) for g, d in zip(given, due, strict=True)]
    return compared(next((line for line in found if line), None), "second order: ")
