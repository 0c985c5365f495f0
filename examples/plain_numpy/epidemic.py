"""The SIR model with a lockdown that begins above a share of the sick.

History is a list of arrays, stacked at the end.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(beta, gamma):
    s, i, r = 0.95, 0.05, 0.0
    history = []
    for _day in range(8):
        contact = beta * 0.4 if i > 0.12 else beta
        sick, well = contact * s * i, gamma * i
        s, i, r = s - sick, i + sick - well, r + well
        history.append(np.array([s, i, r]))
    return np.stack(history)


def inputs():
    return 0.8, 0.17


def check(result):
    assert np.allclose(result.sum(axis=1), 1)
