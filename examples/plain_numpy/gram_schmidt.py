"""QR by the modified Gram-Schmidt process, dropping columns that depend on earlier ones.

Columns of Q and entries of R written in place.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(a):
    m, n = a.shape
    q, r = np.zeros((m, n)), np.zeros((n, n))
    for j in range(n):
        v = a[:, j].copy()
        for i in range(j):
            r[i, j] = q[:, i] @ v
            v -= r[i, j] * q[:, i]
        length = np.sqrt(np.sum(v**2))
        if length > 1e-10:
            q[:, j] = v / length
            r[j, j] = length
    return q, r


def inputs():
    return (np.array([[1.0, 2.0, -0.5], [0.3, -1.0, 1.5], [2.0, 0.7, 0.9], [-1.0, 0.4, 1.1]]),)


def check(result):
    q, r = result
    assert np.allclose(q @ r, inputs()[0])
    assert np.allclose(q.T @ q, np.eye(3))
