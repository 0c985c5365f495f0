"""Dynamic time warping between two series: the cost of the cheapest alignment.

A table filled cell by cell with the least of three neighbours, by Python's `min`.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(s, t):
    n, m = len(s), len(t)
    cost = np.full((n + 1, m + 1), np.inf)
    cost[0, 0] = 0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            step = abs(s[i - 1] - t[j - 1])
            cost[i, j] = step + min(cost[i - 1, j], cost[i, j - 1], cost[i - 1, j - 1])
    return cost[n, m]


def inputs():
    return np.array([0.1, 1.3, 2.2, 0.6]), np.array([0.0, 0.4, 1.45, 2.0, 0.9])


def check(result):
    assert np.isclose(result, 0.1 + 0.3 + 0.15 + 0.2 + 0.3)
