"""Turning points about the origin, by a matrix put together from scalars."""

import numpy as np
from numpy import cos, sin


def turned(points, angle):
    """The points: [n, 2], turned by an angle in radians."""
    c, s = cos(angle), sin(angle)
    return points @ np.array([[c, -s], [s, c]])
