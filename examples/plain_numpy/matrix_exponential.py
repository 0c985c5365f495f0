"""The exponential of a matrix by scaling, a Taylor sum and squaring.

How often to halve comes from the norm; the sum stops when terms are small.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(a):
    norm = np.abs(a).sum(axis=0).max()
    halvings = 0
    while norm > 0.5:
        norm = norm / 2
        halvings += 1
    b = a / 2.0**halvings
    term = np.eye(len(a))
    total = term.copy()
    for k in range(1, 30):
        term = term @ b / k
        total += term
        if np.max(np.abs(term)) < 1e-17:
            break
    for _ in range(halvings):
        total = total @ total
    return total


def inputs():
    return (np.array([[0.0, -1.3, 0.4], [1.3, 0.0, 0.2], [0.1, 0.5, -0.8]]),)


def check(result):
    assert np.isclose(np.linalg.det(result), np.exp(-0.8))
