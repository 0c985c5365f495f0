"""The best local alignment score of two sequences by Smith and Waterman.

A table with a running best, `max` over four ways.
"""

import numpy as np

DIFFERENTIABLE = (2,)


def program(a, b, gap):
    table = np.zeros((len(a) + 1, len(b) + 1))
    best = 0.0
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            match = 2.0 if a[i - 1] == b[j - 1] else -1.0
            table[i, j] = max(
                0.0, table[i - 1, j - 1] + match, table[i - 1, j] - gap, table[i, j - 1] - gap
            )
            if table[i, j] > best:
                best = table[i, j]
    return best


def inputs():
    return np.array([3, 1, 2, 0, 2]), np.array([1, 2, 2, 3]), 0.7


def check(result):
    assert np.isclose(result, 2 + 2 + 2 - 0.7)
