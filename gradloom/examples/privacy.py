"""How private a training by DP-SGD is: what an attacker can learn of one person at most.

A step draws each person with probability `rate`, cuts each one's gradient to length C, and adds
noise of standard deviation `noise` C to the sum (Abadi et al. 2016, "Deep Learning with
Differential Privacy", algorithm 1). The sum over steps is accounted for by Rényi divergences.
"""

from __future__ import annotations

from math import log, log1p
from typing import Final

import numpy as np

from gradloom.ir.errors import ArgumentError

_ORDERS: Final = range(2, 257)
"""Orders that are tried. Each gives an epsilon that holds, so that one left out costs tightness
alone.
"""


def renyi(rate: float, noise: float, order: int) -> float:
    """The Rényi divergence of an order (an integer from 2 on) that one step costs.

    Mironov, Talwar and Zhang 2019, "Rényi Differential Privacy of the Sampled Gaussian Mechanism",
    section 3.3: log(sum over k of binomial(order, k) (1 - rate)^(order - k) rate^k
    exp((k^2 - k) / (2 noise^2))) / (order - 1).

    >>> round(renyi(1.0, 4.0, 8), 12) == 8 / (2 * 4.0**2)
    True
    """
    if rate == 1:
        return order / (2 * noise**2)
    k = np.arange(order + 1)
    log_factorial = np.cumsum(np.log(np.maximum(k, 1)))
    log_binomial = log_factorial[-1] - log_factorial - log_factorial[::-1]
    log_share = k * log(rate) + (order - k) * log1p(-rate)
    terms = log_binomial + log_share + (k * k - k) / (2 * noise**2)
    return float(np.logaddexp.reduce(terms)) / (order - 1)


def epsilon(rate: float, noise: float, steps: int, delta: float) -> float:
    """The epsilon at this delta of so many steps: the training is (epsilon, delta)-private.

    Divergences of steps add up (Mironov 2017, "Rényi Differential Privacy", proposition 1), and are
    an epsilon by Canonne, Kamath and Steinke 2020, "The Discrete Gaussian for Differential
    Privacy", proposition 12; the best order counts. Raises `ArgumentError` for what is no rate,
    noise, number of steps or delta.

    >>> round(epsilon(0.25, 4.0, 100, 1e-5), 2)
    2.94
    """
    if not (0 < rate <= 1 and noise > 0 and steps >= 1 and 0 < delta < 1):
        raise ArgumentError(
            f"no privacy has rate={rate}, noise={noise}, steps={steps}, delta={delta}",
            hint="0 < rate <= 1, noise > 0, steps >= 1 and 0 < delta < 1",
        )
    return max(0.0, min(
        steps * renyi(rate, noise, order) + log1p(-1 / order) - log(delta * order) / (order - 1)
        for order in _ORDERS
    ))  # fmt: skip
