"""Bellman and Ford's shortest ways from one node over a list of edges.

Stops after a round in which no way became shorter.
"""

import numpy as np

DIFFERENTIABLE = (1,)


def program(edges, length):
    d = np.full(4, np.inf)
    d[0] = 0.0
    for _ in range(4):
        changed = False
        for (u, v), w in zip(edges, length):
            if d[u] + w < d[v]:
                d[v] = d[u] + w
                changed = True
        if not changed:
            break
    return d


def inputs():
    edges = np.array([[0, 1], [0, 2], [1, 2], [2, 1], [1, 3], [2, 3]])
    return edges, np.array([4.1, 2.3, 3.2, 1.05, 2.7, 5.4])


def check(result):
    assert np.allclose(result, [0, 3.35, 2.3, 6.05])
