"""Prefix sums by doubling steps in place, then sums of ranges as differences.

Overlapping slices on both sides of an in-place addition.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(x, starts, stops):
    total = np.zeros(len(x) + 1)
    total[1:] = x
    step = 1
    while step < len(total):
        total[step:] += total[:-step]
        step *= 2
    return total[stops] - total[starts]


def inputs():
    return np.array([0.5, -1.2, 2.0, 0.7, 1.1]), np.array([0, 1, 2]), np.array([5, 3, 3])


def check(result):
    assert np.allclose(result, [3.1, 0.8, 2.0])
