"""A natural cubic spline: second derivatives by Thomas's tridiagonal solver, then evaluation.

Two sweeps in place; the piece is found by a loop with `break`.
"""

import numpy as np

DIFFERENTIABLE = (1, 2)


def program(x, y, at):
    n = len(x)
    h = np.diff(x)
    upper, m = np.zeros(n), np.zeros(n)
    for i in range(1, n - 1):
        pivot = 2 * (h[i - 1] + h[i]) - h[i - 1] * upper[i - 1]
        upper[i] = h[i] / pivot
        right = 6 * ((y[i + 1] - y[i]) / h[i] - (y[i] - y[i - 1]) / h[i - 1])
        m[i] = (right - h[i - 1] * m[i - 1]) / pivot
    for i in range(n - 2, 0, -1):
        m[i] -= upper[i] * m[i + 1]
    for i in range(n - 1):
        if x[i] <= at < x[i + 1]:
            break
    a, b = (x[i + 1] - at) / h[i], (at - x[i]) / h[i]
    return a * y[i] + b * y[i + 1] + ((a**3 - a) * m[i] + (b**3 - b) * m[i + 1]) * h[i] ** 2 / 6


def inputs():
    return np.array([0.0, 1.0, 1.8, 3.0]), np.array([0.2, 1.3, 0.7, -0.4]), 1.37


def check(result):
    assert 0.7 < result < 1.4
