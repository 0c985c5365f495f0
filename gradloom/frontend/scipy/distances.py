"""scipy.spatial.distance: distances of vectors, pairs of rows and their forms, on traced values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array
from gradloom.frontend.tracer import refuse
from gradloom.ir.errors import ArgumentError, ShapeError

Between = Callable[[Array, Array], Array]
"""Distances along the last axis of two arrays that broadcast."""

# ---- metrics -------------------------------------------------------------------------------------


def _euclidean(a: Array, b: Array) -> Array:
    return np.linalg.norm(a - b, axis=-1)


def _cosine(a: Array, b: Array) -> Array:
    product = np.sum(a * b, axis=-1)
    return 1 - product / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))


def _centred(x: Array) -> Array:
    return x - np.mean(x, axis=-1, keepdims=True)


def _canberra(a: Array, b: Array) -> Array:
    size = np.abs(a) + np.abs(b)
    return np.sum(np.where(size == 0, 0.0, np.abs(a - b) / size), axis=-1)


_METRICS: Final[dict[str, Between]] = {
    "euclidean": _euclidean,
    "sqeuclidean": lambda a, b: np.sum((a - b) ** 2, axis=-1),
    "cityblock": lambda a, b: np.sum(np.abs(a - b), axis=-1),
    "chebyshev": lambda a, b: np.max(np.abs(a - b), axis=-1),
    "cosine": _cosine,
    "correlation": lambda a, b: _cosine(_centred(a), _centred(b)),
    "canberra": _canberra,
    "braycurtis": lambda a, b: np.sum(np.abs(a - b), axis=-1) / np.sum(np.abs(a + b), axis=-1),
}
_OTHER_NAMES: Final = {
    **dict.fromkeys(("euclid", "eu", "e"), "euclidean"),
    **dict.fromkeys(("sqe", "sqeuclid"), "sqeuclidean"),
    **dict.fromkeys(("cblock", "cb", "c"), "cityblock"),
    **dict.fromkeys(("cheby", "cheb", "ch", "chebychev"), "chebyshev"),
    "cos": "cosine", "co": "correlation",
}  # fmt: skip


def _minkowski(p: Any, w: Any) -> Between:
    def between(a: Array, b: Array) -> Array:
        size = np.abs(a - b)
        if w is None:
            return np.linalg.norm(size, p, axis=-1)
        return np.sum(w * size**p, axis=-1) ** (1 / p)

    return between


def _metric(name: str, metric: Any, kwargs: dict[str, Any]) -> Between:
    if isinstance(metric, str):
        short = metric.lower()
        if short in ("minkowski", "mi", "m", "pnorm"):
            p, w = kwargs.pop("p", 2.0), kwargs.pop("w", None)
            return _minkowski(p, w) if not kwargs else _no(name, kwargs)
        found = _METRICS.get(_OTHER_NAMES.get(short, short))
        if found is not None:
            return found if not kwargs else _no(name, kwargs)
    raise refuse(
        f"scipy.spatial.distance.{name}", f"metric={metric!r} has no traced form",
        "euclidean, sqeuclidean, cityblock, chebyshev, cosine, correlation, canberra, braycurtis "
        "and minkowski have one",
    )  # fmt: skip


def _no(name: str, kwargs: dict[str, Any]) -> Between:
    listed = ", ".join(f"{key}=" for key in kwargs)
    raise refuse(f"scipy.spatial.distance.{name}", f"{listed} is not offered with this metric")


# ---- pairs of rows -------------------------------------------------------------------------------


def _rows(name: str, x: Any) -> Array:
    a = as_array(x)
    if a.ndim != 2:
        raise ShapeError(f"{name} must be a 2-dimensional array, not of shape {a.shape}")
    return a.astype(np.float64)


def cdist(XA: Any, XB: Any, metric: Any = "euclidean", *, out: Any = None, **kwargs: Any) -> Any:
    """The distances of each row of XA to each of XB."""
    if out is not None:
        raise refuse("scipy.spatial.distance.cdist", "out= is not offered")
    a, b = _rows("XA", XA), _rows("XB", XB)
    if a.shape[1] != b.shape[1]:
        raise ShapeError(
            f"XA and XB must have the same number of columns: {a.shape[1]} and {b.shape[1]}"
        )
    return _metric("cdist", metric, kwargs)(a[:, None, :], b[None, :, :])


def pdist(X: Any, metric: Any = "euclidean", *, out: Any = None, **kwargs: Any) -> Any:
    """The distances of the rows to the later ones, in one vector."""
    if out is not None:
        raise refuse("scipy.spatial.distance.pdist", "out= is not offered")
    x = _rows("X", X)
    first, second = np.triu_indices(x.shape[0], 1)
    return _metric("pdist", metric, kwargs)(x[first], x[second])


def squareform(X: Any, force: str = "no", checks: bool = True) -> Any:
    """The matrix of a vector of distances, or the vector of a matrix."""
    x = as_array(X)
    if force.lower() not in ("no", "tomatrix", "tovector"):
        raise ArgumentError(f"force={force!r} is none of no, tomatrix, tovector")
    due = {"tomatrix": 1, "tovector": 2}.get(force.lower(), x.ndim)
    if x.ndim not in (1, 2) or x.ndim != due:
        raise ShapeError(f"a vector or a matrix is due (force={force!r}), not shape {x.shape}")
    if x.ndim == 2:
        if x.shape[0] != x.shape[1]:
            raise ShapeError(f"The matrix argument must be square, not of shape {x.shape}")
        return x[np.triu_indices(x.shape[0], 1)]
    n = int(np.ceil(np.sqrt(x.shape[0] * 2))) if x.shape[0] else 1
    if n * (n - 1) // 2 != x.shape[0]:
        raise ShapeError(f"{x.shape[0]} is no number of pairs (a binomial coefficient n over 2)")
    made = np.zeros((n, n), x.dtype)
    rows, columns = np.triu_indices(n, 1)
    places = np.zeros((n, n), np.int64)
    places[rows, columns] = places[columns, rows] = np.arange(x.shape[0])
    if not x.shape[0]:
        return as_array(made)
    return np.where(np.eye(n, dtype=bool), x.dtype.type(0), x[places])


# ---- two vectors ---------------------------------------------------------------------------------


_AS_GIVEN: Final = ("sqeuclidean", "cosine", "correlation", "cityblock", "chebyshev")
"""Those that scipy computes in the vectors' own precision, the last two in whole numbers too."""


def _vector(x: Any, name: str) -> Array:
    a = as_array(x)
    if a.ndim != 1:
        raise ShapeError(f"Input vector should be 1-D, not of shape {a.shape}")
    kinds = "fiu" if name in _AS_GIVEN[-2:] else "f" if name in _AS_GIVEN else ""
    return a if a.dtype.kind in kinds and a.dtype != np.float16 else a.astype(np.float64)


def _single(name: str) -> Callable[..., Any]:
    def function(u: Any, v: Any, w: Any = None) -> Any:
        if w is not None:
            raise refuse(f"scipy.spatial.distance.{name}", "w= is not offered")
        return _METRICS[name](_vector(u, name), _vector(v, name))

    return function


TABLE: Final[Mapping[str, Callable[..., Any]]] = {
    "cdist": cdist, "pdist": pdist, "squareform": squareform,
    **{name: _single(name) for name in _METRICS},
}  # fmt: skip
"""By scipy's name: the function that takes the same arguments."""
