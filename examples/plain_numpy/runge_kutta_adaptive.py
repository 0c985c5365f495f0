"""The Bogacki-Shampine pair with steps chosen by the error estimate, on a damped pendulum.

A `while` on the time reached, and an `if` that takes or repeats the step.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def slope(t, y):
    return np.array([y[1], -np.sin(y[0]) - 0.2 * y[1]])


def program(y0, t_end):
    y, t, h = y0.copy(), 0.0, 0.1
    while t < t_end:
        h = min(h, t_end - t)
        k1 = slope(t, y)
        k2 = slope(t + h / 2, y + h / 2 * k1)
        k3 = slope(t + 3 * h / 4, y + 3 * h / 4 * k2)
        new = y + h * (2 * k1 + 3 * k2 + 4 * k3) / 9
        k4 = slope(t + h, new)
        error = np.max(np.abs(h * (-5 * k1 / 72 + k2 / 12 + k3 / 9 - k4 / 8)))
        if error <= 1e-4:
            t = t + h
            y = new
            if error < 1e-5:
                h = 2 * h
        else:
            h = h / 2
    return y


def inputs():
    return np.array([1.2, 0.0]), 2.0


def check(result):
    energy = result[1] ** 2 / 2 + 1 - np.cos(result[0])
    assert energy < 1 - np.cos(1.2)
