"""Reading and writing by index: views of slices, gathers by tensors, masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from gradloom.eager.calls import (
    Array,
    Number,
    cast,
    common,
    constant,
    home_of,
    is_operand,
    one,
    view,
)
from gradloom.eager.dtypes import BOOL, INT64, category
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import CallError, DtypeError, IndexOutOfRange, ShapeError
from gradloom.ir.location import user_location


class Key(NamedTuple):
    """An index: its parts, with None where one of the tensors stands."""

    parts: tuple[Any, ...]
    tensors: tuple[Tensor, ...]

    def filled(self, xs: tuple[Array, ...]) -> tuple[Any, ...]:
        """The index with traced arrays in it."""
        given = iter(xs)
        return tuple([next(given) if p is _TENSOR else p for p in self.parts])


_TENSOR = object()


def read_key(x: Tensor, key: Any) -> Key:
    """The index as numpy's, its tensors aside."""
    parts: list[Any] = []
    tensors: list[Tensor] = []
    for part in key if isinstance(key, tuple) else (key,):
        if isinstance(part, bool | np.bool_):
            part = np.asarray(part)
        if isinstance(part, list | np.ndarray | range):
            part = _numbers(x, part)
        if part is None or part is Ellipsis:
            parts.append(part)
        elif isinstance(part, slice):
            parts.append(_slice(part))
        elif isinstance(part, Tensor):
            for index in _indices(x, part, len(parts)):
                parts.append(_TENSOR)
                tensors.append(index)
        elif isinstance(part, int | np.integer):
            parts.append(int(part))
        else:
            raise CallError(
                f"a tensor is not indexed by {type(part).__name__}", location=user_location(),
                hint="index by integers, slices, None, ..., and tensors of integers or bools",
            )  # fmt: skip
    return Key(tuple(parts), tuple(tensors))


def _numbers(x: Tensor, part: Any) -> Tensor:
    if isinstance(part, list) and any(isinstance(i, Tensor) for i in part):
        part = [int(i) if isinstance(i, Tensor) else i for i in part]
    array = np.asarray(part)
    if not array.size:
        array = array.astype(np.int64)
    return Tensor(x._home, x._home.put(array.copy()))


def _slice(part: slice) -> slice:
    def bound(i: Any) -> int | None:
        return None if i is None else int(i)

    if part.step is not None and int(part.step) <= 0:
        raise ShapeError(
            f"a slice's step is {int(part.step)}, and torch has steps above 0",
            location=user_location(), hint="gt.flip turns an axis round",
        )  # fmt: skip
    return slice(bound(part.start), bound(part.stop), bound(part.step))


def _indices(x: Tensor, part: Tensor, at: int) -> list[Tensor]:
    """The tensors of integers that an index stands for; a mask is one per axis of its own."""
    kind = category(part._value.type.dtype)
    if kind > 1:
        raise DtypeError(
            f"a tensor is indexed by integers or bools, not {part.dtype}",
            location=user_location(), hint="convert the index: i.long()",
        )  # fmt: skip
    if kind == 1:
        return [part]
    mask = part.array()
    if not mask.ndim:
        raise CallError("an index that is one bool is not offered", location=user_location())
    own = tuple(x.shape)
    if at == 0 and own[: mask.ndim] != mask.shape:
        raise IndexOutOfRange(
            f"a mask of shape {mask.shape} does not fit a tensor of shape {own}",
            location=user_location(), hint="a mask has the sizes of the axes that it picks from",
        )  # fmt: skip
    home = x._home
    return [Tensor(home, home.put(np.ascontiguousarray(i))) for i in mask.nonzero()]


def _checked(x: Tensor, key: Key) -> None:
    """Raise where the sizes of a tensor do not allow an index that is at hand."""
    axis = 0
    spans = sum(p is not None and p is not Ellipsis for p in key.parts)
    if spans > x.ndim:
        raise IndexOutOfRange(
            f"too many indices: {spans} for a tensor of shape {tuple(x.shape)}",
            location=user_location(), hint="leave some out",
        )  # fmt: skip
    for part in key.parts:
        if part is Ellipsis:
            axis += x.ndim - spans
        elif part is not None:
            if isinstance(part, int) and not -x.shape[axis] <= part < x.shape[axis]:
                raise IndexOutOfRange(
                    f"index {part} is out of range: axis {axis} of {tuple(x.shape)} has "
                    f"{x.shape[axis]} elements", location=user_location(),
                )  # fmt: skip
            axis += 1


def getitem(x: Tensor, key: Any) -> Tensor:
    """`x[key]`: a view where the index has no tensors, else a copy."""
    if isinstance(key, int) and not x.ndim:
        raise IndexOutOfRange("a tensor without axes is not indexed", location=user_location())
    read = read_key(x, key)
    _checked(x, read)
    if read.tensors:
        home_of([x, *read.tensors])
        return one("getitem", lambda a, *xs: a[read.filled(xs)], [x, *read.tensors])

    def write(base: Array, part: Array) -> Array:
        made = base.copy()
        made[read.parts] = part
        return made

    return view("getitem", x, lambda base: base[read.parts], write)


def setitem(x: Tensor, key: Any, value: Any) -> None:
    """`x[key] = value`."""
    read = read_key(x, key)
    _checked(x, read)
    given = _value(x, value)
    x.require_writable("setitem")
    own = x._value.type.dtype

    def written(a: Array, v: Array, *xs: Array) -> Array:
        made = a.copy()
        made[read.filled(xs)] = cast(v, own)
        return made

    x.write(one("setitem", written, [x, given, *read.tensors])._value, "setitem")


def _value(x: Tensor, value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value
    if is_operand(value):
        return constant(x._home, value, x._value.type.dtype)
    return Tensor(x._home, x._home.put(np.array(value, x._value.type.dtype)))


def iterate(x: Tensor) -> Iterator[Tensor]:
    """The parts along the first axis."""
    if not x.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return (getitem(x, i) for i in range(x.shape[0]))


def _axis(x: Tensor, dim: int) -> int:
    if not -x.ndim <= dim < max(x.ndim, 1):
        raise IndexOutOfRange(
            f"dim {dim} is out of range for a tensor of shape {tuple(x.shape)}",
            location=user_location(),
        )  # fmt: skip
    return dim % max(x.ndim, 1)


def select(x: Tensor, dim: int, index: int) -> Tensor:
    """The part at one place of an axis."""
    return getitem(x, (*[slice(None)] * _axis(x, dim), index))


def narrow(x: Tensor, dim: int, start: int, length: int) -> Tensor:
    """A stretch of an axis."""
    axis = _axis(x, dim)
    start = start + x.shape[axis] if start < 0 else start
    if not 0 <= start <= start + length <= x.shape[axis]:
        raise IndexOutOfRange(
            f"gt.narrow: {start} and {length} more are not in axis {axis} of {tuple(x.shape)}",
            location=user_location(),
        )  # fmt: skip
    return getitem(x, (*[slice(None)] * axis, slice(start, start + length)))


def index_select(x: Tensor, dim: int, index: Tensor) -> Tensor:
    """The parts of an axis that a tensor of integers names."""
    axis = _axis(x, dim)
    return one("index_select", lambda a, i: np.take(a, i, axis=axis), [x, index])


def gather(x: Tensor, dim: int, index: Tensor) -> Tensor:
    """Elements by their places along one axis; `index` may be smaller than the tensor elsewhere."""
    axis = _axis(x, dim)
    if index.ndim != x.ndim:
        raise ShapeError(
            f"gt.gather: the index has {index.ndim} axes and the tensor {x.ndim}",
            location=user_location(),
        )  # fmt: skip
    cut = tuple([slice(None) if i == axis else slice(0, n) for i, n in enumerate(index.shape)])
    return one("gather", lambda a, i: np.take_along_axis(a[cut], i, axis), [x, index])


def _places(index: Array, shape: tuple[int, ...], axis: int) -> tuple[Array, ...]:
    grid = np.indices(shape, sparse=True)
    return tuple([index if i == axis else np.broadcast_to(g, shape) for i, g in enumerate(grid)])


def scatter_add(x: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """The tensor with `src` added at places along one axis."""
    axis, shape = _axis(x, dim), tuple(index.shape)
    cut = tuple([slice(0, n) for n in shape])

    def function(a: Array, i: Array, s: Array) -> Array:
        made = a.copy()
        np.add.at(made, _places(i, shape, axis), cast(s[cut], a.dtype))
        return made

    return one("scatter_add", function, [x, index, src])


def scatter(x: Tensor, dim: int, index: Tensor, src: Tensor | Number) -> Tensor:
    """The tensor with `src` in places along one axis."""
    axis, shape = _axis(x, dim), tuple(index.shape)
    given = _value(x, src)
    cut = tuple([slice(0, n) for n in shape]) if given.ndim else ()

    def function(a: Array, i: Array, s: Array) -> Array:
        made = a.copy()
        made[_places(i, shape, axis)] = cast(s[cut] if cut else s, a.dtype)
        return made

    return one("scatter", function, [x, index, given])


def masked_fill(x: Tensor, mask: Tensor, value: Tensor | Number) -> Tensor:
    """The tensor with a number where the mask holds."""
    (a, v), _ = common("masked_fill", x, value)
    own = x._value.type.dtype
    return one(
        "masked_fill", lambda m, a, v: np.where(cast(m, BOOL), cast(v, own), a), [mask, a, v]
    )


def masked_select(x: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask holds, in a row."""
    shape = np.broadcast_shapes(tuple(x.shape), tuple(mask.shape))
    at = np.broadcast_to(mask.array().astype(bool), shape).ravel().nonzero()[0]
    places = Tensor(x._home, x._home.put(at))
    return one("masked_select", lambda a, i: np.broadcast_to(a, shape).reshape(-1)[i], [x, places])


def nonzero(x: Tensor, *, as_tuple: bool = False) -> Any:
    """The places of what is not zero, a row each (or a tensor for each axis); waits for it."""
    if as_tuple:
        found = np.nonzero(np.atleast_1d(x.array()))
        return tuple([Tensor(x._home, x._home.put(i.astype(INT64))) for i in found])
    at = np.argwhere(x.array()).astype(INT64)
    return Tensor(x._home, x._home.put(at))


def take(x: Tensor, index: Tensor) -> Tensor:
    """Elements by their places in the flattened tensor."""
    return one("take", lambda a, i: a.reshape(-1)[i], [x, index])


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "select": select, "narrow": narrow, "index_select": index_select, "gather": gather,
    "scatter": scatter, "scatter_add": scatter_add, "masked_fill": masked_fill,
    "masked_select": masked_select, "nonzero": nonzero, "take": take,
}  # fmt: skip
"""By torch's name."""
