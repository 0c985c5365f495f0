"""Pooling: each window's largest element, mean or norm."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, Final, NamedTuple

import numpy as np

from gradloom.eager.calls import Array, one, several
from gradloom.eager.dtypes import INT64
from gradloom.eager.elementwise import maximum_of
from gradloom.eager.nn.functional.windows import (
    flat,
    padded,
    per_axis,
    places_of,
    require_axes,
    under,
)
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.frontend.numpy.lift import lift
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location


class _Windows(NamedTuple):
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    sizes: tuple[int, ...]
    outs: tuple[int, ...]

    def edges(self) -> list[tuple[int, int]]:
        """Elements before and after each axis, so that the last window is inside."""
        made = []
        for k, s, p, d, n, out in zip(*self, strict=True):
            last = (out - 1) * s + d * (k - 1) + 1
            made.append((p, max(last - n - p, 0)))
        return made

    def places(self) -> list[np.ndarray]:
        """Where each window's elements are along each padded axis."""
        return [
            places_of(out, k, s, d)
            for out, k, s, d in zip(
                self.outs, self.kernel, self.stride, self.dilation, strict=True)
        ]  # fmt: skip


def _windows(
    what: str, x: Tensor, axes: int, kernel: Any, stride: Any, padding: Any, dilation: Any,
    ceil_mode: bool,
) -> _Windows:  # fmt: skip
    require_axes(what, x, axes)
    kernels = per_axis(f"{what}: kernel_size", kernel, axes)
    none = stride is None or (isinstance(stride, list | tuple) and not stride)
    steps = kernels if none else per_axis(f"{what}: stride", stride, axes)
    zeros = per_axis(f"{what}: padding", padding, axes, 0)
    spread = per_axis(f"{what}: dilation", dilation, axes)
    if any(z > k // 2 for z, k in zip(zeros, kernels, strict=True)):
        raise ArgumentError(
            f"{what}: padding {zeros} is more than half of the kernel {kernels}",
            location=user_location(),
        )
    sizes = tuple(x.shape[-axes:])
    outs = []
    for n, k, s, p, d in zip(sizes, kernels, steps, zeros, spread, strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        out = (-(-room // s) if ceil_mode else room // s) + 1
        if ceil_mode and (out - 1) * s >= n + p:  # a window begins inside
            out -= 1
        if room < 0 or out < 1:
            raise ShapeError(
                f"{what}: windows of {kernels} do not fit into {sizes}", location=user_location()
            )
        outs.append(out)
    return _Windows(kernels, steps, zeros, spread, sizes, tuple(outs))


def _largest(
    what: str, x: Tensor, axes: int, places: list[np.ndarray], edges: list[tuple[int, int]],
    return_indices: bool,
) -> Any:  # fmt: skip
    """Each window's first largest element, and its place in the plane."""
    sizes = tuple(x.shape[-axes:])
    kind = x._value.type.dtype
    low: Any = -np.inf if kind.kind not in "iu" else np.iinfo(kind).min
    own = [p - low_edge for p, (low_edge, _) in zip(places, edges, strict=True)]
    plane = np.zeros((1,) * (2 * axes), np.int64)
    for i, place in enumerate(own):
        shape = [1] * (2 * axes)
        shape[i], shape[axes + i] = place.shape
        plane = plane * sizes[i] + place.reshape(shape)
    kernels = prod([p.shape[1] for p in places])
    rows_before = np.arange(prod([len(p) for p in places])) * kernels
    plane = plane.reshape(-1)

    def function(a: Array) -> tuple[Array, ...]:
        rows = flat(under(padded(a, edges, low), places), axes)
        at = np.argmax(rows, axis=-1)
        values = np.take_along_axis(rows, at[..., None], -1)[..., 0]
        if not return_indices:
            return (values,)
        picked = lift(plane)[flat(at, axes) + rows_before].reshape(at.shape)
        return values, picked.astype(INT64)

    made = several(what, function, [x])
    return made if return_indices else made[0]


def _max_pool(axes: int) -> Callable[..., Any]:
    what = f"max_pool{axes}d"

    def function(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False, return_indices: bool = False,
    ) -> Any:  # fmt: skip
        found = _windows(what, input, axes, kernel_size, stride, padding, dilation, ceil_mode)
        return _largest(what, input, axes, found.places(), found.edges(), return_indices)

    return _named(function, what, "Each window's largest element.")


def _named(function: Callable[..., Any], what: str, text: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = what
    function.__doc__ = text
    return function


def _avg_pool(axes: int) -> Callable[..., Tensor]:
    what = f"avg_pool{axes}d"

    def function(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
        ceil_mode: bool = False, count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Tensor:  # fmt: skip
        found = _windows(what, input, axes, kernel_size, stride, padding, 1, ceil_mode)
        if divisor_override == 0:
            raise ArgumentError(f"{what}: divisor_override is 0", location=user_location())
        counts: Any = _counts(found, count_include_pad)
        divisor = counts if divisor_override is None else divisor_override

        def averaged(a: Array) -> Array:
            rows = flat(under(padded(a, found.edges(), 0), found.places()), axes)
            by = divisor if isinstance(divisor, int) else divisor.astype(a.dtype)
            return np.sum(rows, axis=-1) / by

        return one(what, averaged, [input])

    return _named(function, what, "Each window's mean.")


def _counts(found: _Windows, include_pad: bool) -> Any:
    """How many elements each window's mean is of."""
    made: Any = np.ones((), np.int64)
    for k, s, p, _, n, out in zip(*found, strict=True):
        begin = np.arange(out) * s - p
        end = np.minimum(begin + k, n + p)
        if not include_pad:
            begin, end = np.maximum(begin, 0), np.minimum(end, n)
        made = np.multiply.outer(made, end - begin)
    return int(made.flat[0]) if (made == made.flat[0]).all() else made


def _shares(found: _Windows, dtype: np.dtype) -> Any:
    counts = _counts(found, True)
    full = prod(found.kernel)
    return counts / full if isinstance(counts, int) else (counts / full).astype(dtype)


def _lp_pool(axes: int) -> Callable[..., Tensor]:
    what = f"lp_pool{axes}d"

    def function(
        input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None,
        ceil_mode: bool = False,
    ) -> Tensor:  # fmt: skip
        found = _windows(what, input, axes, kernel_size, stride, 0, 1, ceil_mode)

        def normed(a: Array) -> Array:
            power = a**norm_type
            rows = flat(under(padded(power, found.edges(), 0), found.places()), axes)
            # As torch: a mean times the whole window, also where the window is cut at the edge.
            total = np.sum(rows, axis=-1) / _shares(found, a.dtype)
            return (np.sign(total) * maximum_of(np.abs(total), 0)) ** (1 / norm_type)

        return one(what, normed, [input])

    return _named(function, what, "Each window's p-norm.")


# ---- so many windows -----------------------------------------------------------------------------


def _outs(what: str, x: Tensor, axes: int, output_size: Any) -> tuple[int, ...]:
    require_axes(what, x, axes)
    given = (output_size,) * axes if isinstance(output_size, int) else tuple(output_size)
    given = given * axes if len(given) == 1 else given
    if len(given) != axes:
        raise ArgumentError(f"{what}: output_size {output_size}", location=user_location())
    return tuple([n if g is None else int(g) for g, n in zip(given, x.shape[-axes:], strict=True)])


def _spans(size: int, out: int) -> list[tuple[int, int]]:
    return [(i * size // out, -(-((i + 1) * size) // out)) for i in range(out)]


def _adaptive_avg(axes: int) -> Callable[..., Tensor]:
    what = f"adaptive_avg_pool{axes}d"

    def function(input: Tensor, output_size: Any) -> Tensor:
        outs = _outs(what, input, axes, output_size)

        def averaged(a: Array) -> Array:
            for i, out in enumerate(outs):
                size = a.shape[a.ndim - axes + i]
                shares = np.zeros((size, out), a.dtype)
                for j, (begin, end) in enumerate(_spans(size, out)):
                    shares[begin:end, j] = 1 / (end - begin)
                axis = a.ndim - axes + i
                a = np.moveaxis(np.matmul(np.moveaxis(a, axis, -1), shares), -1, axis)
            return a

        return one(what, averaged, [input])

    return _named(function, what, "So many means, of windows that share the elements evenly.")


def _adaptive_max(axes: int) -> Callable[..., Any]:
    what = f"adaptive_max_pool{axes}d"

    def function(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        outs = _outs(what, input, axes, output_size)
        places = []
        for size, out in zip(input.shape[-axes:], outs, strict=True):
            spans = _spans(size, out)
            most = max(end - begin for begin, end in spans)
            # A short window has its last element several times; the first largest stays the same.
            places.append(np.array([[min(b + j, e - 1) for j in range(most)] for b, e in spans]))
        return _largest(what, input, axes, places, [(0, 0)] * axes, return_indices)

    return _named(function, what, "So many largest elements.")


def _max_unpool(axes: int) -> Callable[..., Tensor]:
    what = f"max_unpool{axes}d"

    def function(
        input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
        output_size: Any = None,
    ) -> Tensor:  # fmt: skip
        require_axes(what, input, axes)
        kernels = per_axis(what, kernel_size, axes)
        steps = kernels if stride is None else per_axis(what, stride, axes)
        zeros = per_axis(what, padding, axes, 0)
        lead = tuple(input.shape[:-axes])
        outs = tuple([
            (n - 1) * s - 2 * p + k
            for n, s, p, k in zip(input.shape[-axes:], steps, zeros, kernels, strict=True)
        ])  # fmt: skip
        outs = outs if output_size is None else tuple(output_size)[-axes:]

        def spread(a: Array, i: Array) -> Array:
            rows, count = prod(lead), prod(outs)
            made = np.zeros_like(a, shape=(rows, count))
            at = i.reshape(rows, -1)
            made[np.arange(rows)[:, None], at] = a.reshape(rows, -1)
            return made.reshape((*lead, *outs))

        return one(what, spread, [input, indices])

    return _named(function, what, "What was largest back in its place, zeros elsewhere.")


POOLING: Final[dict[str, Callable[..., Any]]] = {
    **{f"max_pool{n}d": remembered(_max_pool(n)) for n in (1, 2, 3)},
    **{f"avg_pool{n}d": remembered(_avg_pool(n)) for n in (1, 2, 3)},
    **{f"lp_pool{n}d": remembered(_lp_pool(n)) for n in (1, 2, 3)},
    **{f"adaptive_avg_pool{n}d": remembered(_adaptive_avg(n)) for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": remembered(_adaptive_max(n)) for n in (1, 2, 3)},
    **{f"max_unpool{n}d": remembered(_max_unpool(n)) for n in (1, 2, 3)},
}  # fmt: skip
"""By torch's name."""
