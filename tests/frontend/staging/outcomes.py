"""What becomes of a random program: compiled, differentiated, mapped.

Each function gives why the program is refused, nothing where all is as numpy has it, and fails
where it is not.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any, Final

import numpy as np

import gradloom as gl
from gradloom.ir.errors import GradloomError, LeakedTracer, VerifyError
from tests.frontend.staging.agreement import assert_same, leaves
from tests.frontend.staging.sources import arguments

Function = Callable[..., Any]
_MISTAKES: Final = (VerifyError, LeakedTracer)
"""Errors of ours that no program may get."""
_UNDEFINED: Final = (UnboundLocalError, NameError)
"""What Python raises for a name that the way taken leaves undefined."""
_DX, _DS = np.array([0.3, -0.7, 0.2]), np.float64(0.9)


def _outcome(check: Callable[[], None]) -> str:
    try:
        check()
    except _MISTAKES:
        raise
    except GradloomError as error:
        return str(error)
    return ""


def compiled_outcome(f: Function, rng: Random, backend: str = "numpy") -> str:
    """The program compiled once does what numpy does, four times, the arguments' arrays too."""
    draws = [arguments(rng) for _ in range(4)]
    run = gl.compile(f, backend=backend)

    def check() -> None:
        for draw in draws:
            theirs, ours = copy.deepcopy(draw), copy.deepcopy(draw)
            try:
                due = f(*theirs)
            except _UNDEFINED:
                continue
            assert_same(run(*ours), due)
            assert_same(ours, theirs)

    return _outcome(check)


# ---- derivatives ---------------------------------------------------------------------------------


def _total(f: Function) -> Function:
    """A number made of every float that the program leaves."""

    def total(x: Any, s: Any, n: Any, m: Any, flag: Any) -> Any:
        made = 0.0
        for i, part in enumerate(leaves(f(x * 1.0, s, n, m, flag))):
            if isinstance(part, float) or getattr(part, "dtype", np.dtype(int)).kind == "f":
                weights = np.cos(np.arange(1.0 + i, 1.0 + i + np.size(part)))
                made = made + np.sum(part * weights.reshape(np.shape(part)))
        return made

    return total


def _moved(rng: Random) -> tuple[Any, ...]:
    """Arguments apart from the numbers that programs compare with."""
    x, s, *rest = arguments(rng)
    return (x + [rng.uniform(0.01, 0.2) for _ in range(3)], s + rng.uniform(0.01, 0.2), *rest)


def _slopes(f: Function, draw: tuple[Any, ...], step: float) -> np.ndarray:
    """Central differences by the elements of `x`, then by `s`."""
    x, s, *rest = draw
    found = []
    for i in range(4):
        dx, ds = np.eye(4)[i, :3] * step, float(i == 3) * step
        found.append((f(x + dx, s + ds, *rest) - f(x - dx, s - ds, *rest)) / (2 * step))
    return np.array(found)


def _flat(gradient: tuple[Any, Any]) -> np.ndarray:
    return np.concatenate([np.ravel(part) for part in gradient])


def gradient_outcome(f: Function, rng: Random, backend: str = "numpy") -> str:
    """The compiled gradient and push-forward are those at the values at hand, and these the slopes
    of the plain program where it is smooth.
    """
    total = _total(f)
    draws = [_moved(rng) for _ in range(2)]
    plain = gl.grad(total, argnums=(0, 1))
    backward = gl.compile(gl.grad(total, argnums=(0, 1)), backend=backend)

    def pushed(x: Any, s: Any, n: Any, m: Any, flag: Any) -> Any:
        return gl.jvp(lambda x, s: total(x, s, n, m, flag), (x, s), (_DX, _DS))

    forward = gl.compile(pushed, backend=backend)

    def check() -> None:
        for draw in draws:
            try:
                slopes, again = (_slopes(total, draw, step) for step in (1e-6, 3e-7))
            except _UNDEFINED:
                continue
            due, size = _flat(plain(*draw)), max(1.0, float(np.abs(slopes).max()))
            if np.allclose(slopes, again, 1e-4, 1e-4) and size < 1e6:
                np.testing.assert_allclose(due, slopes, rtol=3e-4, atol=3e-4 * size)
            given = copy.deepcopy(draw)
            np.testing.assert_allclose(_flat(backward(*given)), due, rtol=1e-8, atol=1e-8 * size)
            value, slope = forward(*given)
            assert_same(given, draw)
            np.testing.assert_allclose(value, total(*given), rtol=1e-8)
            np.testing.assert_allclose(
                slope, due[:3] @ _DX + due[3] * _DS, rtol=1e-8, atol=1e-8 * size
            )

    return _outcome(check)


# ---- batches -------------------------------------------------------------------------------------


def mapped_outcome(f: Function, rng: Random, backend: str = "numpy") -> str:
    """The program mapped over four examples gives what a loop over them gives."""
    draws = [arguments(rng) for _ in range(4)]

    def one(x: Any, *rest: Any) -> Any:
        x = x * 1.0
        return f(x, *rest), x

    try:
        due = [list(leaves(one(*copy.deepcopy(draw)))) for draw in draws]
    except _UNDEFINED:
        return ""
    run = gl.compile(lambda *batch: gl.vmap(one)(*batch), backend=backend)

    def check() -> None:
        made = [np.asarray(part) for part in leaves(run(*map(np.stack, zip(*draws, strict=True))))]
        for i, parts in enumerate(due):
            for ours, theirs in zip(made, parts, strict=True):
                mine = ours if ours.ndim == np.ndim(theirs) else ours[i]
                np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-11)

    return _outcome(check)
