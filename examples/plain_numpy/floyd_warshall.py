"""Shortest ways between all pairs by Floyd and Warshall, the matrix updated row by row.

An `if` keeps rows that cannot reach the middle out of the work.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(length):
    d = length.copy()
    np.fill_diagonal(d, 0)
    n = d.shape[0]
    for k in range(n):
        for i in range(n):
            if np.isinf(d[i, k]):
                continue
            d[i, :] = np.minimum(d[i, :], d[i, k] + d[k, :])
    return d


def inputs():
    inf = np.inf
    return (
        np.array([[0, 3.1, inf, 7.2], [8.3, 0, 2.4, inf], [5.6, inf, 0, 1.7], [2.2, inf, inf, 0]]),
    )


def check(result):
    assert np.isclose(result[0, 2], 5.5)
    assert np.isclose(result[1, 0], 2.4 + 1.7 + 2.2)
