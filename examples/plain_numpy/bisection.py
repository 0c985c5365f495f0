"""A root by bisection, whose digits come from comparisons, then one Newton step.

A `while` on the width of the bracket with an `if` on the sign.
"""

import numpy as np

DIFFERENTIABLE = (0,)  # through the last step


def program(c):
    def f(x):
        return np.exp(x) - c * x - 2.0

    low, high = 0.0, 4.0
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        if f(low) * f(middle) <= 0:
            high = middle
        else:
            low = middle
    x = 0.5 * (low + high)
    return x - f(x) / (np.exp(x) - c)


def inputs():
    return (1.37,)


def check(result):
    assert abs(np.exp(result) - 1.37 * result - 2) < 1e-9
