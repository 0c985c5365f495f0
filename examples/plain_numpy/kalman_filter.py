"""A Kalman filter over positions, where missing measurements are skipped.

A loop over observations with `continue` on a NaN, and estimates written into an array.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(noise, observed):
    f = np.array([[1.0, 1.0], [0.0, 1.0]])
    h = np.array([[1.0, 0.0]])
    q = 0.01 * np.eye(2)
    x, p = np.zeros(2), np.eye(2)
    track = np.empty(len(observed))
    for t, z in enumerate(observed):
        x = f @ x
        p = f @ p @ f.T + q
        track[t] = x[0]
        if np.isnan(z):
            continue
        s = h @ p @ h.T + noise
        k = p @ h.T / s[0, 0]
        x = x + k[:, 0] * (z - x[0])
        p = (np.eye(2) - k @ h) @ p
        track[t] = x[0]
    return track


def inputs():
    return 0.3, np.array([0.9, 2.1, np.nan, 3.8, 5.2])


def check(result):
    assert 3.5 < result[3] < 4.1
