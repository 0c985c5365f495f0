"""A sphere seen by marching along rays until the distance to it is tiny, shaded by one lamp.

One `while` per pixel, with a hit, a miss and a limit of steps.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(centre, radius):
    image = np.zeros((3, 4))
    lamp = np.array([0.6, 0.64, -0.48])
    for row in range(3):
        for column in range(4):
            ray = np.array([(column - 1.5) / 3, (1 - row) / 3, 1.0])
            ray = ray / np.linalg.norm(ray)
            depth, steps = 0.0, 0
            while depth < 10 and steps < 40:
                gap = np.linalg.norm(depth * ray - centre) - radius
                if gap < 1e-7:
                    normal = (depth * ray - centre) / radius
                    image[row, column] = max(normal @ lamp, 0.0)
                    break
                depth = depth + gap
                steps += 1
    return image


def inputs():
    return np.array([0.1, 0.05, 3.0]), 0.9


def check(result):
    assert result.max() <= 1
    assert result[0, 0] == 0
