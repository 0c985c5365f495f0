"""One round of a particle filter: weigh, then resample where too few particles count.

Systematic resampling walks two indices forward by comparisons.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(particles, seen):
    n = len(particles)
    weights = np.exp(-0.5 * ((particles - seen) / 0.3) ** 2)
    weights /= weights.sum()
    if 1 / np.sum(weights**2) > n / 2:
        return particles
    edges = np.cumsum(weights)
    chosen = np.zeros(n)
    j = 0
    for i in range(n):
        u = (i + 0.37) / n
        while edges[j] < u:
            j += 1
        chosen[i] = particles[j]
    return chosen


def inputs():
    return np.array([-1.1, -0.3, 0.2, 0.45, 1.3, 2.2]), 0.3


def check(result):
    assert set(result) <= set(inputs()[0])
