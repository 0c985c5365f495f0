"""A linear system solved by Gaussian elimination and back substitution.

A tiny pivot raises; rows are views that are changed in place.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(a, b):
    a, b = a.copy(), b.copy()
    n = len(b)
    for k in range(n):
        if abs(a[k, k]) < 1e-12:
            raise ValueError("the matrix is singular")
        for i in range(k + 1, n):
            factor = a[i, k] / a[k, k]
            row = a[i]
            row -= factor * a[k]
            b[i] -= factor * b[k]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = (b[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return x


def inputs():
    return np.array([[3.0, 1.0, -1.0], [1.0, 4.0, 2.0], [0.5, -1.0, 5.0]]), np.array(
        [1.0, 2.0, 3.0]
    )


def check(result):
    a, b = inputs()
    assert np.allclose(a @ result, b)
