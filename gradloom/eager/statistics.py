"""Medians, quantiles, running extrema, covariances and counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager.calls import Array, Number, cast, one, several
from gradloom.eager.dtypes import INT64, category
from gradloom.eager.indexing import _axis
from gradloom.eager.reductions import FUNCTIONS as REDUCTIONS
from gradloom.eager.reductions import Pair, norm
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, IndexOutOfRange
from gradloom.ir.location import user_location


def _picked(what: str, place: Callable[[Array], Array], x: Tensor, dim: int, keepdim: bool) -> Pair:
    """Values along an axis at the places that are said (as the last axis), and those."""
    axis = _axis(x, dim)

    def function(a: Array) -> tuple[Array, Array]:
        rows = np.moveaxis(a, axis, -1) if a.ndim else a.reshape(1)
        at = place(rows)
        values = np.take_along_axis(rows, at[..., None], -1)[..., 0]
        if keepdim and a.ndim:
            return np.expand_dims(values, axis), cast(np.expand_dims(at, axis), INT64)
        return values, cast(at, INT64)

    return Pair(*several(what, function, [x]))


def _middle(skip_nan: bool) -> Callable[[Array], Array]:
    """Where the lower median of each row is; nan is the largest, and taken where there is one."""

    def place(rows: Array) -> Array:
        count = rows.shape[-1]
        order = np.argsort(rows, axis=-1, kind="stable")
        if rows.dtype.kind in "iub":
            return order[..., (count - 1) // 2]
        real = np.sum(cast(~np.isnan(rows), INT64), axis=-1)
        at = np.maximum((real - 1) // 2, 0)
        if not skip_nan:
            at = np.where(real < count, real, at)
        return np.take_along_axis(order, at[..., None], -1)[..., 0]

    return place


def _median(what: str, skip_nan: bool) -> Callable[..., Any]:
    place = _middle(skip_nan)

    def function(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
        if dim is not None:
            return _picked(what, place, x, dim, keepdim)
        flat = one(what, lambda a: a.reshape(-1), [x])
        return _picked(what, place, flat, 0, False)[0]

    return function


def kthvalue(x: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Pair:
    """The k-th smallest along an axis (the first is 1), and where it is."""
    size = x.shape[_axis(x, dim)] if x.ndim else 1
    if not 1 <= k <= size:
        raise IndexOutOfRange(f"gt.kthvalue: k={k} of {size} elements", location=user_location())

    def place(rows: Array) -> Array:
        return np.argsort(rows, axis=-1, kind="stable")[..., k - 1]

    return _picked("kthvalue", place, x, dim, keepdim)


def mode(x: Tensor, dim: int = -1, keepdim: bool = False) -> Pair:
    """The most frequent along an axis (the least of several), and its last place."""

    def place(rows: Array) -> Array:
        counts = np.sum(cast(rows[..., :, None] == rows[..., None, :], INT64), axis=-1)
        most = counts == np.max(counts, axis=-1, keepdims=True)
        order = np.argsort(rows, axis=-1, kind="stable")
        ranked = np.take_along_axis(cast(most, INT64), order, -1)
        first = np.argmax(ranked, axis=-1)[..., None]
        value = np.take_along_axis(rows, np.take_along_axis(order, first, -1), -1)
        count = rows.shape[-1]
        return count - 1 - np.argmax(cast(rows == value, INT64)[..., ::-1], axis=-1)

    return _picked("mode", place, x, dim, keepdim)


def _quantile(what: str, f: Callable[..., Any]) -> Callable[..., Tensor]:
    def function(
        x: Tensor, q: Tensor | float, dim: int | None = None, keepdim: bool = False, *,
        interpolation: str = "linear",
    ) -> Tensor:  # fmt: skip
        shares = q.array() if isinstance(q, Tensor) else np.asarray(q)
        if shares.size and not (shares.min() >= 0 and shares.max() <= 1):
            raise ArgumentError(f"gt.{what}: q is between 0 and 1, not {shares}")
        own = x._value.type.dtype
        if own.kind != "f":
            raise ArgumentError(f"gt.{what}: input tensor must be either float or double dtype")
        given = np.asarray(shares, own)
        return one(what, lambda a: cast(
            f(a, given, axis=dim, keepdims=keepdim, method=interpolation), own), [x])  # fmt: skip

    return function


def _running(what: str, f: Any, turn: int) -> Callable[..., Pair]:
    def function(x: Tensor, dim: int) -> Pair:
        axis = _axis(x, dim)

        def both(a: Array) -> tuple[Array, Array]:
            if not a.ndim:
                return a * 1, cast(a * 0, INT64)
            shape = [1] * a.ndim
            shape[axis] = a.shape[axis]
            so_far = f.accumulate(a, axis=axis)
            found = a == so_far
            if a.dtype.kind in "fc":
                found = found | np.isnan(a)
            steps = np.arange(a.shape[axis]).reshape(shape)
            at = np.maximum.accumulate(np.where(found, steps, 0), axis=axis)
            return np.take_along_axis(a, at, axis), cast(at, INT64)

        return Pair(*several(what, both, [x]))

    return function


def logcumsumexp(x: Tensor, dim: int) -> Tensor:
    """The logarithm of the running sum of exponentials."""
    return one("logcumsumexp", lambda a: np.logaddexp.accumulate(a, axis=_axis(x, dim)), [x])


def _with_mean(name: str) -> Callable[..., tuple[Tensor, Tensor]]:
    def function(
        x: Tensor, dim: Any = None, unbiased: bool = True, keepdim: bool = False, *,
        correction: Number | None = None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        if isinstance(dim, bool):
            unbiased, dim = dim, None
        first = REDUCTIONS[name](x, dim, unbiased, keepdim, correction=correction)
        return first, REDUCTIONS["mean"](x, dim, keepdim)

    return function


def aminmax(x: Tensor, *, dim: int | None = None, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The least and the largest."""
    return REDUCTIONS["amin"](x, dim, keepdim), REDUCTIONS["amax"](x, dim, keepdim)


def nanmean(x: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of what is a number."""
    total = REDUCTIONS["nansum"](x, dim, keepdim, dtype=dtype)
    count = one("nanmean", lambda a: np.sum(
        cast(~np.isnan(a), INT64), axis=tuple(dim) if isinstance(dim, list) else dim,
        keepdims=keepdim), [x])  # fmt: skip
    return total / count  # type: ignore[no-any-return]


def cov(
    x: Tensor, *, correction: int = 1, fweights: Tensor | None = None,
    aweights: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The covariances of rows."""
    weights = [None if w is None else w.array() for w in (fweights, aweights)]

    def function(a: Array) -> Array:
        made = np.cov(a, ddof=correction, fweights=weights[0], aweights=weights[1])
        return cast(made, a.dtype)

    return one("cov", function, [x])


def diff(
    x: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None,
    append: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The differences of neighbours, n times."""
    given = [t for t in (prepend, append) if t is not None]

    def function(a: Array, *rest: Array) -> Array:
        edges = iter(rest)
        before = [next(edges)] if prepend is not None else []
        whole = np.concatenate([*before, a, *edges], axis=dim) if rest else a
        return np.diff(whole, n, axis=dim)

    return one("diff", function, [x, *given])


def histc(x: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements are in each of so many equal parts of a range (their own: both 0)."""
    low, high = float(min), float(max)
    if low == high == 0 and x.shape.numel():
        array = x.array()
        low, high = float(array.min()), float(array.max())
    if low == high:
        low, high = low - 1, high + 1
    if low > high:
        raise ArgumentError("gt.histc: max must be larger than min", location=user_location())
    return one(
        "histc", lambda a: cast(np.histogram(a.reshape(-1), bins, (low, high))[0], a.dtype), [x]
    )


def bincount(x: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each integer occurs, or the sum of its weights; waits for the tensor."""
    array = x.array()
    if array.ndim != 1 or category(array.dtype) != 1 or (array.size and array.min() < 0):
        raise ArgumentError(
            "gt.bincount: only 1-d non-negative integral inputs are supported",
            location=user_location(),
        )
    made = np.bincount(array, None if weights is None else weights.array(), minlength)
    kind = INT64 if weights is None else np.dtype(np.float64)
    if weights is not None and weights.dtype == "float32":
        kind = weights._value.type.dtype
    return Tensor(x._home, x._home.put(made.astype(kind)))


def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1.0, dim: int = -1) -> Tensor:
    """The area under a line through points."""
    given = [y, *([] if x is None else [x])]
    return one("trapezoid", lambda a, *rest: np.trapezoid(
        a, rest[0] if rest else None, dx, axis=dim), given)  # fmt: skip


def dist(x: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference."""
    return norm(x - other, p)  # type: ignore[operator]


def renorm(x: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """Each part along an axis, scaled down where its p-norm is larger."""
    axes = tuple([i for i in range(x.ndim) if i != _axis(x, dim)])

    def function(a: Array) -> Array:
        size = np.sum(np.abs(a) ** p, axis=axes, keepdims=True) ** (1 / p)
        return a * np.where(size > maxnorm, maxnorm / (size + 1e-7), a.dtype.type(1))

    return one("renorm", function, [x])


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "median": _median("median", False), "nanmedian": _median("nanmedian", True),
    "kthvalue": kthvalue, "mode": mode, "quantile": _quantile("quantile", np.quantile),
    "nanquantile": _quantile("nanquantile", np.nanquantile),
    "cummax": _running("cummax", np.maximum, 1), "cummin": _running("cummin", np.minimum, -1),
    "logcumsumexp": logcumsumexp, "std_mean": _with_mean("std"), "var_mean": _with_mean("var"),
    "aminmax": aminmax, "nanmean": nanmean, "cov": cov, "diff": diff, "histc": histc,
    "corrcoef": lambda x: one("corrcoef", lambda a: cast(np.corrcoef(a), a.dtype), [x]),
    "bincount": bincount, "trapezoid": trapezoid, "trapz": trapezoid, "dist": dist,
    "renorm": renorm,
}  # fmt: skip
"""By torch's name."""
