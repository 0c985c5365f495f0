"""An image filtered by explicit loops, borders skipped with `continue`, then rectified in place.

A negative sum is set to zero by an `if` for every pixel.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(image, kernel):
    h, w = image.shape
    out = np.zeros((h, w))
    for i in range(h):
        for j in range(w):
            if i == 0 or j == 0 or i == h - 1 or j == w - 1:
                continue
            total = 0.0
            for a in range(3):
                for b in range(3):
                    total += kernel[a, b] * image[i + a - 1, j + b - 1]
            if total > 0:
                out[i, j] = total
    return out


def inputs():
    image = np.cos(np.arange(20.0) * 1.3).reshape(4, 5)
    return image, np.array([[0.1, -0.4, 0.2], [0.5, 1.0, -0.3], [0.0, 0.25, -0.6]])


def check(result):
    assert result.min() == 0
    assert result.max() > 0
