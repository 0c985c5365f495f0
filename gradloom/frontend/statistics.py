"""What the functions of Python's `statistics` give on traced floats.

Python adds exactly and rounds once; a graph adds in double precision, which differs in the last
places. Functions without a traced form are refused by name (frontend/libraries.py).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.tracer import Kind, Tracer, refuse
from gradloom.ir.errors import ArgumentError
from gradloom.ir.location import user_location

_DOUBLE: Final = np.dtype(np.float64)


def _weak(x: Any) -> Tracer:
    made = lift(x)
    return Tracer(made.owner, made.value, "weak")


def _failed(message: str) -> ArgumentError:
    """Python's own error, which is ours too; its module is there, for it was called."""
    theirs: Any = sys.modules["statistics"].StatisticsError
    kind: type[ArgumentError] = type("StatisticsError", (ArgumentError, theirs), {})
    return kind(message, location=user_location())


def _column(what: str, data: Iterable[Any], least: int = 1) -> tuple[Any, Kind, np.dtype]:
    """The items in double precision, and the kind and dtype of a result of their type."""
    items = [lift(x) for x in data]
    if len(items) < least:
        raise _failed(f"{what} requires at least {least} data point{'s' * (least > 1)}")
    kinds = {x.kind for x in items}
    if any(x.ndim or x.dtype.kind != "f" for x in items):
        raise refuse(f"statistics.{what}", "it takes traced floats", "np.mean and np.var take all")
    kind: Kind = "weak" if kinds == {"weak"} else "scalar"
    dtype = np.result_type(*[x.dtype for x in items])
    return np.stack(items).astype(_DOUBLE), kind, dtype


def _as_given(x: Any, kind: Kind, dtype: np.dtype) -> Tracer:
    made = lift(x).astype(dtype)
    return Tracer(made.owner, made.value, kind)


def mean(data: Iterable[Any]) -> Any:
    """The mean, of the items' type."""
    x, kind, dtype = _column("mean", data)
    return _as_given(np.mean(x), kind, dtype)


def fmean(data: Iterable[Any], weights: Iterable[Any] | None = None) -> Any:
    """The mean as a Python float."""
    x, _, _ = _column("fmean", data)
    if weights is None:
        return _weak(np.mean(x))
    w: Any = np.stack([lift(v) for v in weights])
    if w.shape != x.shape:
        raise _failed("data and weights must be the same length")
    return _weak(np.sum(x * w) / np.sum(w))


def _spread(x: Any, centre: Any, less: int) -> Any:
    middle = np.mean(x) if centre is None else centre
    return np.sum((x - middle) ** 2) / (len(x) - less)


def variance(data: Iterable[Any], xbar: Any = None) -> Any:
    """The variance of a sample, of the items' type."""
    x, kind, dtype = _column("variance", data, 2)
    return _as_given(_spread(x, xbar, 1), kind, dtype)


def pvariance(data: Iterable[Any], mu: Any = None) -> Any:
    """The variance of a population, of the items' type."""
    x, kind, dtype = _column("pvariance", data)
    return _as_given(_spread(x, mu, 0), kind, dtype)


def stdev(data: Iterable[Any], xbar: Any = None) -> Any:
    """The square root of the variance of a sample, a Python float."""
    return _weak(np.sqrt(_spread(_column("stdev", data, 2)[0], xbar, 1)))


def pstdev(data: Iterable[Any], mu: Any = None) -> Any:
    """The square root of the variance of a population, a Python float."""
    return _weak(np.sqrt(_spread(_column("pstdev", data)[0], mu, 0)))


def _middle(name: str, pick: Callable[[Any, int], Any]) -> Callable[[Iterable[Any]], Any]:
    def rule(data: Iterable[Any]) -> Any:
        x, kind, dtype = _column(name, data)
        return _as_given(pick(np.sort(x), len(x)), kind, dtype)

    return rule


def geometric_mean(data: Iterable[Any]) -> Any:
    """The exponential of the mean logarithm, a Python float."""
    return _weak(np.exp(np.mean(np.log(_column("geometric_mean", data)[0]))))


def harmonic_mean(data: Iterable[Any], weights: Iterable[Any] | None = None) -> Any:
    """The reciprocal of the mean reciprocal, of the items' type; 0 where an item is 0."""
    x, kind, dtype = _column("harmonic_mean", data)
    w: Any = np.ones(len(x)) if weights is None else _doubles(weights)
    return _as_given(np.sum(w) / np.sum(w / x), kind, dtype)


def quantiles(data: Iterable[Any], *, n: int = 4, method: str = "exclusive") -> list[Any]:
    """n - 1 cut points of n groups of equal size."""
    if n < 1:
        raise _failed("n must be at least 1")
    if method not in ("exclusive", "inclusive"):
        raise ValueError(f"Unknown method: {method!r}")
    x, kind, dtype = _column("quantiles", data, 2)
    x, count = np.sort(x), len(x)
    cuts = []
    for i in range(1, n):
        if method == "inclusive":
            j, rest = divmod(i * (count - 1), n)
            cut = (x[j] * (n - rest) + x[j + 1] * rest) / n
        else:
            j = min(max(i * (count + 1) // n, 1), count - 1)
            rest = i * (count + 1) - j * n
            cut = (x[j - 1] * (n - rest) + x[j] * rest) / n
        cuts.append(_as_given(cut, kind, dtype))
    return cuts


# ---- two columns ---------------------------------------------------------------------------------


def _doubles(data: Iterable[Any]) -> Any:
    return np.stack([lift(v) for v in data]).astype(_DOUBLE)


def _pair(what: str, x: Iterable[Any], y: Iterable[Any]) -> tuple[Any, Any]:
    a, b = _doubles(x), _doubles(y)
    if a.shape != b.shape:
        raise _failed(f"{what} requires that both inputs have same number of data points")
    if len(a) < 2:
        raise _failed(f"{what} requires at least two data points")
    return a - np.mean(a), b - np.mean(b)


def covariance(x: Iterable[Any], y: Iterable[Any], /) -> Any:
    """The covariance of a sample, a Python float."""
    a, b = _pair("covariance", x, y)
    return _weak(np.sum(a * b) / (len(a) - 1))


def correlation(x: Iterable[Any], y: Iterable[Any], /, *, method: str = "linear") -> Any:
    """Pearson's correlation, a Python float."""
    if method != "linear":
        raise refuse(f"statistics.correlation(method={method!r})", "ranks have no traced form")
    a, b = _pair("correlation", x, y)
    return _weak(np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b)))


def linear_regression(
    x: Iterable[Any], y: Iterable[Any], /, *, proportional: bool = False
) -> tuple[Any, Any]:
    """Slope and intercept, Python floats, by least squares."""
    xs, ys = list(x), list(y)
    a, b = _pair("linear regression", xs, ys)
    if proportional:
        a, b = _doubles(xs), _doubles(ys)
    slope = np.sum(a * b) / np.sum(a * a)
    offset = 0.0 if proportional else _weak(np.mean(_doubles(ys)) - slope * np.mean(_doubles(xs)))
    made: tuple[Any, Any] = sys.modules["statistics"].LinearRegression(_weak(slope), offset)
    return made


TABLE: Final[Mapping[str, Callable[..., Any]]] = {
    "mean": mean, "fmean": fmean, "variance": variance, "pvariance": pvariance, "stdev": stdev,
    "pstdev": pstdev, "geometric_mean": geometric_mean, "harmonic_mean": harmonic_mean,
    "quantiles": quantiles, "covariance": covariance, "correlation": correlation,
    "linear_regression": linear_regression,
    "median": _middle("median", lambda x, n: (x[(n - 1) // 2] + x[n // 2]) / 2),
    "median_low": _middle("median_low", lambda x, n: x[(n - 1) // 2]),
    "median_high": _middle("median_high", lambda x, n: x[n // 2]),
}  # fmt: skip
