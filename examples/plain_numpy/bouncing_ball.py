"""A ball that bounces, its state a dataclass that is changed field by field.

A branch when it meets the floor.
"""

from dataclasses import dataclass

import numpy as np

DIFFERENTIABLE = (0, 1)


@dataclass
class Ball:
    height: float
    speed: float
    bounces: int = 0


def program(height, bounce):
    ball = Ball(height, 0.0)
    heights = np.zeros(15)
    for t in range(15):
        ball.speed -= 9.81 * 0.05
        ball.height += ball.speed * 0.05
        if ball.height < 0:
            ball.height = -bounce * ball.height
            ball.speed = -bounce * ball.speed
            ball.bounces += 1
        heights[t] = ball.height
    return heights, ball.bounces


def inputs():
    return 0.8, 0.7


def check(result):
    assert result[0].min() >= 0
    assert result[1] >= 1
