"""Grey dilation of an image by a cross, until it stops growing or twice at most.

Slices of one array take the maximum with shifted slices of another by `out=`.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(image):
    grown = image.copy()
    for _ in range(2):
        old = grown.copy()
        np.maximum(grown[1:], old[:-1], out=grown[1:])
        np.maximum(grown[:-1], old[1:], out=grown[:-1])
        np.maximum(grown[:, 1:], old[:, :-1], out=grown[:, 1:])
        np.maximum(grown[:, :-1], old[:, 1:], out=grown[:, :-1])
        if (grown == old).all():
            break
    return grown


def inputs():
    image = np.array([[0.1, 0.5, 0.2, 0.05], [0.3, 0.15, 0.9, 0.4], [0.7, 0.25, 0.35, 0.6]])
    return (image,)


def check(result):
    assert result[0, 2] == 0.9
