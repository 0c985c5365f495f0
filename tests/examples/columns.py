"""The columns of docs/plain-numpy.md: each a question to every program, answered by running."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

import gradloom as gl
from tests.coverage.answers import YES, Answer, compared, quiet, refusal
from tests.coverage.backends import RUNS
from tests.coverage.changed import own_result
from tests.coverage.same import apart, difference
from tests.examples.gallery import Example, leaves, unheard, weights

_STEP: Final = 1e-6
_NO_DERIVATIVE: Final = Answer("n/a", "the result is no float that varies with an argument")


def plain(example: Example) -> Answer:
    """Plain numpy gives what the file's own check expects."""
    example.module.check(example.call(*example.arguments))
    return YES


def _beside(given: Any, example: Example, rtol: float) -> Answer:
    due = example.call(*example.arguments)
    if isinstance(due, dict) and (not isinstance(given, dict) or set(given) != set(due)):
        return Answer("WRONG", f"{given!r} instead of a dict of {sorted(due)}")
    return compared(difference(list(leaves(given)), list(leaves(due)), rtol))


def trace(example: Example) -> Answer:
    """The graph, recorded without values and interpreted, gives the same."""
    graph = gl.trace(example.call, *example.arguments)
    return _beside(own_result(graph, graph(*example.arguments)), example, 1e-9)


def run(name: str, example: Example) -> Answer:
    """The compiled or exported program gives the same."""
    gl.trace(example.call, *example.arguments)  # what cannot be recorded is told without waiting
    return _beside(RUNS[name](example.call, example.arguments), example, 1e-7)


# ---- derivatives ---------------------------------------------------------------------------------


def _floats(example: Example) -> tuple[list[Any], list[Any]]:
    """The active arguments and a direction for them."""
    given = example.arguments
    floats = [given[i] for i in example.active]
    return floats, [weights(np.shape(x), n + 5) for n, x in enumerate(floats)]


def _along(f: Callable[..., Any], floats: Sequence[Any], steps: Sequence[Any]) -> Any:
    """The central difference of `f` along `steps`."""
    up, down = (
        f(*[x + sign * _STEP * s for x, s in zip(floats, steps, strict=True)]) for sign in (1, -1)
    )
    return (up - down) / (2 * _STEP)


def _gradient(by: Callable[..., Any], example: Example) -> Answer:
    floats, steps = _floats(example)
    grads = by(*floats)
    given = sum(np.sum(g * s) for g, s in zip(grads, steps, strict=True))
    due = _along(example.total, floats, steps)
    return compared(apart(np.asarray(given), np.asarray(due), 1e-5))


def _by_all(example: Example) -> Callable[..., Any]:
    return gl.grad(example.total, argnums=tuple(range(len(example.active))))


def grad(example: Example) -> Answer:
    """`gl.grad` with values at hand agrees with finite differences."""
    return _gradient(_by_all(example), example) if example.active else _NO_DERIVATIVE


def grad_compiled(example: Example) -> Answer:
    """So does the gradient compiled for numpy."""
    if not example.active:
        return _NO_DERIVATIVE
    return _gradient(gl.compile(_by_all(example), backend="numpy"), example)


def jvp(example: Example) -> Answer:
    """`gl.jvp` with values at hand agrees with finite differences."""
    if not example.active:
        return _NO_DERIVATIVE
    floats, steps = _floats(example)
    _, given = gl.jvp(example.total, tuple(floats), tuple(steps))
    due = _along(example.total, floats, steps)
    return compared(apart(np.asarray(given), np.asarray(due), 1e-5))


# ---- batching ------------------------------------------------------------------------------------


def vmap(example: Example) -> Answer:
    """`gl.vmap` over two examples gives what a Python loop gives."""
    rows = [example.arguments, [_near(x) for x in example.arguments]]
    stacked = [np.stack(pair) for pair in zip(*rows, strict=True)]
    given = leaves(gl.vmap(example.call)(*stacked))
    outs = [leaves(example.call(*[x[n].copy() for x in stacked])) for n in range(2)]
    due = [np.stack(pair) for pair in zip(*outs, strict=True)]
    found = [difference(np.asarray(a), b) for a, b in zip(given, due, strict=True)]
    return compared(next((line for line in found if line), None))


def _near(x: Any) -> Any:
    """The same for whole numbers, nearly the same for others."""
    return x * (1 + 1e-3) if np.result_type(x).kind in "fc" else x


COLUMNS: Final[dict[str, Callable[[Example], Answer]]] = {
    "plain": plain,
    "grad": grad,
    "jvp": jvp,
    "trace": trace,
    **{name: functools.partial(run, name) for name in RUNS if name != "onnx"},
    "grad compiled": grad_compiled,
    "vmap": vmap,
    "onnx": functools.partial(run, "onnx"),
}


def ask(column: str, example: Example) -> Answer:
    """What the column says of the program."""
    with unheard(), quiet():
        try:
            return COLUMNS[column](example)
        except Exception as error:
            return refusal(error)
