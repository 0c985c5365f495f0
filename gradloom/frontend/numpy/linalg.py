"""np.linalg: systems, inverses, determinants, powers and products of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.contract import dot, matmul, require_equal, reshaped
from gradloom.frontend.numpy.lift import as_array, broadcast_shapes, cast, lift
from gradloom.frontend.numpy.ufuncs import into
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, MatrixError, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.ops.matrices import adjoint, identity
from gradloom.ir.ops.rules import broadcast, normal_axis
from gradloom.ir.types import Dim, DType, Shape, size_of

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

# ---- operands ------------------------------------------------------------------------------------


def lapack_dtype(name: str, *xs: Tracer) -> DType:
    """The dtype that numpy computes in: integers and bools count as float64."""
    given = [np.dtype(np.float64) if x.dtype.kind in "biu" else x.dtype for x in xs]
    refused = next((dtype for dtype in given if dtype.char not in "fdFD"), None)
    if refused is not None:
        raise DtypeError(
            f"np.linalg.{name} is not defined for {refused}",
            hint="convert to float32 or float64 with astype",
        )
    return np.result_type(*given)


def matrices(name: str, x: Any, square: bool = False) -> Operand:
    """`x` as a stack of matrices in a dtype of linear algebra."""
    array = as_array(x)
    if array.ndim < 2:
        raise MatrixError(
            f"np.linalg.{name}: a matrix or a stack of them is due, not {array.ndim} axes"
        )
    if square and array.shape[-1] != array.shape[-2]:
        raise MatrixError(
            f"np.linalg.{name}: a square matrix is due, "
            f"not {array.shape[-2]} rows and {array.shape[-1]} columns"
        )
    return cast(array.here(require_trace()), lapack_dtype(name, array))


# ---- systems and inverses ------------------------------------------------------------------------


def solve(a: Any, b: Any) -> Any:
    """The solution of `a x = b`, for one vector or stacks of columns."""
    left, right = as_array(a), as_array(b)
    dtype = lapack_dtype("solve", left, right)
    x = cast(matrices("solve", left, square=True), dtype)
    y = cast(right.here(require_trace()), dtype)
    if right.ndim == 0:
        raise ShapeError("np.linalg.solve: a vector or matrix is due on the right, not a number")
    vector = right.ndim == 1
    columns = reshaped(y, (*y.type.shape, 1)) if vector else y
    if x.type.shape[-1] != columns.type.shape[-2]:
        raise ShapeError(
            f"np.linalg.solve: {x.type.shape[-1]} unknowns ({x.type}) "
            f"and {columns.type.shape[-2]} rows ({y.type})",
            hint="the right side is one vector [n], or columns [..., n, k]",
        )
    lead = broadcast_shapes("np.linalg.solve", [x.type.shape[:-2], columns.type.shape[:-2]])
    found = o.solve(_stacked(x, lead), _stacked(columns, lead))
    return wrap(reshaped(found, found.type.shape[:-1]) if vector else found)


def _stacked(x: Operand, lead: Shape) -> Operand:
    return broadcast(x, (*lead, *x.type.shape[-2:]))


def inv(a: Any) -> Any:
    """The inverse."""
    return wrap(o.inv(matrices("inv", a, square=True)))


def det(a: Any) -> Any:
    """The determinant."""
    return wrap(o.det(matrices("det", a, square=True)))


_SlogdetResult: Final[Any] = type(np.linalg.slogdet(np.eye(1)))


def slogdet(a: Any) -> Any:
    """Sign and logarithm of the absolute determinant."""
    sign, logabsdet = o.slogdet(matrices("slogdet", a, square=True))
    return _SlogdetResult(wrap(sign), wrap(logabsdet))


def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """The triangular factor, of the lower triangle or the upper one."""
    x = matrices("cholesky", a, square=True)
    return wrap(adjoint(o.cholesky(adjoint(x))) if upper else o.cholesky(x))


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """The solution of `tensordot(a, x, x.ndim) = b`."""
    left, right = as_array(a), as_array(b)
    if axes is not None:
        moved = [normal_axis("tensorsolve", int(k), left.ndim) for k in axes]
        left = np.transpose(left, [i for i in range(left.ndim) if i not in moved] + moved)
    shape = left.shape[right.ndim :] if right.ndim else left.shape
    count = size_of(shape)
    if left.size != count * count:
        raise MatrixError(
            f"np.linalg.tensorsolve: {left.shape} has {left.size} elements, "
            f"which is not {count} times {count}"
        )
    return np.reshape(solve(np.reshape(left, (count, count)), np.ravel(right)), shape)


def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse with respect to `tensordot` over `ind` axes."""
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    x = as_array(a)
    rows = size_of(x.shape[ind:])
    return np.reshape(inv(np.reshape(x, (rows, -1))), x.shape[ind:] + x.shape[:ind])


# ---- powers and products -------------------------------------------------------------------------


def matrix_power(a: Any, n: Any) -> Any:
    """`a` times itself, so many times; negative powers are those of the inverse."""
    x = as_array(a)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise MatrixError(
            f"np.linalg.matrix_power: square matrices are due, not an array of shape {x.shape}"
        )
    try:
        power = n.__index__()
    except AttributeError:
        raise TypeError("exponent must be an integer") from None
    if power == 0:
        return wrap(identity(x.here(require_trace()).type))
    if power < 0:
        x, power = inv(x), -power
    return _power(x, power)


def _power(x: Any, n: int) -> Any:
    """By repeated squaring."""
    if n == 1:
        return x
    half = _power(x, n // 2)
    squared = matmul(half, half)
    return matmul(squared, x) if n % 2 else squared


def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    """The product of matrices in the cheapest order; the first and last may be vectors."""
    xs = [as_array(x) for x in arrays]
    if len(xs) < 2:
        raise ValueError("Expecting at least two arrays.")
    for i, x in enumerate(xs):
        if x.ndim != 2 and not (x.ndim == 1 and i in (0, len(xs) - 1)):
            raise MatrixError(f"np.linalg.multi_dot: operand {i} has {x.ndim} axes, and 2 are due")
    sizes = [x.shape[0] if x.ndim == 2 else 1 for x in xs[:1]]
    sizes += [x.shape[0] for x in xs[1:]] + [xs[-1].shape[1] if xs[-1].ndim == 2 else 1]
    splits = {} if any(isinstance(d, Dim) for d in sizes) else _cheapest([int(d) for d in sizes])
    result = _chain(xs, splits, 0, len(xs) - 1)
    require_equal("multi_dot", result, out)
    return into("multi_dot", result, out)


def _cheapest(sizes: list[int]) -> dict[tuple[int, int], int]:
    """Where to split each stretch [Cormen et al., "Introduction to Algorithms", 14.2]."""
    count = len(sizes) - 1
    cost = {(i, i): 0 for i in range(count)}
    splits: dict[tuple[int, int], int] = {}
    for length in range(1, count):
        for i in range(count - length):
            j = i + length
            options = [
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            ]
            cost[i, j], splits[i, j] = min(options)
    return splits


def _chain(xs: list[Tracer], splits: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return xs[i]
    k = splits.get((i, j), j - 1)
    return dot(_chain(xs, splits, i, k), _chain(xs, splits, k + 1, j))


# ---- diagonals -----------------------------------------------------------------------------------


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sum along the diagonal of the last two axes."""
    return np.trace(lift(x), offset, axis1=-2, axis2=-1, dtype=dtype)


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonal of the last two axes."""
    return np.diagonal(lift(x), offset, axis1=-2, axis2=-1)


def matrix_transpose(x: Any, /) -> Any:
    """The last two axes swapped."""
    array = as_array(x)
    if array.ndim < 2:
        raise ShapeError(f"np.linalg.matrix_transpose: at least 2 axes are due, not {array.ndim}")
    return np.swapaxes(array, -1, -2)


TABLE: Final[Table] = {
    np.linalg.solve: solve,
    np.linalg.inv: inv,
    np.linalg.det: det,
    np.linalg.slogdet: slogdet,
    np.linalg.cholesky: cholesky,
    np.linalg.tensorsolve: tensorsolve,
    np.linalg.tensorinv: tensorinv,
    np.linalg.matrix_power: matrix_power,
    np.linalg.multi_dot: multi_dot,
    np.linalg.trace: trace,
    np.linalg.diagonal: diagonal,
    np.linalg.matrix_transpose: matrix_transpose,
}
