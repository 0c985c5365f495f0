"""Escape counts of the Mandelbrot set over a small grid.

Points still inside move on through a boolean mask; a count per point.
"""

import numpy as np

DIFFERENTIABLE = ()  # counts are whole numbers


def program(c):
    z = np.zeros_like(c)
    count = np.zeros(c.shape, dtype=np.int64)
    alive = np.ones(c.shape, dtype=bool)
    for _ in range(12):
        z[alive] = z[alive] ** 2 + c[alive]
        alive &= np.abs(z) <= 2
        if not alive.any():
            break
        count[alive] += 1
    return count


def inputs():
    x, y = np.meshgrid(np.linspace(-2.1, 0.6, 5), np.linspace(-1.1, 1.1, 4))
    return (x + 1j * y,)


def check(result):
    assert np.array_equal(result, result[::-1])
