"""np.convolve and np.correlate: the overlaps of two vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.contract import arrays, conj, logical
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.tracer import wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Operand, literal
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import INDEX, broadcast
from gradloom.ir.types import Dim, tensor_type

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    """The sums of a[i] * v[k - i]."""
    mode = _named(mode)
    x, y = _vectors("convolve", a, v)
    if _is_shorter(x, y, mode):
        x, y = y, x
    return wrap(logical(lambda p, q: _overlaps(p, q, mode), x, o.flip(y, axes=(0,))))


def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    """The sums of a[i + k] * conj(v[i])."""
    mode = _named(mode)
    for given in (lift(a), lift(v)):
        if not given.ndim:
            raise ShapeError(
                f"np.correlate: vectors are due, not a single {given.aval}",
                location=user_location(),
                hint="np.convolve takes one number for a vector of one",
            )
    x, y = _vectors("correlate", a, v)
    y = conj(y)
    if not _is_shorter(x, y, mode):
        return wrap(logical(lambda p, q: _overlaps(p, q, mode), x, y))
    result = logical(lambda p, q: _overlaps(q, p, mode), x, y)
    return wrap(o.flip(result, axes=(0,)))


def _vectors(name: str, a: Any, v: Any) -> list[Operand]:
    found = [o.reshape(x, shape=(1,)) if not x.type.ndim else x for x in arrays(a, v)]
    for x in found:
        if x.type.ndim != 1:
            raise ShapeError(f"np.{name}: vectors are due, not an array of {x.type.ndim} axes")
        if x.type.shape[0] == 0:
            raise ValueError("an input vector of convolve or correlate cannot be empty")
    return found


def _is_shorter(x: Operand, y: Operand, mode: str) -> bool:
    """Whether `y` is the longer one (in mode "full" no matter, so named sizes are not compared)."""
    n, m = x.type.shape[0], y.type.shape[0]
    if mode == "full" and (isinstance(n, Dim) or isinstance(m, Dim)):
        return isinstance(m, Dim) and not isinstance(n, Dim)
    return bool(n < m)


def _overlaps(x: Operand, y: Operand, mode: str) -> Operand:
    """The sums of x[i + k] * y[i], where `x` is no shorter than `y`."""
    n, m = x.type.shape[0], y.type.shape[0]
    low, high = _margins(m, mode)
    count = n + low + high - m + 1
    if isinstance(n, int) and isinstance(m, int):  # whose lowerings need no table of all windows
        one: tuple[int, ...] = (1,)
        made: Operand = o.conv(
            o.reshape(x, shape=(1, 1, n)),
            o.reshape(y, shape=(1, 1, m)),
            strides=one,
            padding=((low, high),),
            dilation=one,
            input_dilation=one,
        )
        return o.reshape(made, shape=(count,))  # type: ignore[no-any-return]
    padded = o.pad(
        x, literal(0, tensor_type(x.type.dtype, ())), low=(low,), high=(high,), interior=(0,)
    )
    result: Operand = o.matmul(_windows(padded, count, m), o.reshape(y, shape=(m, 1)))
    return o.reshape(result, shape=(count,))  # type: ignore[no-any-return]


_MODES: Final = ("valid", "same", "full")


def _named(mode: Any) -> str:
    """The mode by name; numpy also numbers them."""
    if (
        isinstance(mode, int | np.integer)
        and not isinstance(mode, bool)
        and 0 <= mode < len(_MODES)
    ):
        return _MODES[mode]
    if not isinstance(mode, str):
        raise TypeError(f"mode={mode!r} is none of full, same, valid")
    return mode


def _margins(m: int | Dim, mode: str) -> tuple[int | Dim, int | Dim]:
    """How many zeros stand before and after, so that a window of `m` slides over them."""
    if mode == "valid":
        return 0, 0
    if mode == "full":
        return m - 1, m - 1
    if mode == "same":
        return m // 2, m - 1 - m // 2
    raise ValueError(f"mode={mode!r} is none of full, same, valid")


def _windows(x: Operand, count: int | Dim, width: int | Dim) -> Operand:
    """Row k holds x[k : k + width]."""
    shape = (count, width)
    place = o.iota(dtype=INDEX, shape=shape, axis=0) + o.iota(dtype=INDEX, shape=shape, axis=1)
    result: Operand = o.gather(x, broadcast(place, shape), axes=(0,))
    return result


TABLE: Final[Table] = {np.convolve: convolve, np.correlate: correlate}
