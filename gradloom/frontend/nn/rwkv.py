"""RWKV's time mixing: a sum over the past whose weights fade, in constant memory per step.

Peng et al. (2023), equation 14: with k, v [time, ..., c], a decay w > 0 and a bonus u, each [c],

    y[t] = (sum over i < t of exp(k[i] - (t - 1 - i) w) v[i] + exp(u + k[t]) v[t]) / (the same of 1)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.nn.exponentials import along
from gradloom.frontend.nn.operands import (
    Array,
    counted,
    floating,
    require_broadcast,
    require_equal_shapes,
    require_shape,
)
from gradloom.frontend.nn.recurrent import run
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location

State = tuple[Array, Array, Array]
"""Numerator and denominator, both divided by exp(m), and m."""


def wkv_init(like: Any) -> State:
    """The state before the first step, for a step's k of shape [..., c]."""
    like = floating("wkv_init", like)
    import ml_dtypes  # whose finfo knows bf16 too

    zeros = np.zeros_like(like)
    # The smallest number, not -inf, whose differences are not numbers.
    least = float(ml_dtypes.finfo(like.dtype).min) / 2  # type: ignore[no-untyped-call]
    return zeros, zeros, zeros + like.dtype.type(least)


def wkv_cell(k: Any, v: Any, state: State, w: Any, u: Any) -> tuple[Array, State]:
    """`(y, state)`: one step, in constant memory."""
    k, v, w, u = (floating("wkv_cell", x) for x in (k, v, w, u))
    require_broadcast("wkv_cell", k.shape, v=v, w=w, u=u)
    a, b, m = held = _state("wkv_cell", state)
    for part in held:
        require_shape("wkv_cell", "the state", part, k.shape)
    y = _ratio(a, b, m, u + k, v)
    top = np.maximum(m - w, k)
    past, now = np.exp(m - w - top), np.exp(k - top)
    return y, (past * a + now * v, past * b + now, top)


def _state(what: str, given: Any) -> State:
    if not isinstance(given, tuple | list) or len(given) != 3:
        raise ArgumentError(
            f"{what}: the state is of three arrays, not a {type(given).__name__}",
            location=user_location(), hint="begin with gl.nn.wkv_init(k[0])",
        )  # fmt: skip
    a, b, m = (floating(what, x) for x in given)
    return a, b, m


def _ratio(a: Array, b: Array, m: Array, now: Array, v: Array) -> Array:
    top = np.maximum(m, now)
    past, own = np.exp(m - top), np.exp(now - top)
    return (past * a + own * v) / (past * b + own)


def wkv(
    k: Any, v: Any, w: Any, u: Any, state: State | None = None, *, parallel: bool = False
) -> tuple[Array, State | None]:
    """`(y, state)` over the first axis: step by step, or (`parallel`) all steps at once.

    The parallel form takes memory that grows with the square of the time, begins without a state
    and gives none: it is for training on short windows.
    """
    k, v = floating("wkv", k), floating("wkv", v)
    require_equal_shapes("wkv", k, v)
    if not k.ndim or k.shape[0] == 0:
        raise ShapeError(
            f"wkv: k has shape {tuple(k.shape)}, which has no step", location=user_location(),
            hint="give k and v as [time, ..., channels]",
        )  # fmt: skip
    w, u = floating("wkv", w), floating("wkv", u)
    require_broadcast("wkv", k.shape[1:], w=w, u=u)
    if parallel:
        if state is not None:
            raise ArgumentError(
                "wkv: the parallel form begins without a state", location=user_location(),
                hint="leave parallel=True out to go on from one",
            )  # fmt: skip
        return _at_once(k, v, w, u), None
    begun = wkv_init(k[0]) if state is None else _state("wkv", state)
    for part in begun:
        require_shape("wkv", "the state", part, k.shape[1:])

    def step(held: State, x: tuple[Array, Array]) -> tuple[State, Array]:
        y, held = wkv_cell(x[0], x[1], held, w, u)
        return held, y

    made: tuple[Array, State] = run(step, begun, (k, v))
    return made


def _at_once(k: Array, v: Array, w: Array, u: Array) -> Array:
    """A softmax over the past, for each channel."""
    steps = k.shape[0]
    back = counted(steps)[:, None] - counted(steps)[None, :]
    ages = back.reshape((steps, steps, *[1] * (k.ndim - 1)))
    scores = np.where(ages == 0, u + k[None], k[None] - (ages - 1).astype(k.dtype) * w)
    scores = np.where(ages < 0, k.dtype.type(-np.inf), scores)
    return np.sum(along(scores, 1) * v[None], axis=1)


def token_shift(x: Any, previous: Any = None) -> Array:
    """`x` [time, ...] one step later: what each step saw before; first `previous`, or zeros."""
    x = floating("token_shift", x)
    if previous is None:
        return np.concatenate([np.zeros_like(x[:1]), x[:-1]])
    first = floating("token_shift", previous)
    require_shape("token_shift", "previous", first, x.shape[1:])
    return np.concatenate([first[None], x[:-1]])


def mix(x: Any, shifted: Any, share: Any) -> Array:
    """`x` and the step before it, mixed: share x + (1 - share) shifted."""
    x, shifted, share = (floating("mix", a) for a in (x, shifted, share))
    require_broadcast("mix", x=x, shifted=shifted, share=share)
    return shifted + share * (x - shifted)
