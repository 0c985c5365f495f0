"""An exponential moving average that restarts after a jump.

The first value is taken as it is, by an `is None`; then a branch on the distance.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(x, alpha):
    out = np.empty_like(x)
    mean = None
    for t in range(len(x)):
        if mean is None or abs(x[t] - mean) > 3.0:
            mean = x[t]
        else:
            mean = alpha * x[t] + (1 - alpha) * mean
        out[t] = mean
    return out


def inputs():
    return np.array([0.2, 0.9, 0.4, 6.1, 5.7, 6.6]), 0.3


def check(result):
    assert result[3] == 6.1
