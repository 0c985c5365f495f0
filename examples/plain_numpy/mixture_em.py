"""Two Gaussians fitted by expectation and maximisation until the likelihood settles.

Means and widths change in place; a width may not vanish.
"""

import numpy as np

DIFFERENTIABLE = (0,)


def program(x):
    mean, var, share = np.array([x.min(), x.max()]), np.ones(2), np.array([0.5, 0.5])
    last = -np.inf
    for _ in range(10):
        density = share * np.exp(-((x[:, None] - mean) ** 2) / (2 * var)) / np.sqrt(var)
        total = density.sum(axis=1)
        belief = density / total[:, None]
        for k in range(2):
            weight = belief[:, k].sum()
            mean[k] = belief[:, k] @ x / weight
            var[k] = max(belief[:, k] @ (x - mean[k]) ** 2 / weight, 1e-3)
            share[k] = weight / len(x)
        likelihood = np.log(total).sum()
        if likelihood - last < 1e-3:
            break
        last = likelihood
    return mean, var


def inputs():
    return (np.array([-1.3, -0.9, -1.1, 1.7, 2.2, 2.05, -0.75]),)


def check(result):
    assert np.allclose(result[0], [-1.01, 1.98], atol=0.05)
