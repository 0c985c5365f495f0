"""np.linalg.norm and its kin. Where a norm has no derivative, at 0, it is taken as 0."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import integer
from gradloom.frontend.numpy.contract import reshaped
from gradloom.frontend.numpy.lift import Array, lift
from gradloom.frontend.numpy.special import inexact
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import wrap
from gradloom.ir import ops as o
from gradloom.ir.ops.rules import normal_axis
from gradloom.ir.types import Shape, size_of

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: Any = False) -> Any:
    """A norm of vectors (one axis) or matrices (two); of all elements when no axis is given."""
    array = inexact(x)
    if axis is None:
        whole = (
            ord is None
            or (ord in ("f", "fro") and array.ndim == 2)
            or (ord == 2 and array.ndim == 1)
        )
        axes = tuple(range(array.ndim))
        if whole:
            return _kept(_root(_squares(np.ravel(array), (0,))), array, axes, keepdims)
    else:
        given = axis if isinstance(axis, tuple) else (int(axis),)  # as numpy: 1.5 is axis 1
        axes = tuple(normal_axis("norm", a, array.ndim) for a in given)
    if len(axes) == 1 and not isinstance(keepdims, bool | np.bool_ | None):
        integer("keepdims=", keepdims)  # of vectors numpy hands it to a reduction
    if len(axes) == 1:
        result = _vector_norm(array, ord, axes[0])
    elif len(axes) == 2:
        if axes[0] == axes[1]:
            raise ValueError("Duplicate axes given.")
        result = _matrix_norm(array, ord, axes)
    else:
        raise ValueError("Improper number of dimensions to norm.")
    return _kept(result, array, axes, keepdims)


def _kept(result: Any, x: Array, axes: tuple[int, ...], keepdims: bool) -> Any:
    if not keepdims:
        return result
    shape: Shape = tuple(1 if i in axes else d for i, d in enumerate(x.shape))
    return wrap(reshaped(lift(result).here(require_trace()), shape), "array")


def _squares(x: Any, axes: tuple[int, ...]) -> Any:
    """The sum of |x|^2."""
    squares = np.real(x) ** 2 + np.imag(x) ** 2 if x.dtype.kind == "c" else x * x
    return np.sum(squares, axis=axes)


def _root(x: Any, power: float = 0.5) -> Any:
    """x ** power for x >= 0, with a derivative of 0 where the result is 0."""
    edge = x == (0 if power > 0 else np.inf)
    root = np.sqrt(x) if power == 0.5 else x ** x.dtype.type(power)
    return wrap(lift(np.where(edge, x.dtype.type(0), root)).here(require_trace()))


def _vector_norm(x: Array, ord: Any, axis: int) -> Any:
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order '{ord}' for vectors")
    if ord is None or ord == 2:
        return _root(_squares(x, (axis,)))
    size = np.abs(x)
    if ord == math.inf:
        return np.max(size, axis=axis, initial=0)
    if ord == -math.inf:
        return np.min(size, axis=axis)
    if ord == 0:
        return np.sum((x != 0).astype(size.dtype), axis=axis)
    if ord == 1:
        return np.sum(size, axis=axis)
    if ord < 0:
        return _root(np.sum(size ** size.dtype.type(ord), axis=axis), 1 / ord)
    return _root(np.sum(_root(size, ord), axis=axis), 1 / ord)


def _matrix_norm(x: Array, ord: Any, axes: tuple[int, ...]) -> Any:
    if ord is None or (isinstance(ord, str) and ord in ("fro", "f")):
        return _root(_squares(x, axes))
    matrices = np.moveaxis(x, axes, (-2, -1))
    if ord == "nuc" or ord in (2, -2):
        s = wrap(o.svd(matrices.here(require_trace()))[1])
        return (
            np.sum(s, axis=-1)
            if ord == "nuc"
            else np.max(s, axis=-1, initial=0)
            if ord == 2
            else np.min(s, axis=-1)
        )
    if isinstance(ord, str) or ord not in (1, -1, math.inf, -math.inf):
        raise ValueError("Invalid norm order for matrices.")
    sums = np.sum(np.abs(matrices), axis=-2 if abs(ord) == 1 else -1)
    return np.max(sums, axis=-1, initial=0) if ord > 0 else np.min(sums, axis=-1)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """The norm of vectors that stand along one axis or several."""
    array = inexact(x)
    given = (
        tuple(range(array.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    )
    axes = tuple(normal_axis("vector_norm", a, array.ndim) for a in given)
    rest = tuple(i for i in range(array.ndim) if i not in axes)
    moved = np.transpose(array, (*rest, *axes))
    count = size_of(tuple(array.shape[a] for a in axes))
    flat = np.reshape(moved, (*moved.shape[: len(rest)], count))
    return _kept(norm(flat, ord, axis=-1), array, axes, keepdims)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of the matrices in the last two axes."""
    return norm(x, ord, axis=(-2, -1), keepdims=keepdims)


TABLE: Final[Table] = {
    np.linalg.norm: norm,
    np.linalg.vector_norm: vector_norm,
    np.linalg.matrix_norm: matrix_norm,
}
