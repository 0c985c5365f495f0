"""A running median over a window kept sorted by insertion.

A Python list of values, `insert` at a computed place and `remove` of the oldest.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(x):
    window, out = [], np.zeros(len(x) - 2)
    for t in range(len(x)):
        place = 0
        while place < len(window) and window[place] < x[t]:
            place += 1
        window.insert(place, x[t])
        if len(window) > 3:
            window.remove(x[t - 3])
        if t >= 2:
            out[t - 2] = window[1]
    return out


def inputs():
    return (np.array([0.3, 1.7, -0.4, 2.2, 0.9, 0.1]),)


def check(result):
    assert result.tolist() == [0.3, 1.7, 0.9, 0.9]
