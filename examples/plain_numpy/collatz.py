"""How many steps each number takes to reach one by Collatz's rule.

A `while` for every number with an `if` on its parity.
"""

import numpy as np

DIFFERENTIABLE = ()  # whole numbers


def program(numbers):
    lengths = np.zeros(len(numbers), dtype=np.int64)
    for k, n in enumerate(numbers):
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            lengths[k] += 1
    return lengths


def inputs():
    return (np.array([1, 2, 6, 7, 11]),)


def check(result):
    assert result.tolist() == [0, 1, 8, 16, 14]
