"""vnittest's explicit mode: layers [9, H, W], whose channels stand for a pixel's neighbours.

Channel k is the neighbour k // 3 - 1 rows below and k % 3 - 1 columns to the right (channel 4 the
pixel itself). A pixel of a layer is linked to that neighbour in the next layer where its channel k
is not zero, with the flow 1. Neighbours beyond the edge are none.

A pixel is all of its channels: the cell of channel k is linked to the neighbour's cells in every
channel of the next layer, each of which leads on to a neighbour of its own.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from gradloom.ir.errors import FileError
from gradloom.viz.gradients.layer import Flow, Layer

CHANNELS: Final = 9


def neighbours(source: Layer, target: Layer, s: np.ndarray, t: np.ndarray) -> Flow:
    """The links of explicit mode, by the source's flat gradient; the target is [H, W] or
    [channels, H, W]. Raises `FileError` for layers of other shapes.

    >>> one = np.zeros((9, 1, 2))
    >>> one[5, 0, 0] = -2.5  # the left pixel's right neighbour
    >>> a, b = Layer("a", (9, 1, 2), gradient=one), Layer("b", (1, 2))
    >>> flow = neighbours(a, b, one.ravel(), np.zeros(2))
    >>> flow.sources.tolist(), flow.targets.tolist(), flow.values.tolist()
    ([10], [1], [1.0])
    """
    rows, columns = source.rows, source.columns
    fits = source.leading == (CHANNELS,) and (target.rows, target.columns) == (rows, columns)
    if not fits or len(target.leading) > 1:
        raise FileError(
            f"the flow {source.name!r} -> {target.name!r} is None, and the input has {CHANNELS} "
            f"channels (vnittest's explicit mode): layers of shapes {source.shape} and "
            f"{target.shape} are no [{CHANNELS}, H, W] and one of the same H and W",
            hint="store the flow as index pairs, or as numbers",
        )
    channel, row, column = np.unravel_index(np.flatnonzero(s), source.shape)
    below, right = row + channel // 3 - 1, column + channel % 3 - 1
    inside = (below >= 0) & (below < rows) & (right >= 0) & (right < columns)
    elements = np.flatnonzero(s)[inside]
    pixels = (below * columns + right)[inside]
    planes = np.arange(target.size // (rows * columns)) * (rows * columns)
    return Flow(
        source.name, target.name, np.repeat(elements, len(planes)),
        np.add.outer(pixels, planes).ravel(), np.ones(len(elements) * len(planes)), "pairs",
    )  # fmt: skip
