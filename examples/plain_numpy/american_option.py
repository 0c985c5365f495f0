"""An American put by a binomial tree: at each node, hold or exercise, whichever is worth more.

A vector of values that shrinks through slices of itself.
"""

import numpy as np

DIFFERENTIABLE = (0, 1, 2, 3)


def program(spot, strike, rate, sigma):
    n, dt = 6, 1.0 / 6
    up = np.exp(sigma * np.sqrt(dt))
    down = 1 / up
    p = (np.exp(rate * dt) - down) / (up - down)
    prices = spot * up ** np.arange(n, -n - 1, -2)
    values = np.maximum(strike - prices, 0)
    for step in range(n - 1, -1, -1):
        values = np.exp(-rate * dt) * (p * values[:-1] + (1 - p) * values[1:])
        prices = prices[:-1] * down
        for i in range(step + 1):
            if strike - prices[i] > values[i]:
                values[i] = strike - prices[i]
    return values[0]


def inputs():
    return 100.0, 104.0, 0.06, 0.25


def check(result):
    assert 8 < result < 14
