"""A tensor as text, as torch writes its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradloom.eager.dtypes import category

if TYPE_CHECKING:
    from gradloom.eager.tensor import Tensor

_USUAL = ("float32", "int64", "bool", "complex64")


def text_of(x: Tensor) -> str:
    """The tensor's elements, its dtype where that is not the usual one, and its history if any."""
    array = x.array()
    wide = array.astype(np.float64) if category(array.dtype) == 2 else array
    body = np.array2string(
        wide, separator=", ", prefix="tensor(", precision=4, threshold=1000, floatmode="maxprec",
        formatter=_formatter(wide),
    )  # fmt: skip
    parts = [body]
    if x.dtype not in _USUAL or (not array.size and x.dtype != "float32"):
        parts.append(f"dtype={x.dtype!r}")
    if not array.size and x.ndim != 1:
        parts.append(f"size={tuple(x.shape)}")
    if x.requires_grad:
        parts.append("requires_grad=True" if x.is_leaf else "grad_fn=<recorded>")
    return f"tensor({', '.join(parts)})"


def _formatter(array: np.ndarray) -> Any:
    if array.dtype.kind == "b":
        width = max(map(len, map(str, array.ravel().tolist())), default=0)
        return {"bool": lambda v: str(v).rjust(width)}
    if array.dtype.kind != "f":
        return None
    finite = array[np.isfinite(array)]
    size = np.abs(finite[finite != 0])
    whole = (finite == np.trunc(finite)).all() and (not size.size or size.max() < 1e8)
    large = size.size and (size.max() >= 1e8 or size.max() / size.min() > 1000 or size.min() < 1e-4)
    spec = "{:.0f}." if whole else "{:.4e}" if large else "{:.4f}"
    width = max([len(spec.format(v)) for v in finite[finite != 0]], default=0)

    def one(v: float) -> str:
        return (spec.format(v) if np.isfinite(v) else str(v)).rjust(width)

    return {"float_kind": one}
