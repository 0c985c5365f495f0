"""A plucked string: the wave equation by leapfrog with three arrays that rotate.

Written with `out=` and slices; stops when the middle comes through zero.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(shape):
    before, now = shape.copy(), shape.copy()
    after = np.zeros_like(shape)
    for _ in range(20):
        np.multiply(now[1:-1], 2.0, out=after[1:-1])
        after[1:-1] -= before[1:-1]
        after[1:-1] += 0.25 * (now[2:] - 2 * now[1:-1] + now[:-2])
        before, now, after = now, after, before
        if now[3] < 0:
            break
    return now


def inputs():
    return (np.array([0.0, 0.4, 0.8, 1.15, 0.7, 0.35, 0.0]),)


def check(result):
    assert result[0] == result[-1] == 0
    assert result[3] < 0
