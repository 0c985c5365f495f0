"""scipy.integrate's rules for samples, on traced values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array, scalar_if_rank_0, value_at_hand
from gradloom.frontend.tracer import is_tracer, refuse
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.ops.rules import normal_axis

_SAME: Final = "If given, shape of x must be 1-D or the same as y"

# ---- samples and their spacings ------------------------------------------------------------------


def _moved(name: str, y: Any, axis: int) -> tuple[Array, int]:
    """The samples with the axis of integration last, and which axis that was."""
    a = as_array(y)
    where = normal_axis(name, axis, a.ndim)
    return np.moveaxis(a, where, -1), where


def _floats(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return dtype if dtype.kind in "fc" else np.dtype(np.float64)


def _steps(x: Any, y: Array, axis: int) -> Array:
    """The spacings along the last axis of `y`; x of one axis, or of y's shape before it moved."""
    a = as_array(x)
    if a.ndim == 1:
        if a.shape[0] != y.shape[-1]:
            raise ShapeError(
                f"If given, length of x along axis must be the same as y: {a.shape[0]} and "
                f"{y.shape[-1]}"
            )
        return a[1:] - a[:-1]
    if a.ndim != y.ndim:
        raise ShapeError(f"{_SAME}: {a.shape}")
    a = np.moveaxis(a, axis, -1)
    if a.shape[-1] != y.shape[-1]:
        raise ShapeError(
            f"If given, length of x along axis must be the same as y: {a.shape[-1]} and "
            f"{y.shape[-1]}"
        )
    return a[..., 1:] - a[..., :-1]


def _ratio(above: Array, below: Array) -> Array:
    """above / below, 0 where below is 0."""
    return np.where(below != 0, above / below, 0.0)


# ---- trapezoids ----------------------------------------------------------------------------------


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The sum of the trapezoids' areas, in the dtype of y."""
    a, where = _moved("trapezoid", y, axis)
    if x is None:
        parts = _areas(a, where, dx)
    else:
        given = as_array(x)
        if given.ndim != 1:
            given = np.moveaxis(np.broadcast_to(given, as_array(y).shape), where, -1)
        parts = (given[..., 1:] - given[..., :-1]) * (a[..., 1:] + a[..., :-1]) / 2.0
    return np.sum(parts, axis=-1, dtype=_floats(a.dtype))


def _areas(y: Array, where: int, dx: Any) -> Array:
    """The trapezoids' areas; an array `dx` is broadcast while the axis stands in its place."""
    sums = y[..., 1:] + y[..., :-1]
    if not np.ndim(dx):
        return dx * sums / 2.0
    return np.moveaxis(dx * np.moveaxis(sums, -1, where) / 2.0, where - y.ndim, -1)


def cumulative_trapezoid(
    y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: float | None = None
) -> Any:
    """The areas up to each sample, from the second one on, or from the first with `initial=0`."""
    a, where = _moved("cumulative_trapezoid", y, axis)
    if a.shape[-1] == 0:
        raise ShapeError("At least one point is required along `axis`.")
    if x is None:
        parts = _areas(a, where, dx)
    else:
        parts = _steps(x, a, where) * (a[..., 1:] + a[..., :-1]) / 2.0
    made = np.cumsum(parts, axis=-1)
    if initial is not None:
        if is_tracer(initial) or initial != 0:
            raise ValueError("`initial` must be `None` or `0`.")
        made = np.concatenate([np.zeros((*made.shape[:-1], 1), made.dtype), made], axis=-1)
    return np.moveaxis(made, -1, where)


# ---- parabolas -----------------------------------------------------------------------------------


def simpson(y: Any, x: Any = None, *, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral of the parabolas through three samples each; where their number is even, the
    last interval is Cartwright's (2017, equation 8).
    """
    a, where = _moved("simpson", y, axis)
    count = a.shape[-1]
    steps = None if x is None else _steps(x, a, where)
    if count % 2:
        return _parabolas(a, steps, dx)
    if count == 2:
        step = dx if steps is None else steps[..., 0]
        return 0.5 * step * (a[..., 1] + a[..., 0])
    most = _parabolas(a[..., :-1], None if steps is None else steps[..., :-1], dx)
    made = most + _last_interval(a, steps, dx)
    return made.astype(most.dtype) if made.ndim and made.dtype.kind == most.dtype.kind else made


def _last_interval(y: Array, steps: Array | None, dx: Any) -> Array:
    if steps is None:
        near = far = as_array(dx).astype(np.float64)
    else:
        far, near = steps[..., -2].astype(np.float64), steps[..., -1].astype(np.float64)
    last = _ratio(2 * near**2 + 3 * far * near, 6 * (near + far))
    middle = _ratio(near**2 + 3.0 * far * near, 6 * far)
    first = _ratio(near**3, 6 * far * (far + near))
    return last * y[..., -1] + middle * y[..., -2] - first * y[..., -3]


def _parabolas(y: Array, steps: Array | None, dx: Any) -> Array:
    left, middle, right = y[..., :-2:2], y[..., 1:-1:2], y[..., 2::2]
    if steps is None:
        total = np.sum(left + 4.0 * middle + right, axis=-1)
        made = total * (dx / 3.0)
        return made.astype(total.dtype) if made.ndim else made
    first, second = steps[..., ::2].astype(np.float64), steps[..., 1::2].astype(np.float64)
    both, ratio = first + second, _ratio(first, second)
    parts = left * (2.0 - _ratio(1.0, ratio)) + right * (2.0 - ratio)
    parts = parts + middle * (both * _ratio(both, first * second))
    return np.sum(both / 6.0 * parts, axis=-1)


def cumulative_simpson(
    y: Any, *, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: Any = None
) -> Any:
    """The integrals up to each sample, of the parabola through it and two neighbours."""
    a, where = _moved("cumulative_simpson", y, axis)
    a = a.astype(_floats(a.dtype))
    if a.shape[-1] < 3:
        found = cumulative_trapezoid(np.moveaxis(a, -1, where), x, dx=dx, axis=axis)
        made = np.moveaxis(found, where, -1)
    elif x is not None:
        made = np.cumsum(_intervals(a, _rising(x, a, where), _uneven), axis=-1)
    else:
        step = _along(dx, a, where, "dx")
        steps = np.broadcast_to(step, (*a.shape[:-1], a.shape[-1] - 1))
        made = np.cumsum(_intervals(a, steps, _even), axis=-1)
    if initial is not None:
        start = np.broadcast_to(_along(initial, a, where, "initial"), (*a.shape[:-1], 1))
        made = np.concatenate([start, made + start], axis=-1)
    return np.moveaxis(made, -1, where)


def _rising(x: Any, y: Array, where: int) -> Array:
    given = as_array(x)
    steps = _steps(given.astype(_floats(given.dtype)), y, where)
    known = value_at_hand(steps)
    if known is not None and np.any(known <= 0):
        raise ArgumentError("Input x must be strictly increasing.")
    return np.broadcast_to(steps, (*y.shape[:-1], y.shape[-1] - 1))


def _along(value: Any, y: Array, where: int, name: str) -> Array:
    """A number, or an array with one element along the axis, which moves last."""
    a = as_array(value)
    a = a.astype(_floats(a.dtype))
    if not a.ndim:
        return a
    due = list(np.moveaxis(y, -1, where).shape)
    due[where] = 1
    if list(a.shape) != due:
        raise ShapeError(
            f"If provided, `{name}` must either be a scalar or have the same shape as `y` except "
            f"along `axis`, of size 1: {tuple(a.shape)}, not {tuple(due)}"
        )
    return np.moveaxis(a, where, -1)


def _intervals(y: Array, steps: Array, rule: Callable[[Array, Array], Array]) -> Array:
    """The integral over each interval: even ones by the parabola that goes on to the right."""
    right = rule(y, steps)
    left = rule(y[..., ::-1], steps[..., ::-1])[..., ::-1]
    count = y.shape[-1] - 1
    places = np.arange(count)
    rightward = np.concatenate([right, right[..., -1:]], axis=-1)
    leftward = np.concatenate([left[..., :1], left], axis=-1)
    return np.where((places % 2 == 0) & (places < count - 1), rightward, leftward)


def _even(y: Array, steps: Array) -> Array:
    """The integral over the first of two equal intervals."""
    return steps[..., :-1] / 3 * (1.25 * y[..., :-2] + 2 * y[..., 1:-1] - 0.25 * y[..., 2:])


def _uneven(y: Array, steps: Array) -> Array:
    """That over the first of two intervals (Cartwright 2017, equation 8)."""
    here, there = steps[..., :-1], steps[..., 1:]
    part, ratio = here / (here + there), here / there
    first, last = 3 - part, part * ratio
    return here / 6 * (first * y[..., :-2] + (3 + last + part) * y[..., 1:-1] - last * y[..., 2:])


# ---- rules of given points -----------------------------------------------------------------------


def romb(y: Any, dx: Any = 1.0, axis: int = -1, show: bool = False) -> Any:
    """Romberg's extrapolation of the trapezoidal rule over 2^k + 1 samples."""
    if show:
        raise refuse("scipy.integrate.romb", "show=True prints numbers", "leave show= out")
    a, _ = _moved("romb", y, axis)
    count = a.shape[-1] - 1
    if count < 1 or count & (count - 1):
        raise ShapeError("Number of samples must be one plus a non-negative power of 2.")
    step = count
    h = as_array(dx).astype(np.float64) * count
    row = [(a[..., 0] + a[..., -1]) / 2.0 * h]
    while step > 1:
        step //= 2
        middles = np.sum(a[..., step :: 2 * step], axis=-1)
        made = [0.5 * (row[0] + h * middles)]
        h = h / 2
        for j, coarser in enumerate(row, 1):
            made.append(made[-1] + (made[-1] - coarser) / (4**j - 1))
        row = made
    return scalar_if_rank_0(as_array(row[-1]))


def fixed_quad(
    func: Callable[..., Any], a: Any, b: Any, args: tuple[Any, ...] = (), n: int = 5
) -> tuple[Any, None]:
    """The integral by Gauss and Legendre's points, and None."""
    points, weights = np.polynomial.legendre.leggauss(n)
    if any(not is_tracer(v) and np.isinf(v) for v in (a, b)):
        raise ValueError("Gaussian quadrature is only available for finite limits.")
    found = func((b - a) * (points + 1) / 2.0 + a, *args)
    return (b - a) / 2.0 * np.sum(weights * found, axis=-1), None


TABLE: Final[Mapping[str, Callable[..., Any]]] = {
    "trapezoid": trapezoid, "cumulative_trapezoid": cumulative_trapezoid, "simpson": simpson,
    "cumulative_simpson": cumulative_simpson, "romb": romb, "fixed_quad": fixed_quad,
}  # fmt: skip
"""By scipy's name: the function that takes the same arguments."""
