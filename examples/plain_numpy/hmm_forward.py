"""The forward algorithm of a hidden Markov model with rescaling, giving a log-likelihood.

The scale is collected where it is not one; the vector changes in place.
"""

import numpy as np

DIFFERENTIABLE = (0, 1, 2)


def program(start, move, emit, seen):
    alpha = start * emit[:, seen[0]]
    total = 0.0
    for o in seen[1:]:
        alpha = (alpha @ move) * emit[:, o]
        scale = alpha.sum()
        if scale < 0.5:
            alpha /= scale
            total += np.log(scale)
    return total + np.log(alpha.sum())


def inputs():
    move = np.array([[0.7, 0.3], [0.4, 0.6]])
    emit = np.array([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]])
    return np.array([0.6, 0.4]), move, emit, np.array([0, 1, 2, 1])


def check(result):
    assert result < 0
