"""Golden section search for the least value of a function of one variable.

Only one new value per step: the `if` decides which end moves.
"""

import numpy as np

DIFFERENTIABLE = (0,)  # the least value, not its place


def program(shift):
    def f(x):
        return (x - shift) ** 2 + 0.3 * np.sin(3 * x)

    ratio = (np.sqrt(5) - 1) / 2
    a, b = -1.0, 3.0
    c, d = b - ratio * (b - a), a + ratio * (b - a)
    fc, fd = f(c), f(d)
    while b - a > 1e-5:
        if fc < fd:
            b, d, fd = d, c, fc
            c = b - ratio * (b - a)
            fc = f(c)
        else:
            a, c, fc = c, d, fd
            d = a + ratio * (b - a)
            fd = f(d)
    return f((a + b) / 2)


def inputs():
    return (1.21,)


def check(result):
    assert result < 0
