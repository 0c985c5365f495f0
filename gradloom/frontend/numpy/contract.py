"""Sums of products: matmul, dot and their kin, as the ops matmul and einsum."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import integer
from gradloom.frontend.numpy.axes import one_axis
from gradloom.frontend.numpy.lift import broadcast_shapes, cast, lift
from gradloom.frontend.numpy.ufuncs import into
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.graph import Operand, literal
from gradloom.ir.ops.rules import broadcast, normal_axis
from gradloom.ir.types import Dim, Shape, size_of

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

# ---- operands ------------------------------------------------------------------------------------


def arrays(*xs: Any) -> list[Operand]:
    """The operands in numpy's common dtype; Python scalars count as arrays (`np.asarray`)."""
    tracers = [lift(x) for x in xs]
    dtype = np.result_type(*[t.dtype for t in tracers])
    return [cast(t.here(require_trace()), dtype) for t in tracers]


def logical(contract: Callable[..., Operand], *xs: Operand) -> Operand:
    """`contract(*xs)`; on bool an `or` of `and`s, as numpy's loops compute it."""
    if xs[0].type.dtype.kind != "b":
        return contract(*xs)
    counts = contract(*[cast(x, np.dtype("int64")) for x in xs])
    result: Operand = o.not_equal(counts, literal(0, counts.type))
    return result


def reshaped(x: Operand, shape: Shape) -> Operand:
    """`x` in another shape."""
    if x.type.shape == shape:
        return x
    result: Operand = o.reshape(x, shape=shape)
    return result


def raveled(x: Operand) -> Operand:
    """`x` as a vector, in C order."""
    return reshaped(x, (x.type.size,))


def conj(x: Operand) -> Operand:
    """The complex conjugate; real operands stay as they are."""
    result: Operand = o.conj(x) if x.type.dtype.kind == "c" else x
    return result


def moved_last(x: Operand, axis: int) -> Operand:
    """`x` with one axis moved to the end."""
    rest = [i for i in range(x.type.ndim) if i != axis]
    result: Operand = x if axis == x.type.ndim - 1 else o.permute_dims(x, perm=(*rest, axis))
    return result


def moved_from_last(x: Operand, axis: int) -> Operand:
    """`x` with its last axis moved to stand at `axis`."""
    last = x.type.ndim - 1
    perm = (*range(axis), last, *range(axis, last))
    result: Operand = x if axis == last else o.permute_dims(x, perm=perm)
    return result


def _named(x: Operand, fallback: str, axis: int) -> str:
    name = getattr(x, "name", "") or fallback
    return f"{x.type.shape[axis]} (axis {axis % x.type.ndim} of {name}: {x.type})"


def _require_inner(what: str, x: Operand, i: int, y: Operand, j: int) -> None:
    if x.type.shape[i] == y.type.shape[j]:
        return
    turned = y.type.ndim == 2 and what in ("matmul", "dot") and x.type.shape[i] == y.type.shape[-1]
    name = getattr(y, "name", "") or "y"
    raise ShapeError(
        f"{what}: inner sizes differ: {_named(x, 'x', i)} and {_named(y, 'y', j)}",
        hint=f"did you mean {name}.T?"
        if turned
        else f"axis {i} of the first and axis {j} of the second must be equal",
    )


# ---- matmul --------------------------------------------------------------------------------------


def _loop_operands(
    ufunc: np.ufunc, x: Any, y: Any, ndims: tuple[int, int]
) -> tuple[Operand, Operand]:
    a, b = arrays(x, y)
    for i, (value, least) in enumerate(zip((a, b), ndims, strict=True)):
        if value.type.ndim < least:
            raise ShapeError(
                f"{ufunc.__name__}: operand {i} has {value.type.ndim} axes, and {least} are due",
                hint="multiply by a number with *",
            )
    return a, b


def matmul(x: Any, y: Any) -> Any:
    """`x @ y`: vectors are promoted, leading axes broadcast."""
    a, b = _loop_operands(np.matmul, x, y, (1, 1))
    _require_inner("matmul", a, -1, b, -2 if b.type.ndim > 1 else -1)
    return wrap(logical(_product, a, b))


def _product(x: Operand, y: Operand) -> Operand:
    rows = x if x.type.ndim > 1 else reshaped(x, (1, *x.type.shape))
    columns = y if y.type.ndim > 1 else reshaped(y, (*y.type.shape, 1))
    result = _stacks(rows, columns)
    shape = result.type.shape
    if x.type.ndim == 1:
        shape = (*shape[:-2], shape[-1])
    return reshaped(result, shape[:-1] if y.type.ndim == 1 else shape)


def _stacks(x: Operand, y: Operand) -> Operand:
    """The product of two stacks of matrices; a stack times one matrix is one larger product."""
    first, second = x.type.shape, y.type.shape
    if len(second) == 2 and len(first) > 2:
        rows = reshaped(x, (size_of(first[:-1]), first[-1]))
        return reshaped(o.matmul(rows, y), (*first[:-1], second[-1]))
    lead = broadcast_shapes("matmul", [first[:-2], second[:-2]])
    result: Operand = o.matmul(
        broadcast(x, (*lead, *first[-2:])), broadcast(y, (*lead, *second[-2:]))
    )
    return result


def vecdot(x: Any, y: Any, axis: int = -1) -> Any:
    """The sum of conj(x) * y along one axis, the others broadcast."""
    a, b = _loop_operands(np.vecdot, x, y, (1, 1))
    i, j = normal_axis("vecdot", axis, a.type.ndim), normal_axis("vecdot", axis, b.type.ndim)
    _require_inner("vecdot", a, i, b, j)
    return wrap(logical(_rows_dot, conj(moved_last(a, i)), moved_last(b, j)))


def _rows_dot(x: Operand, y: Operand) -> Operand:
    shape = broadcast_shapes("vecdot", [x.type.shape, y.type.shape])
    letters = string.ascii_lowercase[: len(shape)]
    result: Operand = o.einsum(
        broadcast(x, shape), broadcast(y, shape), lhs=letters, rhs=letters, out=letters[:-1]
    )
    return result


def matvec(x: Any, y: Any) -> Any:
    """Matrices times vectors, the leading axes broadcast."""
    a, b = _loop_operands(np.matvec, x, y, (2, 1))
    _require_inner("matvec", a, -1, b, -1)
    return wrap(logical(lambda m, v: _drop(_product(m, reshaped(v, (*v.type.shape, 1))), -1), a, b))


def vecmat(x: Any, y: Any) -> Any:
    """Conjugated vectors times matrices, the leading axes broadcast."""
    a, b = _loop_operands(np.vecmat, x, y, (1, 2))
    _require_inner("vecmat", a, -1, b, -2)
    row = conj(reshaped(a, (*a.type.shape[:-1], 1, a.type.shape[-1])))
    return wrap(logical(lambda v, m: _drop(_product(v, m), -2), row, b))


def _drop(x: Operand, axis: int) -> Operand:
    axis %= x.type.ndim
    return reshaped(x, x.type.shape[:axis] + x.type.shape[axis + 1 :])


# ---- dot and its kin -----------------------------------------------------------------------------


def contracted(x: Operand, axes_x: list[int], y: Operand, axes_y: list[int]) -> Operand:
    """The sum of products over pairs of axes: the other axes of `x`, then those of `y`."""
    letters = iter(string.ascii_letters)
    lhs = [next(letters) for _ in range(x.type.ndim)]
    rhs = [
        lhs[axes_x[axes_y.index(j)]] if j in axes_y else next(letters) for j in range(y.type.ndim)
    ]
    out = [c for c in lhs + rhs if (c in lhs) != (c in rhs)]
    result: Operand = o.einsum(x, y, lhs="".join(lhs), rhs="".join(rhs), out="".join(out))
    return result


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """numpy's dot: last axis of `a` with last but one of `b`, or a product with a number."""
    result = wrap(logical(_dot, *arrays(a, b)))
    require_equal("dot", result, out)
    return into("dot", result, out)


def require_equal(name: str, result: Any, out: Any) -> None:
    """Raise unless `out=` has the result's dtype and shape: the BLAS behind numpy converts none."""
    if out is not None and (out.dtype, out.shape) != (result.dtype, result.shape):
        raise ArgumentError(
            f"np.{name}: output array is not acceptable: it is {out.dtype} of shape {out.shape}, "
            f"and the result {result.dtype} of shape {result.shape}",
            hint="give out= the dtype and shape of the result",
        )


def _dot(x: Operand, y: Operand) -> Operand:
    if not (x.type.ndim and y.type.ndim):
        return _multiply(x, y)
    j = max(y.type.ndim - 2, 0)
    _require_inner("dot", x, -1, y, j)
    if y.type.ndim <= 2:
        return _product(x, y)
    return contracted(x, [x.type.ndim - 1], y, [j])


def _multiply(x: Operand, y: Operand) -> Operand:
    shape = broadcast_shapes("multiply", [x.type.shape, y.type.shape])
    result: Operand = o.multiply(broadcast(x, shape), broadcast(y, shape))
    return result


def inner(a: Any, b: Any, /) -> Any:
    """The sum over the last axes of both."""
    return wrap(logical(_inner, *arrays(a, b)))


def _inner(x: Operand, y: Operand) -> Operand:
    if not (x.type.ndim and y.type.ndim):
        return _multiply(x, y)
    _require_inner("inner", x, -1, y, -1)
    if x.type.ndim == y.type.ndim == 1:
        return _product(x, y)
    return contracted(x, [x.type.ndim - 1], y, [y.type.ndim - 1])


def outer(a: Any, b: Any, out: Any = None) -> Any:
    """The products of all pairs of elements."""
    return into("outer", wrap(logical(_outer, *arrays(a, b))), out)


def _outer(x: Operand, y: Operand) -> Operand:
    return _multiply(reshaped(x, (x.type.size, 1)), reshaped(y, (1, y.type.size)))


def vdot(a: Any, b: Any, /) -> Any:
    """The sum of conj(a) * b over all elements, taken in C order."""
    x, y = (raveled(x) for x in arrays(a, b))
    _require_inner("vdot", x, -1, y, -1)
    return wrap(logical(_product, conj(x), y))


def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: blocks of `b` scaled by the elements of `a`."""
    return wrap(logical(_kron, *arrays(a, b)))


def _kron(x: Operand, y: Operand) -> Operand:
    ndim = max(x.type.ndim, y.type.ndim)
    first = (1,) * (ndim - x.type.ndim) + x.type.shape
    second = (1,) * (ndim - y.type.ndim) + y.type.shape
    spread_x = tuple(d for size in first for d in (size, 1))
    spread_y = tuple(d for size in second for d in (1, size))
    product = _multiply(reshaped(x, spread_x), reshaped(y, spread_y))
    return reshaped(product, tuple(m * n for m, n in zip(first, second, strict=True)))


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum over pairs of axes (a number: the last of `a`, the first of `b`); always an array."""
    x, y = arrays(a, b)
    pairs = _axis_pairs(axes, x, y)
    return wrap(logical(lambda u, v: contracted(u, pairs[0], v, pairs[1]), x, y), "array")


def _axis_pairs(axes: Any, x: Operand, y: Operand) -> tuple[list[int], list[int]]:
    if np.ndim(axes) == 0 and not isinstance(axes, list | tuple):
        count = integer("axes=", axes)
        axes = (list(range(x.type.ndim - count, x.type.ndim)), list(range(count)))
    first, second = ([a] if np.ndim(a) == 0 else list(a) for a in axes)
    if len(first) != len(second):
        raise ShapeError(
            f"tensordot: {len(first)} axes of the first are paired with {len(second)} of the second"
        )
    first = [one_axis("tensordot", i, x.type.ndim) for i in first]
    second = [one_axis("tensordot", j, y.type.ndim) for j in second]
    if len(set(first)) != len(first) or len(set(second)) != len(second):
        raise ShapeError("tensordot: an axis stands twice in axes=")
    for i, j in zip(first, second, strict=True):
        if x.type.shape[i] != y.type.shape[j]:
            raise ShapeError(
                f"tensordot: paired sizes differ: {_named(x, 'a', i)} and {_named(y, 'b', j)}",
                hint="axes=(axes of the first, axes of the second) pairs them by position",
            )
    return first, second


# ---- cross ---------------------------------------------------------------------------------------


def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """The vector product of arrays of 3-vectors (or, as numpy still allows, 2-vectors)."""
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = arrays(a, b)
    x = moved_last(x, normal_axis("cross", axisa, x.type.ndim))
    y = moved_last(y, normal_axis("cross", axisb, y.type.ndim))
    sizes: tuple[int | Dim, int | Dim] = (x.type.shape[-1], y.type.shape[-1])
    if not all(isinstance(n, int) and n in (2, 3) for n in sizes):
        raise ShapeError(
            f"cross: vectors of 2 or 3 numbers are due, not of {sizes[0]} and {sizes[1]}"
        )
    if sizes == (2, 2):
        return wrap(_plane(x, y), "array")
    result = _space(x, y)
    return wrap(moved_from_last(result, normal_axis("cross", axisc, result.type.ndim)))


def _part(x: Operand, i: int) -> Operand:
    """Component `i` of vectors along the last axis; zero when a 2-vector lacks it."""
    shape = x.type.shape
    if i >= int(shape[-1]):
        return literal(0, x.type.with_shape(shape[:-1]))
    start, step = (0,) * (len(shape) - 1) + (i,), (1,) * len(shape)
    return reshaped(o.slice(x, start=start, stop=(*shape[:-1], i + 1), step=step), shape[:-1])


def _difference(x: Operand, y: Operand, i: int, j: int) -> Operand:
    result: Operand = o.subtract(
        _multiply(_part(x, i), _part(y, j)), _multiply(_part(x, j), _part(y, i))
    )
    return result


def _plane(x: Operand, y: Operand) -> Operand:
    return _difference(x, y, 0, 1)


def _space(x: Operand, y: Operand) -> Operand:
    parts = [_difference(x, y, i, j) for i, j in ((1, 2), (2, 0), (0, 1))]
    columns = [reshaped(p, (*p.type.shape, 1)) for p in parts]
    result: Operand = o.concatenate(*columns, axis=columns[0].type.ndim - 1)
    return result


def linalg_outer(x1: Any, x2: Any, /) -> Any:
    """The products of all pairs of elements of two vectors."""
    for x in (lift(x1), lift(x2)):
        if x.ndim != 1:
            raise ShapeError(f"linalg.outer: vectors are due, not an array of {x.ndim} axes")
    return outer(x1, x2)


def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The vector product of arrays of 3-vectors."""
    for x in (lift(x1), lift(x2)):
        if x.shape[axis] != 3:
            raise ShapeError(f"linalg.cross: vectors of 3 numbers are due, not of {x.shape[axis]}")
    return cross(x1, x2, axis=axis)


def linalg_matmul(x1: Any, x2: Any, /) -> Any:
    """`x1 @ x2`."""
    return matmul(x1, x2)


def linalg_vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The sum of conj(x1) * x2 along one axis."""
    return vecdot(x1, x2, axis=axis)


def linalg_tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """The sum over pairs of axes."""
    return tensordot(x1, x2, axes)


TABLE: Final[Table] = {
    np.dot: dot,
    np.inner: inner,
    np.outer: outer,
    np.vdot: vdot,
    np.kron: kron,
    np.tensordot: tensordot,
    np.cross: cross,
    np.linalg.outer: linalg_outer,
    np.linalg.cross: linalg_cross,
    np.linalg.matmul: linalg_matmul,
    np.linalg.vecdot: linalg_vecdot,
    np.linalg.tensordot: linalg_tensordot,
}
