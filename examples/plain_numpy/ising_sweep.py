"""One sweep of the Ising model by Metropolis's rule, random numbers handed in.

Spins flip in place with periodic neighbours.
"""

import numpy as np

DIFFERENTIABLE = ()  # spins are whole numbers


def program(spins, draws, beta):
    s = spins.copy()
    n, m = s.shape
    for i in range(n):
        for j in range(m):
            around = s[(i + 1) % n, j] + s[i - 1, j] + s[i, (j + 1) % m] + s[i, j - 1]
            cost = 2 * s[i, j] * around
            if cost <= 0 or draws[i, j] < np.exp(-beta * cost):
                s[i, j] *= -1
    return s


def inputs():
    spins = np.array([[1, -1, 1], [1, 1, -1], [-1, 1, 1]])
    return spins, np.linspace(0.05, 0.95, 9).reshape(3, 3), 0.4


def check(result):
    assert set(result.ravel()) <= {-1, 1}
