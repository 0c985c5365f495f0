"""The handwritten digits that the demo learns; DIGITS.md beside this file says whence they come."""

from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Digits(NamedTuple):
    """The two sets: x is [image, 64] with pixels in [0, 1], y is [image] with the digit 0 to 9."""

    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]


def load() -> Digits:
    """Training and test set; every fifth image (index 0, 5, 10, ...) is a test image.

    >>> [part.shape for part in load()]
    [(1437, 64), (1437,), (360, 64), (360,)]
    """
    with files("gradloom.demo").joinpath("digits.npz").open("rb") as file, np.load(file) as data:
        x = data["images"].reshape(-1, 64).astype(np.float32) / np.float32(16)
        y = data["labels"].astype(np.int64)
    test = np.arange(len(y)) % 5 == 0
    return Digits(x[~test], y[~test], x[test], y[test])
