"""Conjugate gradients for a symmetric positive system, until the residual is small.

A `while True` with a `break` on a computed norm, and three vectors updated in place.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(a, b):
    a = (a + a.T) / 2
    x = np.zeros_like(b)
    r = b - a @ x
    p = r.copy()
    rs = r @ r
    while True:
        ap = a @ p
        alpha = rs / (p @ ap)
        x += alpha * p
        r -= alpha * ap
        new = r @ r
        if np.sqrt(new) < 1e-10:
            break
        p = r + (new / rs) * p
        rs = new
    return x


def inputs():
    a = np.array([[4.0, 1.0, 0.3], [1.0, 3.0, -0.5], [0.3, -0.5, 5.0]])
    return a, np.array([1.0, 2.0, -0.7])


def check(result):
    a, b = inputs()
    assert np.abs(a @ result - b).max() < 1e-9
