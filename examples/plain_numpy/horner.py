"""A polynomial by Horner's rule, leaving early when the value gets out of bounds.

Returns a value and how far it came.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(coefficients, x):
    value = 0.0
    for count, c in enumerate(coefficients):
        value = value * x + c
        if np.abs(value) > 100:
            return value, count
    return value, len(coefficients)


def inputs():
    return np.array([3.0, -1.0, 4.0, 1.0, -5.0]), 4.2


def check(result):
    assert result[1] == 3
