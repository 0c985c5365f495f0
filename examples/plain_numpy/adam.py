"""Adam written by hand over a dict of parameters, with the gradient clipped when it is long.

Moments live in dicts of arrays and change in place.
"""

import numpy as np

DIFFERENTIABLE = (0, 1)


def program(w, b):
    params = {"w": w.copy(), "b": b.copy()}
    m = {k: np.zeros_like(p) for k, p in params.items()}
    v = {k: np.zeros_like(p) for k, p in params.items()}
    for t in range(1, 5):
        error = params["w"] @ np.array([1.0, -2.0]) + params["b"] - 0.5
        grads = {"w": np.outer(error, [1.0, -2.0]), "b": error}
        length = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
        if length > 1.0:
            grads = {k: g / length for k, g in grads.items()}
        for k, g in grads.items():
            m[k] = 0.9 * m[k] + 0.1 * g
            v[k] = 0.999 * v[k] + 0.001 * g**2
            params[k] -= 0.1 * (m[k] / (1 - 0.9**t)) / (np.sqrt(v[k] / (1 - 0.999**t)) + 1e-8)
    return params


def inputs():
    return np.array([[0.3, -0.8], [1.1, 0.4]]), np.array([0.2, -0.6])


def check(result):
    assert set(result) == {"w", "b"}
