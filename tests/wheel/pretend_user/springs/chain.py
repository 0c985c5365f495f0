"""The chain: its points hang in a frame that leans under their weight."""

import math

import numpy as np

from springs.geometry import turned


def energy(points, lean=0.3, stiffness=2.0):
    """The energy of the chain through points: [n, 2]; the first spring hardens as it is lifted."""
    heights = points[:, 1]
    stretched = np.diff(turned(points, lean * heights[-1]), axis=0)
    lengths = np.sqrt(np.sum((stretched + [1.0, 0.0]) ** 2, axis=1))
    factors = np.ones(len(lengths))
    factors[0] = 1 + heights[0] ** 2
    spring = stiffness / 2 * np.sum(factors * (lengths - 1) ** 2)
    return spring + heights.mean() + math.exp(-heights[0])
