"""An accumulator made by a closure, which drops what falls under a limit.

`nonlocal` state and a list in the enclosing function.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def make_counter(limit):
    total, kept = 0.0, []

    def add(x):
        nonlocal total
        if x > limit:
            total = total + x
            kept.append(np.sqrt(x))
        return total

    return add, kept


def program(x):
    add, kept = make_counter(0.5)
    totals = np.array([add(value) for value in x])
    return totals, np.sum(kept)


def inputs():
    return (np.array([0.9, 0.2, 1.44, 0.36, 2.25]),)


def check(result):
    assert np.allclose(result[0], [0.9, 0.9, 2.34, 2.34, 4.59])
