"""A gated recurrent unit over a sequence, cell by cell, ending where a stop value is read.

States are written into an array; the loop ends by a value of the input.
"""

import numpy as np

DIFFERENTIABLE = (1, 2, 3)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def program(xs, wz, wr, wh):
    h = np.zeros(2)
    states = np.zeros((len(xs), 2))
    for t, x in enumerate(xs):
        if x[0] < -5:
            break
        both = np.concatenate([x, h])
        z, r = sigmoid(wz @ both), sigmoid(wr @ both)
        proposal = np.tanh(wh @ np.concatenate([x, r * h]))
        h = (1 - z) * h + z * proposal
        states[t] = h
    return states


def inputs():
    xs = np.array([[0.3, -0.7], [1.1, 0.2], [-0.4, 0.9], [-9.0, 0.0]])
    w = np.cos(np.arange(24.0) * 1.7).reshape(3, 2, 4)
    return xs, w[0], w[1], w[2]


def check(result):
    assert np.all(result[3] == 0)
    assert np.all(result[2] != 0)
