"""The largest eigenvalue of a matrix by power iteration with a Rayleigh quotient.

Ends by an early `return` inside the loop.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(a):
    v = np.ones(a.shape[0])
    value = 0.0
    for _ in range(200):
        w = a @ v
        v = w / np.linalg.norm(w)
        new = v @ a @ v
        if abs(new - value) < 1e-13 * abs(new):
            return new
        value = new
    return value


def inputs():
    return (np.array([[4.0, 1.0, 0.2], [1.0, 2.0, -0.4], [0.2, -0.4, 1.0]]),)


def check(result):
    assert np.isclose(result, np.linalg.eigvalsh(inputs()[0])[-1])
