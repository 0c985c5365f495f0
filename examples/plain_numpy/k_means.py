"""Lloyd's k-means: assign, average, repeat until no centre moves.

A `for` with `break` on a computed distance; centres written row by row through a mask.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(points, centres):
    centres = centres.copy()
    for _ in range(20):
        distances = ((points[:, None, :] - centres[None]) ** 2).sum(axis=2)
        nearest = distances.argmin(axis=1)
        old = centres.copy()
        for k in range(len(centres)):
            mine = nearest == k
            if mine.any():
                centres[k] = (points * mine[:, None]).sum(axis=0) / mine.sum()
        if np.abs(centres - old).max() < 1e-9:
            break
    return centres


def inputs():
    points = np.array([[0.0, 0.1], [0.2, -0.1], [2.0, 2.1], [2.2, 1.8], [-1.9, 2.0], [-2.1, 2.3]])
    return points, np.array([[0.3, 0.4], [1.0, 1.1], [-1.0, 1.0]])


def check(result):
    assert np.allclose(result, [[0.1, 0.0], [2.1, 1.95], [-2.0, 2.15]])
