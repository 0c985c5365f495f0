"""The sieve of Eratosthenes with strided slices, then a sum of weights over the primes.

Which slices are struck out follows from the sieve itself.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(weights):
    n = len(weights)
    prime = np.ones(n, dtype=bool)
    prime[:2] = False
    for i in range(2, int(n**0.5) + 1):
        if prime[i]:
            prime[i * i :: i] = False
    weights = weights.copy()
    weights[~prime] = 0
    return weights.sum()


def inputs():
    return (np.sqrt(np.arange(30.0)),)


def check(result):
    assert np.isclose(result, sum(p**0.5 for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)))
