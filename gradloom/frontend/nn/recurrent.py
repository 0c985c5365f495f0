"""Recurrent networks: cells that take one step, and their runs over a sequence.

Weights stand as in `linear`: w_ih [in, gates * hidden], w_hh [hidden, gates * hidden], biases
[gates * hidden]. Gates are in torch's order. A run is a loop of Python on plain arrays, and one
`scan` in a traced program, whose size and compile time do not grow with the length then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.frontend.flow import scan
from gradloom.frontend.nn.activations import relu
from gradloom.frontend.nn.affine import linear
from gradloom.frontend.nn.operands import Array, axis_of, floating
from gradloom.frontend.scipy.elementary import expit
from gradloom.frontend.tracer import any_tracer
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location

Step = Callable[[Any, Array], Any]


def _checked(what: str, x: Any, w_ih: Any, w_hh: Any, gates: int) -> tuple[Array, Array, Array]:
    x, w_ih, w_hh = floating(what, x), floating(what, w_ih), floating(what, w_hh)
    if w_hh.ndim != 2 or w_hh.shape[1] != gates * w_hh.shape[0]:
        raise ShapeError(
            f"{what}: w_hh has shape {tuple(w_hh.shape)}, where [hidden, {gates} * hidden] is due",
            location=user_location(), hint="torch's weights stand transposed: give w.T",
        )  # fmt: skip
    if w_ih.ndim != 2 or w_ih.shape != (x.shape[-1], w_hh.shape[1]):
        raise ShapeError(
            f"{what}: w_ih has shape {tuple(w_ih.shape)}, where {(x.shape[-1], w_hh.shape[1])} is "
            f"due: inputs {tuple(x.shape)}, w_hh {tuple(w_hh.shape)}", location=user_location(),
        )  # fmt: skip
    return x, w_ih, w_hh


def _require_state(what: str, h: Array, hidden: Any) -> None:
    if not h.ndim or h.shape[-1] != hidden:
        raise ShapeError(
            f"{what}: the state has shape {tuple(h.shape)}, and w_hh is for {hidden} units",
            location=user_location(),
        )


# ---- one step, the inputs projected --------------------------------------------------------------


def rnn_step(h: Array, x: Array, w_hh: Array, b_hh: Array | None, bend: Any) -> Array:
    """The next state of a plain network."""
    return bend(x + linear(h, w_hh, b_hh))


def gru_step(h: Array, x: Array, w_hh: Array, b_hh: Array | None) -> Array:
    """The next state of gated units: reset, update, new (Cho et al. 2014, as torch has it)."""
    r, z, n = np.split(x, 3, axis=-1)
    own_r, own_z, own_n = np.split(linear(h, w_hh, b_hh), 3, axis=-1)
    new = np.tanh(n + expit(r + own_r) * own_n)
    keep = expit(z + own_z)
    return new + keep * (h - new)


def lstm_step(
    state: tuple[Array, Array], x: Array, w_hh: Array, b_hh: Array | None
) -> tuple[Array, Array]:
    """The next (h, c) of a long short-term memory: input, forget, cell, output (Hochreiter and
    Schmidhuber 1997, Gers et al. 2000).
    """
    h, c = state
    i, f, g, o = np.split(x + linear(h, w_hh, b_hh), 4, axis=-1)
    c = expit(f) * c + expit(i) * np.tanh(g)
    return expit(o) * np.tanh(c), c


def bend_of(what: str, nonlinearity: str) -> Callable[[Array], Array]:
    """The function that "tanh" or "relu" names."""
    if nonlinearity not in ("tanh", "relu"):
        raise ArgumentError(
            f"{what}: nonlinearity={nonlinearity!r}", location=user_location(),
            hint="give 'tanh' or 'relu'",
        )  # fmt: skip
    return np.tanh if nonlinearity == "tanh" else relu


# ---- cells ---------------------------------------------------------------------------------------


def rnn_cell(
    x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None,
    nonlinearity: str = "tanh",
) -> Array:  # fmt: skip
    """The next state [..., hidden] of x [..., in] and the state h."""
    x, w_ih, w_hh = _checked("rnn_cell", x, w_ih, w_hh, 1)
    h = floating("rnn_cell", h)
    _require_state("rnn_cell", h, w_hh.shape[0])
    return rnn_step(h, linear(x, w_ih, b_ih), w_hh, b_hh, bend_of("rnn_cell", nonlinearity))


def gru_cell(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Array:
    """The next state [..., hidden] of gated recurrent units."""
    x, w_ih, w_hh = _checked("gru_cell", x, w_ih, w_hh, 3)
    h = floating("gru_cell", h)
    _require_state("gru_cell", h, w_hh.shape[0])
    return gru_step(h, linear(x, w_ih, b_ih), w_hh, b_hh)


def lstm_cell(
    x: Any, state: tuple[Any, Any], w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None
) -> tuple[Array, Array]:
    """The next (h, c), each [..., hidden], of a long short-term memory."""
    x, w_ih, w_hh = _checked("lstm_cell", x, w_ih, w_hh, 4)
    h, c = (floating("lstm_cell", s) for s in state)
    for s in (h, c):
        _require_state("lstm_cell", s, w_hh.shape[0])
    return lstm_step((h, c), linear(x, w_ih, b_ih), w_hh, b_hh)


# ---- runs ----------------------------------------------------------------------------------------


def run(step: Step, state: Any, xs: Any, reverse: bool = False) -> tuple[Any, Any]:
    """`(ys, state)` of `state, y = step(state, x)` over the first axis; xs may be a tuple."""
    if any_tracer((state, xs)):
        state, ys = scan(step, state, xs, reverse=reverse)
        return ys, state
    parts = xs if isinstance(xs, tuple) else (xs,)
    order = range(len(parts[0]))
    made = []
    for i in reversed(order) if reverse else order:
        x = tuple([part[i] for part in parts])
        state, y = step(state, x if isinstance(xs, tuple) else x[0])
        made.append(y)
    return np.stack(made[::-1] if reverse else made), state


def _over(
    what: str, xs: Any, states: Any, count: int, w_ih: Any, w_hh: Any, b_ih: Any, gates: int,
    reverse: bool, time_axis: int, step: Callable[[Any, Array, Array], Any],
) -> tuple[Array, Any]:  # fmt: skip
    xs, w_ih, w_hh = _checked(what, xs, w_ih, w_hh, gates)
    if xs.ndim < 2:
        raise ShapeError(
            f"{what}: xs has shape {tuple(xs.shape)}, where [time, ..., in] is due",
            location=user_location(),
        )
    at, hidden = axis_of(what, time_axis, xs.ndim), w_hh.shape[0]
    # One product for all steps.
    projected = np.moveaxis(linear(xs, w_ih, b_ih), at, 0)
    if projected.shape[0] == 0:
        raise ShapeError(
            f"{what}: xs of shape {tuple(xs.shape)} has no steps", location=user_location()
        )
    if states is None:
        zeros = np.zeros_like(projected, shape=(*projected.shape[1:-1], hidden))
        states = zeros if count == 1 else (zeros,) * count
    elif count == 1:
        states = floating(what, states)
    else:
        states = tuple([floating(what, s) for s in states])
    for state in states if count > 1 else (states,):
        _require_state(what, state, hidden)

    def once(state: Any, x: Array) -> Any:
        made = step(state, x, w_hh)
        return made, made if count == 1 else made[0]

    ys, last = run(once, states, projected, reverse)
    return np.moveaxis(ys, 0, at), last


def rnn(
    xs: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None,
    nonlinearity: str = "tanh", *, reverse: bool = False, time_axis: int = 0,
) -> tuple[Array, Array]:  # fmt: skip
    """`(states, last)` of `rnn_cell` over xs [time, ..., in]; h may be None, which is zeros."""
    bend = bend_of("rnn", nonlinearity)

    def step(state: Array, x: Array, w: Array) -> Array:
        return rnn_step(state, x, w, b_hh, bend)

    return _over("rnn", xs, h, 1, w_ih, w_hh, b_ih, 1, reverse, time_axis, step)


def gru(
    xs: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None, *,
    reverse: bool = False, time_axis: int = 0,
) -> tuple[Array, Array]:  # fmt: skip
    """`(states, last)` of `gru_cell` over xs [time, ..., in]; h may be None, which is zeros."""

    def step(state: Array, x: Array, w: Array) -> Array:
        return gru_step(state, x, w, b_hh)

    return _over("gru", xs, h, 1, w_ih, w_hh, b_ih, 3, reverse, time_axis, step)


def lstm(
    xs: Any, state: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None, *,
    reverse: bool = False, time_axis: int = 0,
) -> tuple[Array, tuple[Array, Array]]:  # fmt: skip
    """`(hs, (h, c))` of `lstm_cell` over xs [time, ..., in]; the state may be None: zeros."""

    def step(held: Any, x: Array, w: Array) -> Any:
        return lstm_step(held, x, w, b_hh)

    return _over("lstm", xs, state, 2, w_ih, w_hh, b_ih, 4, reverse, time_axis, step)
