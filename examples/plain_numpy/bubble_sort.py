"""Bubble sort in place with tuple swaps, finished after a pass without a swap.

`while True` with a flag.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(numbers):
    a = numbers.copy()
    while True:
        swapped = False
        for i in range(len(a) - 1):
            if a[i] > a[i + 1]:
                a[i], a[i + 1] = a[i + 1], a[i]
                swapped = True
        if not swapped:
            return a


def inputs():
    return (np.array([0.8, -1.3, 0.1, 2.5]),)


def check(result):
    assert np.all(np.diff(result) > 0)
