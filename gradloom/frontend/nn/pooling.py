"""Pooling: each window's largest element, mean or norm.

x is [batch, channels, *spatial], the batch may be missing. Options are torch's: windows step by
their own size unless `stride` says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

import numpy as np

from gradloom.frontend.custom import custom_jvp
from gradloom.frontend.nn.losses import at_least
from gradloom.frontend.nn.operands import (
    Array,
    array,
    fixed,
    floating,
    integers,
    named,
    padded,
    per_axis,
    require_shape,
    taken,
    wide,
)  # fmt: skip
from gradloom.frontend.nn.windows import TAPS, flat, folded, places_of, require_axes, tapped, under
from gradloom.frontend.tracer import is_tracer
from gradloom.ir.errors import ArgumentError, IndexOutOfRange, NotSupported, ShapeError
from gradloom.ir.location import user_location


class Windows(NamedTuple):
    """Per axis: the window's size, step, padding and spacing, the array's size and the result's."""

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
            for out, k, s, d in zip(self.outs, self.kernel, self.stride, self.dilation, strict=True)
        ]


def windows_of(
    what: str, x: Array, axes: int, kernel: Any, stride: Any, pad: Any, dilation: Any,
    ceil_mode: bool,
) -> Windows:  # fmt: skip
    """The windows that options mean, checked."""
    require_axes(what, x, axes)
    kernels = per_axis(f"{what}: kernel", kernel, axes)
    none = stride is None or (isinstance(stride, list | tuple) and not stride)
    steps = kernels if none else per_axis(f"{what}: stride", stride, axes)
    zeros = per_axis(f"{what}: pad", pad, axes, 0)
    spread = per_axis(f"{what}: dilation", dilation, axes)
    if any(z > k // 2 for z, k in zip(zeros, kernels, strict=True)):
        raise ArgumentError(
            f"{what}: padding {zeros} is more than half of the kernel {kernels}",
            location=user_location(),
        )
    sizes = _known(what, x, axes)
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
    return Windows(kernels, steps, zeros, spread, sizes, tuple(outs))


def _known(what: str, x: Array, axes: int) -> tuple[int, ...]:
    sizes = tuple(x.shape[-axes:])
    if any(map(named, sizes)):
        raise NotSupported(
            f"{what}: windows over axes whose sizes have only names: {sizes}",
            location=user_location(), hint="give these sizes as numbers in the spec",
        )  # fmt: skip
    return sizes


def largest(
    what: str, x: Array, axes: int, places: list[np.ndarray], edges: list[tuple[int, int]],
    return_indices: bool,
) -> Array | tuple[Array, Array]:  # fmt: skip
    """Each window's largest element, and perhaps the place in the plane of the first of them."""

    def values(x: Array) -> Array:
        return folded(padded(x, edges, _least(x)), places, np.maximum)

    def slope(primals: Any, tangents: Any) -> Any:
        at = first_largest(fixed(primals[0]), places, edges)
        return picked(primals[0], at, axes), picked(tangents[0], at, axes)

    if return_indices:
        at = first_largest(fixed(x), places, edges)
        return picked(x, at, axes), at
    if not is_tracer(x) or x.dtype.kind in "iub":
        return values(x)
    values.__name__, slope.__name__ = what, f"slope_of_{what}"  # as graphs call them
    function = custom_jvp(values)
    function.defjvp(slope)
    return function(x)


def _least(x: Array) -> Any:
    return -np.inf if x.dtype.kind not in "iu" else np.iinfo(x.dtype).min


def picked(x: Array, at: Array, axes: int) -> Array:
    """The elements at these places in the plane of the last axes."""
    plane = x.reshape((*x.shape[:-axes], prod(x.shape[-axes:])))
    return np.take_along_axis(plane, flat(at, axes), -1).reshape(at.shape)


def first_largest(x: Array, places: list[np.ndarray], edges: list[tuple[int, int]]) -> Array:
    """Where in the plane each window's first largest element is; the first NaN where there is one,
    as numpy has it.
    """
    table = _plane(x.shape[-len(places) :], places, edges)
    under_all = padded(x, edges, _least(x))
    if table.shape[1] > TAPS:
        at = np.argmax(flat(under(under_all, places), len(places)), axis=-1)
    else:
        at = _before(tapped(under_all, places), folded(under_all, places, np.maximum))
    begins = np.arange(len(table)) * table.shape[1]
    return taken(table.reshape(-1), flat(at, len(places)) + begins).reshape(at.shape)


def _before(taps: list[Array], most: Array) -> Array:
    """How many elements of each window come before its first largest one."""
    count: Any = np.zeros_like(most, np.int8)
    lost: Any = None if most.dtype.kind in "iub" else np.isnan(most)
    none: Any = None  # no element so far is the largest
    for tap in taps[:-1]:
        less = tap < most
        less = less if lost is None else less | (lost & (tap == tap))
        none = less if none is None else none & less
        count = count + none.astype(np.int8)
    return count.astype(np.int64)


def _plane(sizes: Any, places: list[np.ndarray], edges: list[tuple[int, int]]) -> np.ndarray:
    """The place in the unpadded plane of each element under each window, [windows, elements]. One
    that is padding, which is picked where nothing is larger, stands for the window's first element.
    """
    axes = len(places)
    plane = np.zeros((1,) * (2 * axes), np.int64)
    inside = np.ones((1,) * (2 * axes), bool)
    for i, (place, (before, _)) in enumerate(zip(places, edges, strict=True)):
        shape = [1] * (2 * axes)
        shape[i], shape[axes + i] = place.shape
        along = (place - before).reshape(shape)
        plane = plane * sizes[i] + along
        inside = inside & (along >= 0) & (along < sizes[i])
    windows = prod([len(p) for p in places])
    table, inside = plane.reshape(windows, -1), inside.reshape(windows, -1)
    first = np.take_along_axis(table, inside.argmax(1)[:, None], 1)
    return np.where(inside, table, first)


def _max_pool(axes: int) -> Callable[..., Any]:
    what = f"max_pool{axes}d"

    def function(
        x: Any, k: Any, stride: Any = None, pad: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False, return_indices: bool = False,
    ) -> Any:  # fmt: skip
        x = array(x)
        found = windows_of(what, x, axes, k, stride, pad, dilation, ceil_mode)
        return largest(what, x, axes, found.places(), found.edges(), return_indices)

    return _titled(
        function, what,
        "Each window's largest element; of equal ones the first has the gradient.",
    )  # fmt: skip


def _titled(function: Callable[..., Any], what: str, text: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = what
    function.__doc__ = text
    return function


def _avg_pool(axes: int) -> Callable[..., Array]:
    what = f"avg_pool{axes}d"

    def function(
        x: Any, k: Any, stride: Any = None, pad: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> Array:  # fmt: skip
        x = floating(what, x)
        found = windows_of(what, x, axes, k, stride, pad, 1, ceil_mode)
        if divisor_override == 0:
            raise ArgumentError(f"{what}: divisor_override is 0", location=user_location())
        counts: Any = counts_of(found, count_include_pad)
        by = counts if divisor_override is None else divisor_override
        total = folded(padded(wide(x), found.edges(), 0), found.places(), np.add)
        return (total / (by if isinstance(by, int) else by.astype(total.dtype))).astype(x.dtype)

    return _titled(function, what, "Each window's mean.")


def counts_of(found: Windows, include_pad: bool) -> Any:
    """How many elements each window's mean is of: one number where it is the same for all."""
    made: Any = np.ones((), np.int64)
    for k, s, p, _, n, out in zip(*found, strict=True):
        begin = np.arange(out) * s - p
        end = np.minimum(begin + k, n + p)
        if not include_pad:
            begin, end = np.maximum(begin, 0), np.minimum(end, n)
        made = np.multiply.outer(made, end - begin)
    return int(made.flat[0]) if (made == made.flat[0]).all() else made


def _lp_pool(axes: int) -> Callable[..., Array]:
    what = f"lp_pool{axes}d"

    def function(x: Any, p: float, k: Any, stride: Any = None, ceil_mode: bool = False) -> Array:
        x = floating(what, x)
        found = windows_of(what, x, axes, k, stride, 0, 1, ceil_mode)
        total = folded(padded(wide(x) ** p, found.edges(), 0), found.places(), np.add)
        # As torch: a mean times the whole window, also where the window is cut at the edge.
        counts = counts_of(found, True)
        share = counts / prod(found.kernel)
        total = total / (share if isinstance(counts, int) else share.astype(total.dtype))
        made = (np.sign(total) * at_least(np.abs(total), 0)) ** (1 / p)
        return made.astype(x.dtype)

    return _titled(function, what, "Each window's p-norm.")


max_pool1d, max_pool2d, max_pool3d = map(_max_pool, (1, 2, 3))
avg_pool1d, avg_pool2d, avg_pool3d = map(_avg_pool, (1, 2, 3))
lp_pool1d, lp_pool2d, lp_pool3d = map(_lp_pool, (1, 2, 3))


# ---- so many windows -----------------------------------------------------------------------------


def _outs(what: str, x: Array, axes: int, output_size: Any) -> tuple[int, ...]:
    require_axes(what, x, axes)
    sizes = _known(what, x, axes)
    given = (output_size,) * axes if isinstance(output_size, int) else tuple(output_size)
    given = given * axes if len(given) == 1 else given
    if len(given) != axes or any(n is not None and n < 1 for n in given):
        raise ArgumentError(
            f"{what}: output_size {output_size} is not {axes} numbers of at least 1",
            location=user_location(),
        )
    return tuple([n if g is None else int(g) for g, n in zip(given, sizes, strict=True)])


def _spans(size: int, out: int) -> list[tuple[int, int]]:
    return [(i * size // out, -(-((i + 1) * size) // out)) for i in range(out)]


def _adaptive_avg(axes: int) -> Callable[..., Array]:
    what = f"adaptive_avg_pool{axes}d"

    def function(x: Any, output_size: Any) -> Array:
        x = floating(what, x)
        for i, out in enumerate(_outs(what, x, axes, output_size)):
            axis = x.ndim - axes + i
            size = x.shape[axis]
            shares = np.zeros((size, out), x.dtype)
            for j, (begin, end) in enumerate(_spans(size, out)):
                shares[begin:end, j] = 1 / (end - begin)
            x = np.moveaxis(np.matmul(np.moveaxis(x, axis, -1), shares), -1, axis)
        return x

    return _titled(function, what, "So many means, of windows that share the elements evenly.")


def _adaptive_max(axes: int) -> Callable[..., Any]:
    what = f"adaptive_max_pool{axes}d"

    def function(x: Any, output_size: Any, return_indices: bool = False) -> Any:
        x = array(x)
        outs = _outs(what, x, axes, output_size)
        places = []
        for size, out in zip(x.shape[-axes:], outs, strict=True):
            spans = _spans(size, out)
            most = max(end - begin for begin, end in spans)
            # A short window has its last element several times; the first largest stays the same.
            places.append(np.array([[min(b + j, e - 1) for j in range(most)] for b, e in spans]))
        return largest(what, x, axes, places, [(0, 0)] * axes, return_indices)

    return _titled(function, what, "So many largest elements.")


adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = map(_adaptive_avg, (1, 2, 3))
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = map(_adaptive_max, (1, 2, 3))


def _sized(
    what: str, given: Any, usual: tuple[Any, ...], steps: tuple[int, ...]
) -> tuple[Any, ...]:
    """Sizes that were asked for: those that a pool of these strides gives the same places of."""
    outs = tuple(given)[-len(usual) :]
    near = [
        named(due) or abs(n - due) < step for n, due, step in zip(outs, usual, steps, strict=False)
    ]
    if len(outs) != len(usual) or not all(near):
        raise ArgumentError(
            f"{what}: output_size is {outs}, and the pool is of {usual}", location=user_location(),
            hint="sizes differ from these by less than the stride",
        )  # fmt: skip
    return outs


def _in_places(what: str, at: Array, count: Any) -> Array:
    """The places; none is counted from the end, as torch's are not."""
    if is_tracer(at):
        return np.where(at < 0, count, at)  # which is out of range wherever this runs
    wrong = at[(at < 0) | (at >= count)]
    if wrong.size:
        raise IndexOutOfRange(
            f"{what}: index {int(wrong.flat[0])} of {count} places", location=user_location(),
            hint="give the indices of a pool with return_indices=True",
        )  # fmt: skip
    return at


def _max_unpool(axes: int) -> Callable[..., Array]:
    what = f"max_unpool{axes}d"

    def function(
        x: Any, indices: Any, k: Any, stride: Any = None, pad: Any = 0, output_size: Any = None
    ) -> Array:
        x, at = array(x), integers(what, indices, "indices")
        require_axes(what, x, axes)
        require_shape(what, "indices", at, x.shape)
        kernels = per_axis(what, k, axes)
        steps = kernels if stride is None else per_axis(what, stride, axes)
        zeros = per_axis(what, pad, axes, 0)
        lead = tuple(x.shape[:-axes])
        outs = tuple([
            (n - 1) * s - 2 * p + kernel
            for n, s, p, kernel in zip(x.shape[-axes:], steps, zeros, kernels, strict=True)
        ])  # fmt: skip
        outs = outs if output_size is None else _sized(what, output_size, outs, steps)
        at = _in_places(what, at, prod(outs))
        rows = prod(lead)
        made: Array = np.zeros_like(x, shape=(rows, prod(outs)))
        made[np.arange(rows)[:, None], at.reshape(rows, -1)] = x.reshape(rows, -1)
        return made.reshape((*lead, *outs))

    return _titled(function, what, "What was largest back in its place, zeros elsewhere.")


max_unpool1d, max_unpool2d, max_unpool3d = map(_max_unpool, (1, 2, 3))
