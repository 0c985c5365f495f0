"""A PID controller with saturation and anti-windup as a class whose attributes change.

The object keeps its integral and last error between steps.
"""

import numpy as np

DIFFERENTIABLE = (0,)


class Controller:
    def __init__(self, gains):
        self.p, self.i, self.d = gains
        self.integral = 0.0
        self.last = 0.0

    def step(self, error):
        output = self.p * error + self.i * self.integral + self.d * (error - self.last)
        self.last = error
        if output > 1.0:
            return 1.0
        if output < -1.0:
            return -1.0
        self.integral += 0.1 * error
        return output


def program(gains, target):
    controller = Controller(gains)
    x, track = 0.0, np.zeros(12)
    for t in range(12):
        x = x + 0.3 * (controller.step(target - x) - 0.2 * x)
        track[t] = x
    return track


def inputs():
    return np.array([1.3, 0.8, 0.05]), 1.5


def check(result):
    assert np.isclose(result[0], 0.3)
