"""Recurrent runs in layers and both directions, each layer given what the one before it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.frontend import random
from gradloom.frontend.nn.dropped import dropout
from gradloom.frontend.nn.operands import Array, floating, require_probability
from gradloom.frontend.nn.recurrent import gru, lstm, rnn
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location

Weights = Sequence[Any]
"""`(w_ih, w_hh, b_ih, b_hh)` of one layer in one direction; biases may be missing or None."""


def _stacked(
    what: str, run: Callable[..., tuple[Array, Any]], states: int, xs: Any, state: Any,
    weights: Sequence[Weights], bidirectional: bool, dropout_p: float, key: Any, rng: Any,
    time_axis: int, **options: Any,
) -> tuple[Array, Any]:  # fmt: skip
    directions = 1 + bidirectional
    if not weights or len(weights) % directions:
        raise ArgumentError(
            f"{what}: weights of {len(weights)} runs do not make layers of {directions}",
            location=user_location(),
            hint="give (w_ih, w_hh, b_ih, b_hh) for each layer, forwards and then backwards",
        )
    require_probability(what, dropout_p)
    first, layers = _first(what, state, states, len(weights)), len(weights) // directions
    keys = [None] * layers if key is None else list(random.split(key, layers))
    xs, lasts = floating(what, xs), []
    for layer in range(layers):
        outs = []
        for i in range(layer * directions, (layer + 1) * directions):
            made, last = run(
                xs, first[i], *weights[i], **options, reverse=bool(i % directions),
                time_axis=time_axis,
            )  # fmt: skip
            outs.append(made)
            lasts.append(last)
        xs = outs[0] if directions == 1 else np.concatenate(outs, axis=-1)
        if dropout_p and layer + 1 < layers:
            xs = dropout(xs, dropout_p, key=keys[layer], rng=rng)
    if states == 1:
        return xs, np.stack(lasts)
    return xs, tuple([np.stack([last[i] for last in lasts]) for i in range(states)])


def _first(what: str, state: Any, states: int, runs: int) -> list[Any]:
    """The first state of each run; None for zeros."""
    if state is None:
        return [None] * runs
    given = [floating(what, s) for s in ((state,) if states == 1 else state)]
    for s in given:
        if not s.ndim or s.shape[0] != runs:
            raise ShapeError(
                f"{what}: a state of shape {tuple(s.shape)}, where the first axis is to have "
                f"{runs}: one for each layer and direction", location=user_location(),
            )  # fmt: skip
    return [given[0][i] if states == 1 else tuple([s[i] for s in given]) for i in range(runs)]


def stacked_rnn(
    xs: Any, state: Any, weights: Sequence[Weights], nonlinearity: str = "tanh", *,
    bidirectional: bool = False, dropout_p: float = 0.0, key: Any = None, rng: Any = None,
    time_axis: int = 0,
) -> tuple[Array, Array]:  # fmt: skip
    """`(ys, last)` of layers of `rnn`: ys [time, ..., directions * hidden] of the last one, and the
    last states [layers * directions, ..., hidden] of all.

    `weights` has `(w_ih, w_hh, b_ih, b_hh)` for each layer, with `bidirectional` forwards and then
    backwards; `state` [layers * directions, ..., hidden] may be None, which is zeros. With
    `dropout_p`, what goes from layer to layer is dropped, by `key` or `rng`.

    >>> w = np.ones((1, 1)), np.zeros((1, 1))
    >>> ys, last = stacked_rnn(np.zeros((3, 1)), None, [w, w])
    >>> ys.shape, last.shape
    ((3, 1), (2, 1))
    """
    return _stacked(
        "stacked_rnn", rnn, 1, xs, state, weights, bidirectional, dropout_p, key, rng, time_axis,
        nonlinearity=nonlinearity,
    )  # fmt: skip


def stacked_gru(
    xs: Any, state: Any, weights: Sequence[Weights], *, bidirectional: bool = False,
    dropout_p: float = 0.0, key: Any = None, rng: Any = None, time_axis: int = 0,
) -> tuple[Array, Array]:  # fmt: skip
    """`(ys, last)` of layers of `gru`; see `stacked_rnn`."""
    return _stacked(
        "stacked_gru", gru, 1, xs, state, weights, bidirectional, dropout_p, key, rng, time_axis
    )


def stacked_lstm(
    xs: Any, state: Any, weights: Sequence[Weights], *, bidirectional: bool = False,
    dropout_p: float = 0.0, key: Any = None, rng: Any = None, time_axis: int = 0,
) -> tuple[Array, tuple[Array, Array]]:  # fmt: skip
    """`(ys, (h, c))` of layers of `lstm`; see `stacked_rnn`. The state is (h, c), or None."""
    return _stacked(
        "stacked_lstm", lstm, 2, xs, state, weights, bidirectional, dropout_p, key, rng, time_axis
    )
