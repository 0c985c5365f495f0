"""The secant method with tuple assignment, stopping early where the secant is flat.

A `while` with two conditions joined by `and`, and an early `return`.
"""

import math

DIFFERENTIABLE = (0,)


def program(target):
    def f(x):
        return math.cos(x) - target * x

    x0, x1 = 0.0, 1.0
    count = 0
    while abs(x1 - x0) > 1e-12 and count < 30:
        f0, f1 = f(x0), f(x1)
        if f1 == f0:
            return x1
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
        count += 1
    return x1


def inputs():
    return (1.3,)


def check(result):
    assert abs(math.cos(result) - 1.3 * result) < 1e-10
