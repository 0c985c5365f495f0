"""What numpy's folds are to be compared with.

Where the processor has AVX-512, numpy's own `power.reduce` and `arctan2.reduce` read operands
before they are written, and their answers are not those of the fold that `reduce` is (numpy 2.4).
There the fold itself is the reference.
"""

import functools
import itertools
from typing import Any

import numpy as np


def folds_wrongly(ufunc: np.ufunc) -> bool:
    """Whether numpy's `reduce` of this ufunc is not its fold on this machine."""
    if "dd->d" not in ufunc.types:
        return False
    x = np.linspace(0.8, 1.2, 70)
    return not np.allclose(ufunc.reduce(x), functools.reduce(ufunc, x), rtol=1e-12)


def folded(ufunc: np.ufunc, method: str, x: np.ndarray, **options: Any) -> Any:
    """`reduce` or `accumulate` of a vector, by numpy where it is right, else by hand."""
    if not folds_wrongly(ufunc):
        return getattr(ufunc, method)(x, **options)
    start = [options["initial"]] if "initial" in options else []
    items = [*start, *x[options.get("where", slice(None))]]
    if method == "reduce":
        return functools.reduce(ufunc, items)
    return np.array([*itertools.accumulate(items, ufunc)])
