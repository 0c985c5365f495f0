"""A weighted histogram by `np.add.at`, with everything outside the range counted apart.

Repeated indices must all be added.
"""

import numpy as np

DIFFERENTIABLE = (1,)


def program(x, weights):
    bins = np.zeros(4)
    place = np.floor(x * 4).astype(int)
    inside = (place >= 0) & (place < 4)
    weights = weights.copy()
    weights[~inside] = 0
    place[~inside] = 0
    np.add.at(bins, place, weights)
    return bins


def inputs():
    return np.array([0.1, 0.6, 0.15, 0.9, 1.4, 0.55]), np.array([1.0, 0.5, 2.0, 0.25, 9.0, 0.75])


def check(result):
    assert result.tolist() == [3.0, 0.0, 1.25, 0.25]
