"""Programs in plain numpy, as people write them, and points to run them at: what the transforms
are tested on.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from math import exp as scalar_exp
from typing import Any

import numpy as np
from numpy import tanh, zeros


@dataclass(frozen=True)
class Program:
    """A scalar function of arrays, with arguments that it can be run at."""

    f: Callable[..., Any]
    args: tuple[Any, ...]


rng = np.random.default_rng(7)
A, B = rng.normal(size=(4, 3)), rng.normal(size=(3, 5))
v3, v4 = rng.normal(size=3), rng.normal(size=4)
OUTSIDE = rng.normal(size=(3, 2))


def mlp(w1, b1, w2, x):
    h = np.tanh(x @ w1 + b1)
    return np.mean((h @ w2) ** 2)


def softmax_loss(w, x):
    z = x @ w
    z = z - np.max(z, axis=1, keepdims=True)
    logp = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(x)), [0, 1, 2, 3]])


def rotation(angle, v):
    c, s = math.cos(angle), math.sin(angle)
    return np.sum(np.array([[c, -s], [s, c]]) @ v[:2] * v[1:])


def filled(x):
    out = zeros((3, 3))
    for i in range(3):
        out[i, i] = x[i]
        out[i, :i] = x[:i] * 2
    out[0] += x
    return np.sum(out @ out)


def recurrent(w, xs):
    h = np.zeros(3)
    total = 0.0
    for x in xs:
        h = tanh(w @ h + x)
        total += np.sum(h**2)
    return total


def attention(q, k):
    s = q @ k.T / math.sqrt(q.shape[-1])
    p = np.exp(s - s.max(axis=-1, keepdims=True))
    return np.sum((p / p.sum(axis=-1, keepdims=True) @ k) ** 2)


def gaussian_process(length, y):
    x = np.linspace(0.0, 1.0, 4)
    k = np.exp(-((x[:, None] - x[None, :]) ** 2) / (2 * length**2)) + 0.1 * np.eye(4)
    c = np.linalg.cholesky(k)
    a = np.linalg.solve(k, y)
    return 0.5 * y @ a + np.sum(np.log(np.diag(c)))


def spectral(x):
    f = np.fft.rfft(x)
    return np.sum(np.abs(f * np.exp(-np.arange(len(f)))) ** 2)


def outside(x):
    return np.sum((x @ OUTSIDE) ** 2)


def scalars(x, y):
    return scalar_exp(0.1) * math.hypot(x, y) + x**3 / (1.0 + y * y)


def branches(x):
    total = 0.0
    while total < 2.0:
        total = total + x * x if x > 0 else total - x
    return total * x


def convolution(kernel, image):
    out = np.zeros((image.shape[0] - 1, image.shape[1] - 1))
    for i in range(2):
        for j in range(2):
            out += kernel[i, j] * image[i : i + out.shape[0], j : j + out.shape[1]]
    return np.sum(np.maximum(out, 0.0) ** 2)


class Model:
    """State in attributes, as in a class that people write."""

    def __init__(self):
        self.scale = np.array([1.0, 2.0, 0.5])
        self.power = 3

    def __call__(self, x):
        return np.sum((x * self.scale) ** self.power)

    def loss(self, x):
        return self(x) / len(x)


PROGRAMS = {
    "mlp": Program(mlp, (B, rng.normal(size=5), rng.normal(size=(5, 2)), A)),
    "softmax_loss": Program(softmax_loss, (B, A)),
    "rotation": Program(rotation, (0.3, v3)),
    "filled": Program(filled, (v3,)),
    "recurrent": Program(recurrent, (rng.normal(size=(3, 3)), A)),
    "attention": Program(attention, (A, rng.normal(size=(4, 3)))),
    "gaussian_process": Program(gaussian_process, (0.4, v4)),
    "spectral": Program(spectral, (rng.normal(size=6),)),
    "outside": Program(outside, (A,)),
    "scalars": Program(scalars, (0.7, -1.2)),
    "branches": Program(branches, (0.9,)),
    "convolution": Program(convolution, (rng.normal(size=(2, 2)), rng.normal(size=(5, 4)))),
    "callable object": Program(Model(), (v3,)),
    "bound method": Program(Model().loss, (v3,)),
}
LOOKS_AT_VALUES = {"branches"}


def numeric_gradient(
    f: Callable[..., Any], args: tuple[Any, ...], which: int, step: float = 1e-6
) -> np.ndarray:
    """The gradient by central differences."""
    base = np.asarray(args[which], float)
    out = np.zeros(base.shape)
    for index in np.ndindex(base.shape):
        values = []
        for sign in (1, -1):
            moved = base.copy()
            moved[index] += sign * step
            given = moved if base.ndim else float(moved)
            values.append(f(*args[:which], given, *args[which + 1 :]))
        out[index] = (values[0] - values[1]) / (2 * step)
    return out
