"""The 0/1 knapsack: the best value for every capacity, one row reused in place.

Runs backwards over capacities, and looks only where the item fits.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(values, weights):
    best = np.zeros(8)
    for i in range(len(values)):
        for room in range(7, 0, -1):
            if weights[i] <= room:
                with_it = best[room - weights[i]] + values[i]
                if with_it > best[room]:
                    best[room] = with_it
    return best


def inputs():
    return np.array([1.1, 4.2, 5.45, 7.05]), np.array([1, 3, 4, 5])


def check(result):
    assert np.isclose(result[7], 4.2 + 5.45)
