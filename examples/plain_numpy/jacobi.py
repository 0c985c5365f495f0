"""Jacobi's iteration for a diagonally dominant system, to a tolerance.

A `while` with `else`, reached when the limit of sweeps runs out.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(a, b):
    d = np.diag(a)
    rest = a - np.diagflat(d)
    x = np.zeros_like(b)
    sweeps = 0
    while sweeps < 80:
        new = (b - rest @ x) / d
        if np.allclose(new, x, rtol=0, atol=1e-11):
            break
        x = new
        sweeps += 1
    else:
        raise RuntimeError("no convergence")
    return x


def inputs():
    return np.array([[5.0, 1.0, -1.0], [0.5, 4.0, 1.0], [1.0, -1.0, 6.0]]), np.array(
        [1.0, 2.0, 3.0]
    )


def check(result):
    a, b = inputs()
    assert np.allclose(a @ result, b)
