"""Sparse regression by ISTA: a gradient step, then soft thresholds entry by entry.

Entries are shrunk in place through masks.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(a, y):
    x = np.zeros(a.shape[1])
    for _ in range(15):
        old = x.copy()
        x -= 0.1 * a.T @ (a @ x - y)
        x[np.abs(x) <= 0.02] = 0
        x[x > 0.02] -= 0.02
        x[x < -0.02] += 0.02
        if np.linalg.norm(x - old) < 1e-6:
            break
    return x


def inputs():
    a = np.array([[1.0, 0.2, -0.5], [0.3, 1.1, 0.4], [-0.2, 0.6, 0.9], [0.7, -0.1, 0.3]])
    return a, np.array([1.0, 0.1, -0.3, 0.8])


def check(result):
    assert result[0] > 0.5
