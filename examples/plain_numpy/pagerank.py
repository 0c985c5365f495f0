"""PageRank by power iteration with a damping factor, dangling pages spread evenly.

Columns normalised in place, then a `while` on the change of the ranks.
"""

import numpy as np

DIFFERENTIABLE = (1,)


def program(links, damping):
    m = links.astype(float)
    n = len(m)
    for j in range(n):
        total = m[:, j].sum()
        if total == 0:
            m[:, j] = 1 / n
        else:
            m[:, j] /= total
    rank = np.ones(n) / n
    change = 1.0
    while change > 1e-9:
        new = damping * (m @ rank) + (1 - damping) / n
        change = np.abs(new - rank).sum()
        rank = new
    return rank


def inputs():
    links = np.array([[0, 0, 1, 0], [1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0]])
    return links, 0.85


def check(result):
    assert np.isclose(result.sum(), 1)
