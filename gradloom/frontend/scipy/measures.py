"""scipy.stats: measures of samples, on traced values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array
from gradloom.frontend.scipy.families import special
from gradloom.frontend.tracer import refuse

_rel_entr, _entr = special("rel_entr"), special("entr")


def _floats(name: str, x: Any, nan_policy: str) -> Array:
    """The sample in floating point; only NaN that propagates is offered."""
    if nan_policy != "propagate":
        raise refuse(
            f"scipy.stats.{name}", f"nan_policy={nan_policy!r} is not offered",
            "leave NaN out before, or use np.where",
        )  # fmt: skip
    a = as_array(x)
    return a.astype(np.float64) if a.dtype.kind in "biu" else a


def _row(x: Array, axis: int | None) -> tuple[Array, int]:
    return (np.ravel(x), 0) if axis is None else (x, axis)


def _kept(found: Array, axis: int | None, keepdims: bool, ndim: int) -> Array:
    """The result over `axis`, of which one element is left where it is kept."""
    if not keepdims:
        return found
    return np.reshape(found, (1,) * ndim) if axis is None else np.expand_dims(found, axis)


# ---- scores --------------------------------------------------------------------------------------


def zscore(a: Any, axis: int | None = 0, ddof: int = 0, nan_policy: str = "propagate") -> Any:
    """The sample less its mean, over its standard deviation."""
    x = _floats("zscore", a, nan_policy)
    centre = np.mean(x, axis=axis, keepdims=True)
    return (x - centre) / np.std(x, axis=axis, ddof=ddof, keepdims=True)


def sem(
    a: Any, axis: int | None = 0, ddof: int = 1, nan_policy: str = "propagate", *,
    keepdims: bool = False,
) -> Any:  # fmt: skip
    """The standard error of the mean."""
    given = _floats("sem", a, nan_policy)
    x, along = _row(given, axis)
    found = np.std(x, axis=along, ddof=ddof) / x.shape[along] ** 0.5
    return _kept(found, axis, keepdims, given.ndim)


# ---- means ---------------------------------------------------------------------------------------


def _averaged(name: str) -> Callable[..., Any]:
    """The mean of turned values, turned back."""
    turns: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
        "gmean": (np.log, np.exp),
        "hmean": (lambda x: np.where(x < 0, x.dtype.type(np.nan), 1 / x), lambda x: 1 / x),
    }
    there, back = turns[name]

    def function(
        a: Any, axis: int | None = 0, dtype: Any = None, weights: Any = None, *,
        nan_policy: str = "propagate", keepdims: bool = False,
    ) -> Any:  # fmt: skip
        given = _floats(name, a, nan_policy)
        given = given if dtype is None else given.astype(dtype)
        x, along = _row(given, axis)
        if weights is None:
            middle = np.mean(there(x), axis=along)
        else:
            w, _ = _row(np.broadcast_to(as_array(weights), given.shape), axis)
            middle = np.sum(there(x) * w, axis=along) / np.sum(w, axis=along)
        return _kept(back(middle), axis, keepdims, given.ndim)

    return function


# ---- entropy -------------------------------------------------------------------------------------


def entropy(
    pk: Any, qk: Any = None, base: Any = None, axis: int | None = 0, *,
    nan_policy: str = "propagate", keepdims: bool = False,
) -> Any:  # fmt: skip
    """Shannon's entropy of chances, or their relative entropy, which are made to sum to 1."""
    given = _floats("entropy", pk, nan_policy)
    p, along = _row(given, axis)
    p = p / np.sum(p, axis=along, keepdims=True)
    if qk is None:
        parts = _entr(p)
    else:
        q, _ = _row(_floats("entropy", qk, nan_policy), axis)
        q = q / np.sum(q, axis=along, keepdims=True)
        parts = _rel_entr(*np.broadcast_arrays(p, q))
    found = np.sum(parts.astype(p.dtype), axis=along)
    found = found if base is None else found / float(np.log(base))
    return _kept(found, axis, keepdims, given.ndim)


TABLE: Final[Mapping[str, Callable[..., Any]]] = {
    "zscore": zscore, "sem": sem, "gmean": _averaged("gmean"), "hmean": _averaged("hmean"),
    "entropy": entropy,
}  # fmt: skip
"""By scipy's name: the function that takes the same arguments."""
