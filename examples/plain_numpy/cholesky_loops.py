"""Cholesky's factor by three loops; a matrix that is not positive gives an error.

Scalars accumulate, are compared, and go into one cell each.
"""

import math

import numpy as np

DIFFERENTIABLE = (0,)


def program(a):
    n = a.shape[0]
    low = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            total = a[i, j]
            for k in range(j):
                total -= low[i, k] * low[j, k]
            if i == j:
                if total <= 0:
                    raise ValueError(f"pivot {i} is not positive")
                low[i, i] = math.sqrt(total)
            else:
                low[i, j] = total / low[j, j]
    return low


def inputs():
    return (np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.7], [0.5, -0.7, 2.0]]),)


def check(result):
    assert np.allclose(result, np.linalg.cholesky(inputs()[0]))
