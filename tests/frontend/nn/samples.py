"""Functions of gl.nn with arguments, and the same by torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import gradloom as gl

nn = gl.nn
rng = np.random.default_rng(11)


class Case(NamedTuple):
    """`f(*args)` against `torch_f(F, *tensors)`; the floats among the args are differentiated."""

    f: Callable[..., Any]
    args: tuple[np.ndarray, ...]
    torch: Callable[..., Any] | None
    mapped: tuple[int, ...] = (0,)
    """Which arguments have a batch under vmap."""


def n(*shape: int) -> np.ndarray:
    return rng.normal(size=shape)


X = n(3, 4) * 3
LABELS = np.array([2, 0, 3])
SHARES = rng.dirichlet(np.ones(4), 3)
P, T = rng.uniform(0.05, 0.95, (3, 4)), rng.uniform(0, 1, (3, 4))
SIGNS = np.sign(n(3, 4))
C = rng.uniform(0.5, 2, 4)
IMAGES, SIGNAL, SOLID = n(2, 4, 6, 5), n(2, 4, 9), n(2, 2, 4, 5, 4)
GAMMA, BETA = n(4), n(4)
Q, K, V = n(2, 4, 3, 6), n(2, 4, 5, 6), n(2, 4, 5, 2)
MASK = np.array([[1, 0, 1, 1, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], bool)
