"""QR by Householder reflections applied in place to trailing blocks.

The sign of the reflection is chosen by a conditional expression.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(a):
    r = a.copy()
    m, n = r.shape
    q = np.eye(m)
    for k in range(min(m - 1, n)):
        x = r[k:, k]
        v = x.copy()
        v[0] += np.linalg.norm(x) if x[0] >= 0 else -np.linalg.norm(x)
        v /= np.linalg.norm(v)
        r[k:, k:] -= 2 * np.outer(v, v @ r[k:, k:])
        q[:, k:] -= 2 * np.outer(q[:, k:] @ v, v)
    return q, r


def inputs():
    return (np.array([[1.0, 2.0, -0.5], [0.3, -1.0, 1.5], [2.0, 0.7, 0.9]]),)


def check(result):
    q, r = result
    assert np.allclose(q @ r, inputs()[0])
    assert np.allclose(np.tril(r, -1), 0)
