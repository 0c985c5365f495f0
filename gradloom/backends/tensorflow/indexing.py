"""Reading and writing at indices, and sorting, on TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site, joined
from gradloom.backends.tensorflow.elementwise import through
from gradloom.ir import ops as o
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import tensorflow as tf


def _perm(site: Site) -> tuple[int, ...]:
    axes = site.attrs.axes
    return (*axes, *(i for i in range(site.type_of(0).ndim) if i not in axes))


def _index(site: Site, first: int) -> str:
    """The index operands from `first` on, stacked along a new last axis."""
    parts = [
        site.args[i]
        if site.type_of(i).dtype.name == "int64"
        else f"tf.cast({site.args[i]}, tf.int64)"
        for i in range(first, len(site.args))
    ]
    return f"tf.stack({joined(parts)}, -1)"


def _transposed(x: str, perm: tuple[int, ...], site: Site) -> str:
    return x if perm == tuple(range(len(perm))) else f"tf.transpose({x}, {site.write(perm)})"


def _gather(site: Site) -> str:
    """Of an empty array only nothing can be taken, at which TensorFlow stumbles."""
    if 0 in site.type_of(0).shape:
        return f"tf.zeros({site.write(site.shape)}, {site.dtype_text()})"
    return f"tf.gather_nd({_transposed(site.args[0], _perm(site), site)}, {_index(site, 1)})"


def scatter_multiply(x: tf.Tensor, index: tf.Tensor, updates: tf.Tensor) -> tf.Tensor:
    """x times the product of all updates for each place."""
    count = 1
    for size in x.shape[: index.shape[-1]]:
        count *= size
    places = tf.reshape(tf.range(count, dtype=tf.int64), x.shape[: index.shape[-1]])
    flat = tf.gather_nd(places, index)  # which looks at each axis
    factors = tf.math.unsorted_segment_prod(updates, flat, count)
    return x * tf.reshape(factors, x.shape)


_SCATTER: Final = {"set": "update", "add": "add", "max": "max", "min": "min"}


def _scatter(site: Site) -> str:
    perm, mode = _perm(site), site.attrs.mode
    if 0 in site.shape:
        return site.args[0]
    x, updates = _transposed(site.args[0], perm, site), site.args[1]
    logical = site.dtype.kind == "b" and mode != "set"
    if logical:
        x, updates = f"tf.cast({x}, tf.uint8)", f"tf.cast({updates}, tf.uint8)"
    index = _index(site, 2)
    if not site.type_of(2).ndim:  # TensorFlow wants a list of places, be it of one
        index, updates = f"tf.expand_dims({index}, 0)", f"tf.expand_dims({updates}, 0)"
    if mode == "multiply":
        made = site.call(scatter_multiply, x, index, updates)
    else:
        made = f"tf.tensor_scatter_nd_{_SCATTER[mode]}({x}, {index}, {updates})"
    made = f"tf.cast({made}, tf.bool)" if logical else made
    return _transposed(made, tuple(perm.index(i) for i in range(len(perm))), site)


def first_of(x: tf.Tensor, sizes: tuple[int, ...], *starts: tf.Tensor) -> tf.Tensor:
    """The starts of a window of these sizes, moved so that it lies inside x."""
    room = [n - size for n, size in zip(x.shape, sizes, strict=False)]
    return tf.clip_by_value(tf.stack(starts), tf.constant(0, tf.int64), tf.constant(room, tf.int64))


def dynamic_slice(x: tf.Tensor, sizes: tuple[int, ...], *starts: tf.Tensor) -> tf.Tensor:
    """The window of these sizes at `starts`, moved to lie inside x."""
    return tf.slice(x, first_of(x, sizes, *starts), sizes)


def dynamic_update_slice(x: tf.Tensor, update: tf.Tensor, *starts: tf.Tensor) -> tf.Tensor:
    """x with `update` written at `starts`, moved to lie inside."""
    first = first_of(x, update.shape, *starts)
    lines = [first[axis] + tf.range(n, dtype=tf.int64) for axis, n in enumerate(update.shape)]
    places: Any = tf.stack(tf.meshgrid(*lines, indexing="ij"), -1)
    return tf.tensor_scatter_nd_update(x, places, update)


def _dynamic_slice(site: Site) -> str:
    x, *starts = site.args
    return site.call(dynamic_slice, x, site.write(site.attrs.sizes), *starts) if starts else x


def _dynamic_update_slice(site: Site) -> str:
    return site.call(dynamic_update_slice, *site.args) if len(site.args) > 2 else site.args[1]


def last_axis(x: tf.Tensor, axis: int) -> tf.Tensor:
    """x with this axis and the last one exchanged."""
    perm = list(range(len(x.shape)))
    perm[axis], perm[-1] = perm[-1], perm[axis]
    return tf.transpose(x, perm)


def order(x: tf.Tensor) -> tf.Tensor:
    """A stable order along the last axis: by number, then numbers before NaN."""
    if not x.dtype.is_floating:
        return tf.argsort(x, -1, stable=True)
    nan = tf.math.is_nan(x)
    by_number = tf.argsort(tf.where(nan, tf.constant(float("inf"), x.dtype), x), -1, stable=True)
    is_nan = tf.gather(tf.cast(nan, tf.int32), by_number, batch_dims=len(x.shape) - 1)
    last = tf.argsort(is_nan, -1, stable=True)
    return tf.gather(by_number, last, batch_dims=len(x.shape) - 1)


def argsort(x: tf.Tensor, axis: int) -> tf.Tensor:
    """Where the elements in order stand along `axis`, NaN last."""
    return last_axis(tf.cast(order(last_axis(x, axis)), tf.int64), axis)


def sort(x: tf.Tensor, axis: int) -> tf.Tensor:
    """The elements in order along `axis`, NaN last."""
    moved = last_axis(x, axis)
    return last_axis(tf.gather(moved, order(moved), batch_dims=len(x.shape) - 1), axis)


def _sorting(function: Callable[..., Any]) -> Row:
    def row(site: Site) -> str:
        return site.call(function, site.args[0], str(site.attrs.axis))

    return row


ROWS: Final[dict[Op, Row]] = {
    o.gather: _gather,
    o.scatter: _scatter,
    o.dynamic_slice: _dynamic_slice,
    o.dynamic_update_slice: _dynamic_update_slice,
    o.sort: through(_sorting(sort), "uint8", "bool"),
    o.argsort: through(_sorting(argsort), "uint8", "bool"),
}
