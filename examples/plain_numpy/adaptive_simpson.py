"""Adaptive Simpson quadrature by recursion to a depth of three at most.

Each half recurses where the two estimates disagree.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(rate, end):
    def f(x):
        return np.exp(-rate * x) * np.sin(3 * x)

    def simpson(a, b):
        return (b - a) / 6 * (f(a) + 4 * f((a + b) / 2) + f(b))

    def integrate(a, b, depth):
        middle = (a + b) / 2
        whole, halves = simpson(a, b), simpson(a, middle) + simpson(middle, b)
        if depth == 0 or abs(halves - whole) < 1e-4:
            return halves + (halves - whole) / 15
        return integrate(a, middle, depth - 1) + integrate(middle, b, depth - 1)

    return integrate(0.0, end, 3)


def inputs():
    return 0.7, 2.1


def check(result):
    exact = (3 - np.exp(-1.47) * (0.7 * np.sin(6.3) + 3 * np.cos(6.3))) / 9.49
    assert np.isclose(result, exact, atol=1e-3)
