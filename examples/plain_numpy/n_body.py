"""Gravity among a few bodies by the velocity Verlet scheme, with softened close encounters.

Positions and velocities change in place; a pair that comes too near is told by a branch.
"""

import numpy as np

DIFFERENTIABLE = (0, 1, 2)


def forces(x, mass):
    a = np.zeros_like(x)
    for i in range(len(x)):
        for j in range(i):
            r = x[j] - x[i]
            distance = np.sqrt(r @ r)
            if distance < 0.1:
                distance = 0.1
            pull = r / distance**3
            a[i] += mass[j] * pull
            a[j] -= mass[i] * pull
    return a


def program(x, v, mass):
    x, v, dt = x.copy(), v.copy(), 0.02
    a = forces(x, mass)
    for _ in range(3):
        v += dt / 2 * a
        x += dt * v
        a = forces(x, mass)
        v += dt / 2 * a
    return x, v


def inputs():
    x = np.array([[0.0, 0.0], [1.0, 0.1], [-0.4, 0.9]])
    v = np.array([[0.0, -0.1], [0.2, 0.8], [-0.5, 0.0]])
    return x, v, np.array([1.0, 0.3, 0.2])


def check(result):
    _, v, mass = inputs()
    assert np.allclose(mass @ result[1], mass @ v)
