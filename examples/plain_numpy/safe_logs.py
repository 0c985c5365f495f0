"""Logs and ratios with warnings off, holes filled afterwards; errors become a default.

`with np.errstate`, `try/except` and a printed line.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x)
    y[~np.isfinite(y)] = 0
    try:
        scale = y[len(y)]
    except IndexError:
        scale = y.max()
    if scale > 1e-9:
        y /= scale
    print(f"{len(y)} logs")
    return y


def inputs():
    return (np.array([0.5, -0.4, 2.0, 3.5]),)


def check(result):
    assert result[1] == 0
    assert result[3] == 1
