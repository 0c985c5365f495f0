"""Fresh weights for networks of dense layers."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom import nn

Weights = dict[str, NDArray[np.float32]]


def dense(seed: int, *sizes: int) -> Weights:
    """`w1` [sizes[0], sizes[1]], `b1` [sizes[1]], and so on; the matrices by Xavier's normal.

    >>> {name: w.shape for name, w in dense(0, 3, 5, 2).items()}
    {'w1': (3, 5), 'b1': (5,), 'w2': (5, 2), 'b2': (2,)}
    """
    weights: Weights = {}
    for n, shape in enumerate(pairwise(sizes), start=1):
        key = gl.random.fold_in(gl.random.key(seed), n)
        weights[f"w{n}"] = nn.init.xavier_normal(key, shape, dtype=np.float32)
        weights[f"b{n}"] = np.zeros(shape[1], np.float32)
    return weights
