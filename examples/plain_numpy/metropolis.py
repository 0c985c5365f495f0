"""A Metropolis walk over a double well with the random numbers handed in.

Each proposal is taken or not by a branch; positions go to an array, takes are counted.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(start, moves, draws):
    def energy(x):
        return (x**2 - 1) ** 2

    x = start
    chain = np.zeros(len(moves))
    taken = 0
    for i in range(len(moves)):
        proposal = x + 0.5 * moves[i]
        gain = energy(proposal) - energy(x)
        if gain < 0 or draws[i] < np.exp(-2.0 * gain):
            x = proposal
            taken += 1
        chain[i] = x
    return chain, taken


def inputs():
    moves = np.array([0.3, -1.1, 0.8, 0.45, -0.2, 1.7])
    return 0.4, moves, np.array([0.31, 0.82, 0.15, 0.66, 0.93, 0.48])


def check(result):
    assert 0 < result[1] <= 6
