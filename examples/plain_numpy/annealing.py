"""Simulated annealing on a bumpy line with random numbers handed in; the best place is kept.

Two nested branches on values, a temperature that falls.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(x, moves, draws):
    def cost(x):
        return 0.3 * x**2 + np.cos(4 * x)

    best, hot = x, 1.0
    for move, draw in zip(moves, draws):
        near = x + move
        worse = cost(near) - cost(x)
        if worse < 0 or np.exp(-worse / hot) > draw:
            x = near
            if cost(x) < cost(best):
                best = x
        hot *= 0.7
    return best


def inputs():
    return 1.6, np.array([-0.5, 0.3, -0.45, 0.2, -0.1]), np.array([0.4, 0.2, 0.8, 0.6, 0.9])


def check(result):
    assert 0.3 * result**2 + np.cos(4 * result) < 0
