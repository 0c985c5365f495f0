"""Conway's Game of Life on a torus: a glider moves one cell down and right in four steps.

Neighbours counted in an array in place; birth and death written through masks.
"""

import numpy as np

DIFFERENTIABLE = ()  # cells live or die


def program(world):
    world = world.copy()
    for _ in range(4):
        count = np.zeros_like(world)
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if dx or dy:
                    count += np.roll(np.roll(world, dx, axis=0), dy, axis=1)
        world[(count < 2) | (count > 3)] = 0
        world[count == 3] = 1
        if not world.any():
            return world
    return world


def inputs():
    world = np.zeros((6, 6), dtype=np.int64)
    world[[0, 1, 2, 2, 2], [1, 2, 0, 1, 2]] = 1
    return (world,)


def check(result):
    assert np.array_equal(result, np.roll(inputs()[0], (1, 1), (0, 1)))
