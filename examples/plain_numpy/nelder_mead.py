"""The Nelder-Mead simplex: reflect, expand, contract or shrink, by the order of the values.

The simplex is an array whose rows are sorted and replaced.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(simplex):
    def f(x):
        return (x[0] - 1) ** 2 + 2 * (x[1] + 0.5) ** 2 + 0.3 * x[0] * x[1]

    simplex = simplex.copy()
    for _ in range(12):
        values = np.array([f(x) for x in simplex])
        simplex = simplex[np.argsort(values)]
        best, second, worst = (f(x) for x in simplex)
        middle = simplex[:-1].mean(axis=0)
        mirrored = 2 * middle - simplex[-1]
        if best <= f(mirrored) < second:
            simplex[-1] = mirrored
        elif f(mirrored) < best:
            further = 3 * middle - 2 * simplex[-1]
            simplex[-1] = further if f(further) < f(mirrored) else mirrored
        else:
            inner = 0.5 * (middle + simplex[-1])
            if f(inner) < worst:
                simplex[-1] = inner
            else:
                simplex[1:] = 0.5 * (simplex[1:] + simplex[0])
    return simplex


def inputs():
    return (np.array([[0.0, 0.0], [0.7, 0.2], [0.1, 0.9]]),)


def check(result):
    assert np.abs(result - np.array([1.09, -0.58])).max() < 0.2
