"""The data that travel with the examples; a page beside each file says whence it comes."""

from importlib.resources import files

import numpy as np
from numpy.typing import NDArray


def load(name: str) -> dict[str, NDArray[np.generic]]:
    """The arrays of a file of this folder, by their names.

    >>> sorted(load("tumours.npz"))
    ['benign', 'measures', 'names']
    """
    with files(__name__).joinpath(name).open("rb") as file, np.load(file) as data:
        return dict(data)
