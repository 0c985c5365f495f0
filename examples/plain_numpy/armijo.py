"""Gradient descent with Armijo's backtracking line search on a skewed bowl.

An inner `while` halves the step until the value falls enough.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def value(x):
    return (1 - x[0]) ** 2 + 5 * (x[1] - x[0] ** 2) ** 2


def slope(x):
    return np.array([-2 * (1 - x[0]) - 20 * x[0] * (x[1] - x[0] ** 2), 10 * (x[1] - x[0] ** 2)])


def program(start):
    x = start
    for _ in range(4):
        g = slope(x)
        if np.linalg.norm(g) < 1e-8:
            return x
        step = 1.0
        while value(x - step * g) > value(x) - 1e-4 * step * g @ g:
            step *= 0.5
        x = x - step * g
    return x


def inputs():
    return (np.array([-0.6, 0.9]),)


def check(result):
    assert value(result) < value(inputs()[0])
