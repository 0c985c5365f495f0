"""A pipeline of generators: differences, outliers dropped, running totals.

Each stage yields values one by one; one of them looks at what it gets.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def differences(xs):
    for a, b in zip(xs[:-1], xs[1:]):
        yield b - a


def small(xs, limit):
    for x in xs:
        if -limit < x < limit:
            yield x


def program(x, limit):
    total, totals = 0.0, []
    for d in small(differences(x), limit):
        total = total + d**2
        totals.append(total)
    return np.array(totals)


def inputs():
    return np.array([0.1, 0.5, 0.2, 4.0, 4.3]), 1.0


def check(result):
    assert np.allclose(result, [0.16, 0.25, 0.34])
