"""The area of a figure given as a tuple, told apart by `match`; too small ones count as zero.

A `match` on structure and on a guard over values.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def area(figure):
    match figure:
        case ("circle", r) if r > 0.1:
            return np.pi * r**2
        case ("box", a, b) if a > 0.1 and b > 0.1:
            return a * b
        case _:
            return 0.0


def program(sizes):
    figures = [("circle", sizes[0]), ("box", sizes[1], sizes[2]), ("circle", sizes[3])]
    total = 0.0
    for figure in figures:
        total += area(figure)
    return total


def inputs():
    return (np.array([0.5, 1.2, 0.7, 0.05]),)


def check(result):
    assert np.isclose(result, np.pi / 4 + 0.84)
