"""np.cov and np.corrcoef."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.numpy.arguments import dtype_of, written
from gradloom.frontend.numpy.lift import Array, as_array, lift
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import CallError, ShapeError

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def _rows(x: Array, rowvar: bool, dtype: Any, keep_vector: bool) -> Any:
    """Variables as rows, observations as columns."""
    if x.ndim > 2:
        raise ShapeError(f"np.cov: at most 2 axes are due, not {x.ndim}")
    rows = np.reshape(x, (1, -1)) if x.ndim < 2 else x
    turned = (
        not rowvar
        and not (keep_vector and x.ndim == 1)
        and rows.shape[0] != (0 if keep_vector else 1)
    )
    return (np.transpose(rows) if turned else rows).astype(dtype)


def _weights(name: str, given: Any, count: Any) -> Any:
    if given is None:
        return None
    w = as_array(given)
    if w.ndim > 1:
        raise ShapeError(f"np.cov: cannot handle multidimensional {name}")
    written(name, given, np.dtype(np.float64))
    if name == "fweights" and w.dtype.kind == "f":
        known = require_trace().constant_of(w)
        if known is None or (known != np.around(known)).any():
            raise CallError(f"np.cov: fweights must be integers, not {w.dtype}")
    if w.dtype.kind not in "ub":
        require(w >= 0, f"np.cov: {name} cannot be negative")
    if w.shape != (count,):
        raise ShapeError(f"np.cov: {name} of shape {w.shape} for {count} observations")
    return w.astype(np.float64)


def _degrees(w: Any, aweights: Any, count: Any, ddof: int) -> Any:
    """What the sum of products is divided by."""
    if w is None:
        return count - ddof
    total = np.sum(w)
    told = "np.cov: weights sum to zero, so the mean is not defined"
    require(np.not_equal(total, 0), told, "NothingToDivideBy")
    if ddof == 0:
        return total
    return total - ddof if aweights is None else total - ddof * np.sum(w * aweights) / total


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """The covariance matrix of the rows (of both arguments)."""
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    given = [as_array(x) for x in ([m] if y is None else [m, y])]
    kind = (
        np.result_type(*[x.dtype for x in given], np.float64) if dtype is None else dtype_of(dtype)
    )
    x = _rows(given[0], rowvar, kind, True)
    if y is not None:
        x = np.concatenate([x, _rows(given[1], rowvar, kind, False)], axis=0)
    count = x.shape[1]
    frequency, aweights = (
        _weights("fweights", fweights, count),
        _weights("aweights", aweights, count),
    )
    w = aweights if frequency is None else frequency if aweights is None else frequency * aweights
    degrees = _degrees(w, aweights, count, int(bias == 0) if ddof is None else int(ddof))
    mean = np.mean(x, axis=1) if w is None else np.sum(x * w, axis=1) / np.sum(w)
    centred = x - mean[:, None]
    weighted = centred if w is None else centred * w
    products = np.dot(centred, np.conj(np.transpose(weighted)))
    factor: Array = 1 / np.maximum(lift(degrees), 0.0)
    result = np.squeeze(products * factor.astype(np.real(products).dtype))
    return wrap(result.here(require_trace()), "array")


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """The correlation coefficients of the rows."""
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    deviation = np.sqrt(np.real(np.diagonal(c)))
    scaled = c / deviation[:, None] / deviation[None, :]
    if scaled.dtype.kind != "c":
        return np.clip(scaled, -1, 1)
    parts = [np.clip(p, -1, 1).here(require_trace()) for p in (np.real(scaled), np.imag(scaled))]
    return wrap(o.complex(*parts))


TABLE: Final[Table] = {np.cov: cov, np.corrcoef: corrcoef}
