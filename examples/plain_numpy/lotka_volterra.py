"""Foxes and rabbits by Heun's method; a population under a threshold is gone.

The state is an array with entries set one by one.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(state, rates):
    def slope(s):
        rabbits, foxes = s
        return np.array(
            [rabbits * (rates[0] - rates[1] * foxes), foxes * (rates[2] * rabbits - rates[3])]
        )

    state = state.copy()
    for _ in range(10):
        k = slope(state)
        state += 0.05 * (k + slope(state + 0.1 * k))
        for i in range(2):
            if state[i] < 0.05:
                state[i] = 0.0
    return state


def inputs():
    return np.array([1.5, 0.06]), np.array([1.1, 0.4, 0.1, 0.9])


def check(result):
    assert result[0] > 1.5
    assert result[1] == 0
