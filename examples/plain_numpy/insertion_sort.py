"""Insertion sort in place: each number moves left past larger ones.

A `while` over two computed conditions joined by `and`.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(numbers):
    a = numbers.copy()
    for i in range(1, len(a)):
        item = a[i]
        j = i - 1
        while j >= 0 and a[j] > item:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = item
    return a


def inputs():
    return (np.array([2.1, -0.3, 1.4, 0.6, -1.7]),)


def check(result):
    assert np.all(np.diff(result) > 0)
