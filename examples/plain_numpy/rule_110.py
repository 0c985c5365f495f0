"""Wolfram's rule 110: each cell's next state read from the bits of a number.

A grid filled row by row; a generation without a living cell would end it.
"""

import numpy as np

DIFFERENTIABLE = ()  # cells are bits


def program(first):
    rule = 110
    n = len(first)
    grid = np.zeros((5, n), dtype=np.int64)
    grid[0] = first
    for t in range(1, 5):
        if not np.any(grid[t - 1]):
            break
        for i in range(n):
            left, centre = grid[t - 1, i - 1], grid[t - 1, i]
            right = grid[t - 1, (i + 1) % n]
            grid[t, i] = (rule >> (4 * left + 2 * centre + right)) & 1
    return grid


def inputs():
    return (np.array([0, 0, 0, 0, 0, 0, 0, 1]),)


def check(result):
    assert result[4].tolist() == [0, 0, 0, 1, 1, 1, 1, 1]
