"""Functions that stand in a graph as one named piece, which a backend with a native kernel takes.

Each is plain numpy inside: that is its meaning, its derivative and its form where a backend has no
kernel. `gl.nn` will offer them; today they are here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.frontend.pieces import as_piece
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


def _piece(kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def wrap(f: Callable[..., Any]) -> Callable[..., Any]:
        return functools.wraps(f)(as_piece(f, kind))

    return wrap


@_piece("softmax")
def softmax(x: Any) -> Any:
    """exp(x) over its sum along the last axis, shifted by the largest so that nothing overflows.

    >>> softmax(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    """
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def layer_norm(x: Any, gamma: Any, beta: Any, eps: float = 1e-5) -> Any:
    """`x` [..., n] with mean 0 and variance 1 along its last axis, times gamma [n], plus beta [n].

    Ba, Kiros, Hinton (2016), equation 4, with `eps` added to the variance.

    >>> layer_norm(np.array([1.0, 3.0]), np.ones(2), np.zeros(2), eps=0.0)
    array([-1.,  1.])
    """
    if gamma.shape != x.shape[-1:] or beta.shape != x.shape[-1:]:
        raise ShapeError(
            f"layer_norm: the last axis of x {x.shape} is normalised, and gamma is {gamma.shape}, "
            f"beta {beta.shape}",
            location=user_location(), hint="give both one number per entry of the last axis",
        )  # fmt: skip
    return _layer_norm(x, gamma, beta, np.asarray(eps, x.dtype)[()])


@_piece("layer_norm")
def _layer_norm(x: Any, gamma: Any, beta: Any, eps: Any) -> Any:
    centred = x - np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(centred * centred, axis=-1, keepdims=True)
    return centred / np.sqrt(variance + eps) * gamma + beta


@_piece("attention")
def attention(q: Any, k: Any, v: Any) -> Any:
    """softmax(q kᵀ / √d) v for q [..., s, d], k [..., t, d], v [..., t, e], all of one batch shape.

    Vaswani et al. (2017), equation 1.

    >>> attention(np.zeros((1, 2)), np.zeros((2, 2)), np.array([[1.0], [3.0]]))
    array([[2.]])
    """
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(np.asarray(q.shape[-1], q.dtype))
    e = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True) @ v
