"""Gauss-Seidel sweeps, each unknown overwritten as soon as its new value is known.

Stops when the largest change of a sweep is small.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(a, b):
    x = np.zeros(len(b))
    for _sweep in range(60):
        largest = 0.0
        for i in range(len(b)):
            new = (b[i] - a[i, :i] @ x[:i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
            largest = max(largest, abs(new - x[i]))
            x[i] = new
        if largest < 1e-11:
            break
    return x


def inputs():
    return np.array([[5.0, 1.0, -1.0], [0.5, 4.0, 1.0], [1.0, -1.0, 6.0]]), np.array(
        [1.0, 2.0, 3.0]
    )


def check(result):
    a, b = inputs()
    assert np.allclose(a @ result, b)
