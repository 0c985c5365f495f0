"""LU decomposition with partial pivoting, in place, rows swapped by fancy indices.

The pivot row is computed; a branch skips the swap where none is needed.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(a):
    lu = a.copy()
    n = len(lu)
    order = np.arange(n)
    for k in range(n - 1):
        pivot = k + np.argmax(np.abs(lu[k:, k]))
        if pivot != k:
            lu[[k, pivot]] = lu[[pivot, k]]
            order[[k, pivot]] = order[[pivot, k]]
        for i in range(k + 1, n):
            lu[i, k] /= lu[k, k]
            lu[i, k + 1 :] -= lu[i, k] * lu[k, k + 1 :]
    return lu, order


def inputs():
    return (np.array([[1.0, 2.0, 0.5], [4.0, -1.0, 2.0], [2.0, 3.0, -3.0]]),)


def check(result):
    lu, order = result
    lower = np.tril(lu, -1) + np.eye(3)
    assert np.allclose(lower @ np.triu(lu), inputs()[0][order])
