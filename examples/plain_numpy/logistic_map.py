"""The logistic map, kept inside the unit interval by a branch, with a running Lyapunov sum.

A scalar changes in a loop whose count is an argument.
"""

import math

DIFFERENTIABLE = (0, 1)


def program(x, r):
    total = 0.0
    for _ in range(8):
        x = r * x * (1 - x)
        if x < 0 or x > 1:
            x = x % 1.0
        total += math.log(abs(r - 2 * r * x))
    return x, total / 8


def inputs():
    return 0.37, 3.6


def check(result):
    assert 0 < result[0] < 1
