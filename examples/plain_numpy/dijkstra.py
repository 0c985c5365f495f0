"""Dijkstra's algorithm on a dense matrix with a mask of finished nodes.

The next node is an argmin, used as an index for reading and writing.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(weights):
    n = len(weights)
    distance = np.full(n, np.inf)
    done = np.zeros(n, dtype=bool)
    distance[0] = 0
    for _ in range(n):
        u = np.argmin(np.where(done, np.inf, distance))
        done[u] = True
        for v in range(n):
            if not done[v] and distance[u] + weights[u, v] < distance[v]:
                distance[v] = distance[u] + weights[u, v]
    return distance


def inputs():
    inf = np.inf
    w = np.array([[inf, 4.1, 2.3, inf], [4.1, inf, 1.05, 2.7], [2.3, 1.05, inf, 5.4]])
    return (np.vstack([w, [inf, 2.7, 5.4, inf]]),)


def check(result):
    assert np.allclose(result, [0, 3.35, 2.3, 6.05])
