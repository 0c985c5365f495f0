"""The arrays that sample programs name: every program of the coverage table takes some of these.

They keep away from kinks, ties and the ends of domains, where finite differences say nothing.
"""

from __future__ import annotations

from typing import Final

import numpy as np

_DRAW = np.random.default_rng(7)


def _apart(*shape: int) -> np.ndarray:
    """Numbers in (-2, 2) in no order, none near another, none near a whole number."""
    count = int(np.prod(shape))
    grid = np.linspace(-1.9, 1.9, count) + 0.031
    near = np.abs(grid - np.round(grid)) < 0.05
    return _DRAW.permutation(grid + 0.07 * near).reshape(shape)


def _holes(x: np.ndarray) -> np.ndarray:
    return np.where(np.arange(x.size).reshape(x.shape) % 5 == 1, np.nan, x)


_SQUARE = _apart(3, 3) + 2.5 * np.eye(3)

INPUTS: Final[dict[str, np.ndarray | np.generic]] = {
    # real
    "x": _apart(3, 4),
    "y": _apart(3, 4) * 0.9 + 0.013,
    "p": np.abs(_apart(3, 4)) / 2.1 + 0.05,  # in (0, 1)
    "q": np.abs(_apart(3, 4)) + 1.03,  # above 1
    "r": _apart(2, 3, 4),
    "k": _apart(2, 3, 3) + 3 * np.eye(3),
    "a": _SQUARE,
    "s": _SQUARE @ _SQUARE.T + np.eye(3),  # symmetric, positive
    "m": _apart(4, 3),
    "v": _apart(4) * 0.93 + 0.017,
    "w": _apart(4) * 1.1 - 0.02,
    "u": _apart(3) * 0.83 + 0.024,
    "g": _apart(7),
    "t": np.array([-1.4, -0.6, 0.15, 0.85, 1.6]),  # rising
    "l": np.array([0.3, -0.8, 1.1, 0.55, -1.3]),  # values at t
    "h": _holes(_apart(3, 4)),
    "f": np.float64(0.63),
    # complex
    "z": _apart(3, 4) + 1j * _apart(3, 4),
    "c": _apart(4) + 1j * _apart(4),
    "o": _apart(3, 3) + 1j * _apart(3, 3) + 3 * np.eye(3),
    # whole numbers and truth values
    "i": np.array([[-4, 3, 0, 5], [2, -1, 7, -3], [6, 1, -2, 4]]),
    "j": np.array([[1, 3, 2, 5], [2, 4, 1, 3], [5, 1, 2, 4]]),
    "n": np.array([2, 0, 1, 2]),
    "e": np.array([3, 1, 4, 1, 5, 2, 1]),
    "b": np.array([[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 0, 1]], bool),
    "d": np.array([True, False, True, True]),
}
