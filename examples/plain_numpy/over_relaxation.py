"""Successive over-relaxation of Poisson's equation on a small grid.

Nested loops update the grid in place while the residual is above a tolerance.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(source):
    n = source.shape[0]
    u = np.zeros((n + 2, n + 2))
    residual = 1.0
    while residual > 1e-7:
        residual = 0.0
        for i in range(1, n + 1):
            for j in range(1, n + 1):
                around = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]
                change = (around + source[i - 1, j - 1]) / 4 - u[i, j]
                u[i, j] += 1.1 * change
                residual += abs(change)
    return u[1:-1, 1:-1]


def inputs():
    return (np.array([[1.0, 0.3], [-0.2, 0.7]]),)


def check(result):
    u = np.pad(result, 1)
    around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
    assert np.allclose(4 * result - around, inputs()[0], atol=1e-5)
