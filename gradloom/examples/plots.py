"""Curves for a terminal: values over time, a character for each curve."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike


def curves(series: Mapping[str, ArrayLike], height: int = 12, width: int = 72) -> str:
    """The lines of a picture of values over time, each series in the mark that is its name.

    A later series is drawn over an earlier one. All have one scale; of a series that is longer than
    the picture is wide, evenly spread values are shown. What is not finite is left out.

    >>> print(curves({"o": [0, 1, 2, 1, 0], "x": [2, 2, 2, 2, 2]}, height=3))
    xxxxx
     o o
    o   o
    """
    given = {mark: np.asarray(values, float) for mark, values in series.items()}
    finite = np.concatenate([v[np.isfinite(v)] for v in given.values()] or [np.zeros(0)])
    if not finite.size:
        return ""
    low, spread = finite.min(), np.ptp(finite) or 1.0
    longest = min(width, max(len(values) for values in given.values()))
    page = [[" "] * longest for _ in range(height)]
    for mark, values in given.items():
        columns = min(longest, len(values))
        shown = values[np.linspace(0, max(len(values) - 1, 0), columns).round().astype(int)]
        for column in np.flatnonzero(np.isfinite(shown)):
            share = (shown[column] - low) / spread
            page[round((1 - share) * (height - 1))][column] = mark
    return "\n".join("".join(row).rstrip() for row in page)
