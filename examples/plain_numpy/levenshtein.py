"""The edit distance of two words given as arrays of codes.

Two rows that change places; a conditional expression for equal letters.
"""

import numpy as np

DIFFERENTIABLE = ()  # counts edits


def program(a, b):
    previous = np.arange(len(b) + 1)
    for i in range(len(a)):
        current = np.zeros_like(previous)
        current[0] = i + 1
        for j in range(len(b)):
            cost = 0 if a[i] == b[j] else 1
            current[j + 1] = min(previous[j + 1] + 1, current[j] + 1, previous[j] + cost)
        previous, current = current, previous
    return previous[-1]


def inputs():
    return np.array([ord(c) for c in "kitten"]), np.array([ord(c) for c in "sitting"])


def check(result):
    assert result == 3
