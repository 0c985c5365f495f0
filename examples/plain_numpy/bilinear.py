"""Bilinear interpolation at scattered points; points outside get zero.

Indices come from rounded-down coordinates, results go into cells.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(image, points):
    h, w = image.shape
    out = np.zeros(len(points))
    for n, (y, x) in enumerate(points):
        if not (0 <= y < h - 1 and 0 <= x < w - 1):
            continue
        i, j = int(y), int(x)
        a, b = y - i, x - j
        out[n] = (1 - a) * ((1 - b) * image[i, j] + b * image[i, j + 1]) + a * (
            (1 - b) * image[i + 1, j] + b * image[i + 1, j + 1]
        )
    return out


def inputs():
    image = np.cos(np.arange(12.0)).reshape(3, 4)
    return image, np.array([[0.3, 1.6], [1.7, 0.2], [2.5, 1.0]])


def check(result):
    assert result[2] == 0
