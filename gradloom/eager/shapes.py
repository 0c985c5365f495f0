"""Other shapes of the same elements (views), and tensors joined and split."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gradloom.eager import layouts
from gradloom.eager.calls import Array, cast, one, several, view
from gradloom.eager.dtypes import result_dtype
from gradloom.eager.indexing import _axis, getitem, narrow
from gradloom.eager.reductions import Pair
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn.operands import fixed
from gradloom.ir.errors import ArgumentError, CallError, ShapeError
from gradloom.ir.location import user_location


def sizes_of(given: Sequence[Any]) -> tuple[int, ...]:
    """Sizes given one by one, or as one sequence."""
    if len(given) == 1 and isinstance(given[0], list | tuple):
        given = given[0]
    return tuple([int(n) for n in given])


def reshape(x: Tensor, *shape: Any) -> Tensor:
    """The elements in another shape, one size of which may be -1."""
    own = tuple(x.shape)
    sizes = list(sizes_of(shape))
    rest = math.prod(n for n in sizes if n != -1)
    if sizes.count(-1) == 1 and rest and math.prod(own) % rest == 0:
        sizes[sizes.index(-1)] = math.prod(own) // rest
    if math.prod(sizes) != math.prod(own) or min(sizes, default=0) < 0:
        raise ShapeError(
            f"gt.reshape: shape {sizes_of(shape)} does not hold the {math.prod(own)} elements of "
            f"{own}", location=user_location(), hint="one size may be -1",
        )  # fmt: skip
    wanted = tuple(sizes)
    try:
        np.reshape(layouts.of(x), wanted, copy=False)
    except ValueError:  # its elements do not lie so that it could be a view
        return one("reshape", lambda a: np.reshape(a, wanted), [x])
    return _reshaped("reshape", x, wanted)


def _reshaped(what: str, x: Tensor, wanted: tuple[int, ...]) -> Tensor:
    own = tuple(x.shape)
    return view(what, x, lambda a: np.reshape(a, wanted), lambda base, part: np.reshape(part, own))


def flatten(x: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The tensor with some axes as one."""
    if not x.ndim:
        return reshape(x, 1)
    first, last = _axis(x, start_dim), _axis(x, end_dim)
    own = tuple(x.shape)
    return reshape(x, *own[:first], math.prod(own[first : last + 1]), *own[last + 1 :])


def unflatten(x: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """The tensor with one axis as several."""
    axis, own = _axis(x, dim), tuple(x.shape)
    given = list(sizes)
    if -1 in given:
        given[given.index(-1)] = own[axis] // max(1, -math.prod(given))
    return reshape(x, *own[:axis], *given, *own[axis + 1 :])


def squeeze(x: Tensor, dim: Any = None, *, axis: Any = None) -> Tensor:
    """The tensor without axes of size 1."""
    dim = axis if dim is None else dim
    given = range(x.ndim) if dim is None else dim if isinstance(dim, tuple | list) else (dim,)
    gone = {_axis(x, d) for d in given}
    shape = tuple([n for i, n in enumerate(x.shape) if not (i in gone and n == 1)])
    return _reshaped("squeeze", x, shape)


def unsqueeze(x: Tensor, dim: int) -> Tensor:
    """The tensor with one more axis, of size 1."""
    if not -x.ndim - 1 <= dim <= x.ndim:
        raise ShapeError(
            f"gt.unsqueeze: dim {dim} is out of range for a tensor of shape {tuple(x.shape)}",
            location=user_location(),
        )  # fmt: skip
    shape = list(x.shape)
    shape.insert(dim % (x.ndim + 1), 1)
    return _reshaped("unsqueeze", x, tuple(shape))


def permute(x: Tensor, *dims: Any) -> Tensor:
    """The axes in another order."""
    order = tuple([_axis(x, d) for d in sizes_of(dims)])
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError(
            f"gt.permute: dims {sizes_of(dims)} do not name each axis of {tuple(x.shape)} once",
            location=user_location(),
        )  # fmt: skip
    back = tuple(np.argsort(order).tolist())
    return view(
        "permute", x, lambda a: np.transpose(a, order),
        lambda base, part: np.transpose(part, back),
    )  # fmt: skip


def transpose(x: Tensor, dim0: int | None = None, dim1: int | None = None) -> Tensor:
    """Two axes exchanged; the last two where none are named."""
    first, second = _axis(x, -2 if dim0 is None else dim0), _axis(x, -1 if dim1 is None else dim1)
    order = list(range(x.ndim))
    if order:
        order[first], order[second] = second, first
    return permute(x, *order)


def t(x: Tensor) -> Tensor:
    """The transpose of a matrix; a vector as it is."""
    if x.ndim > 2:
        raise ShapeError(f"gt.t: the tensor has {x.ndim} axes, not 2", location=user_location())
    return permute(x, *reversed(range(x.ndim)))


def movedim(x: Tensor, source: Any, destination: Any) -> Tensor:
    """Axes moved to other places."""
    sources = (source,) if isinstance(source, int) else tuple(source)
    targets = (destination,) if isinstance(destination, int) else tuple(destination)
    places = {_axis(x, d): _axis(x, s) for s, d in zip(sources, targets, strict=True)}
    rest = iter([i for i in range(x.ndim) if i not in places.values()])
    return permute(x, *[places[i] if i in places else next(rest) for i in range(x.ndim)])


def expand(x: Tensor, *sizes: Any) -> Tensor:
    """The tensor repeated along axes of size 1, as a view; -1 keeps a size."""
    given = sizes_of(sizes)
    own = (1,) * (len(given) - x.ndim) + tuple(x.shape)
    wanted = tuple([n if g == -1 else g for n, g in zip(own, given, strict=False)])
    same = wanted == tuple(x.shape)
    return view(
        "expand", x, lambda a: np.broadcast_to(a, wanted),
        (lambda base, part: part) if same else None,
    )  # fmt: skip


def contiguous(x: Tensor) -> Tensor:
    """The tensor itself, or a copy where its elements lie scattered."""
    if layouts.of(x).flags.c_contiguous:
        return x
    return one("contiguous", lambda a: np.reshape(a, a.shape), [x])


def clone(x: Tensor) -> Tensor:
    """A copy, through which derivatives go."""
    return one("clone", lambda a: np.reshape(a, a.shape), [x])


def repeat(x: Tensor, *sizes: Any) -> Tensor:
    """The tensor, so many times along each axis."""
    return one("repeat", lambda a: np.tile(a, sizes_of(sizes)), [x])


def repeat_interleave(x: Tensor, repeats: int, dim: int | None = None) -> Tensor:
    """Each element so many times."""
    return one("repeat_interleave", lambda a: np.repeat(a, int(repeats), dim), [x])


def flip(x: Tensor, *dims: Any) -> Tensor:
    """The elements along axes, last first."""
    return one("flip", lambda a: np.flip(a, sizes_of(dims)), [x])


def roll(x: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """The elements moved along axes, round the end."""
    return one("roll", lambda a: np.roll(a, shifts, dims), [x])


def cat(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """The tensors one after the other along an axis."""
    given = _given("cat", tensors)
    along = dim if axis is None else axis
    dtype = _common_dtype(given)
    return one("cat", lambda *xs: np.concatenate([cast(a, dtype) for a in xs], along), given)


def stack(tensors: Sequence[Tensor], dim: int = 0, *, axis: int | None = None) -> Tensor:
    """The tensors along a new axis."""
    given = _given("stack", tensors)
    along = dim if axis is None else axis
    dtype = _common_dtype(given)
    return one("stack", lambda *xs: np.stack([cast(a, dtype) for a in xs], along), given)


def _common_dtype(tensors: Sequence[Tensor]) -> np.dtype:
    return result_dtype([(t._value.type.dtype, 1) for t in tensors], [])


def _given(what: str, tensors: Sequence[Tensor]) -> list[Tensor]:
    given = list(tensors)
    if not given or not all(isinstance(t, Tensor) for t in given):
        raise ArgumentError(
            f"gt.{what}: give a list of tensors, at least one", location=user_location()
        )
    return given


def _joined(what: str, f: Callable[[list[Array]], Array]) -> Callable[[Sequence[Tensor]], Tensor]:
    def function(tensors: Sequence[Tensor]) -> Tensor:
        given = _given(what, tensors)
        dtype = _common_dtype(given)
        return one(what, lambda *xs: f([cast(a, dtype) for a in xs]), given)

    return function


def split(x: Tensor, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts of so many along an axis (the last may be smaller), or of the sizes given."""
    axis = _axis(x, dim)
    whole = x.shape[axis]
    if isinstance(split_size, int):
        if split_size <= 0:
            raise ArgumentError(f"gt.split: a size of {split_size}", location=user_location())
        full, rest = divmod(whole, split_size)
        sizes = [split_size] * full + ([rest] if rest or not full else [])
    else:
        sizes = [int(n) for n in split_size]
        if sum(sizes) != whole:
            raise ShapeError(
                f"gt.split: sizes {sizes} do not sum to {whole}, the size of axis {axis}",
                location=user_location(),
            )
    starts = np.cumsum([0, *sizes]).tolist()
    return tuple([narrow(x, axis, a, n) for a, n in zip(starts, sizes, strict=False)])


def chunk(x: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most so many parts along an axis."""
    return split(x, max(1, -(-x.shape[_axis(x, dim)] // chunks)), dim)


def unbind(x: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The parts along an axis, each without it."""
    axis = _axis(x, dim)
    lead = [slice(None)] * axis
    return tuple([getitem(x, (*lead, i)) for i in range(x.shape[axis])])


def tril(x: Tensor, diagonal: int = 0) -> Tensor:
    """The matrix's elements on and below a diagonal; zeros above."""
    return one("tril", lambda a: np.tril(a, diagonal), [x])


def triu(x: Tensor, diagonal: int = 0) -> Tensor:
    """The matrix's elements on and above a diagonal; zeros below."""
    return one("triu", lambda a: np.triu(a, diagonal), [x])


def diag(x: Tensor, diagonal: int = 0) -> Tensor:
    """A matrix's diagonal, or the matrix of a diagonal."""
    return one("diag", lambda a: np.diag(a, diagonal), [x])


def diagonal(x: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of two axes, as the last axis."""
    first, second = _axis(x, dim1), _axis(x, dim2)
    rows, columns = x.shape[first], x.shape[second]
    count = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    at = np.arange(count) + max(-offset, 0), np.arange(count) + max(offset, 0)

    def written(base: Array, part: Array) -> Array:
        made = np.moveaxis(base, (first, second), (-2, -1)).copy()
        made[(..., *at)] = part
        return np.moveaxis(made, (-2, -1), (first, second))

    return view("diagonal", x, lambda a: np.diagonal(a, offset, first, second), written)


def conj(x: Tensor) -> Tensor:
    """The conjugate, as a view; a tensor that is not complex as it is."""
    if x._value.type.dtype.kind != "c":
        return x
    made = view("conj", x, np.conj, lambda base, part: np.conj(part))
    made._lie = layouts.of(x)
    return made


def adjoint(x: Tensor) -> Tensor:
    """The last two axes exchanged, and conjugated."""
    return conj(transpose(x))


def positive(x: Tensor) -> Tensor:
    """The tensor itself."""
    if x._value.type.dtype.kind == "b":
        raise CallError("gt.positive: not of bool", location=user_location())
    return x


def sort(x: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = True) -> Any:
    """The elements in order along an axis, and where they were."""

    def function(a: Array) -> tuple[Array, Array]:
        at = np.argsort(a, axis=dim, kind="stable")
        if descending:  # equal elements stay in their order
            turned = np.flip(np.argsort(np.flip(a, dim), axis=dim, kind="stable"), dim)
            at = a.shape[dim] - 1 - turned
        return np.take_along_axis(a, at, dim), cast(at, np.dtype(np.int64))

    return Pair(*several("sort", function, [x]))


def argsort(x: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = True) -> Tensor:
    """Where the elements in order were."""
    return sort(x, dim, descending).indices  # type: ignore[no-any-return]


def topk(x: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The largest elements along an axis, in order, and where they were."""
    values, indices = sort(x, dim, largest)
    axis = _axis(x, dim)
    if k > x.shape[axis]:
        raise ShapeError(f"gt.topk: k={k} of {x.shape[axis]} elements", location=user_location())
    return Pair(clone(narrow(values, axis, 0, k)), clone(narrow(indices, axis, 0, k)))


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors, each in the shape of all."""
    shape = np.broadcast_shapes(*[tuple(x.shape) for x in tensors])
    return tuple([expand(x, *shape) for x in tensors])


def detach(x: Tensor) -> Tensor:
    """The same elements, cut off from derivatives."""
    return view("detach", x, fixed, lambda base, part: part, cut=True)


def meshgrid(*tensors: Tensor, indexing: str = "ij") -> tuple[Tensor, ...]:
    """The coordinates of a grid, one tensor per axis."""
    given: Any = {"indexing": indexing}
    return several("meshgrid", lambda *xs: tuple(np.meshgrid(*xs, **given)), tensors)


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "reshape": reshape, "flatten": flatten, "unflatten": unflatten, "squeeze": squeeze,
    "unsqueeze": unsqueeze, "permute": permute, "transpose": transpose, "t": t,
    "movedim": movedim, "clone": clone, "repeat_interleave": repeat_interleave, "flip": flip,
    "roll": roll, "split": split, "chunk": chunk, "unbind": unbind, "tril": tril, "triu": triu,
    "diag": diag, "diagonal": diagonal, "sort": sort, "argsort": argsort, "topk": topk,
    "detach": detach, "conj": conj, "adjoint": adjoint, "positive": positive,
}  # fmt: skip
"""Functions that are methods too, by torch's name."""

METHODS: Final[dict[str, Callable[..., Any]]] = {
    "view": reshape, "expand": expand, "repeat": repeat, "contiguous": contiguous,
    "expand_as": lambda x, other: expand(x, *other.shape),
    "view_as": lambda x, other: reshape(x, *other.shape),
    "reshape_as": lambda x, other: reshape(x, *other.shape),
}  # fmt: skip
"""Methods alone."""

JOINS: Final[dict[str, Callable[..., Any]]] = {
    "cat": cat, "concat": cat, "concatenate": cat, "stack": stack,
    "hstack": _joined("hstack", np.hstack), "vstack": _joined("vstack", np.vstack),
    "dstack": _joined("dstack", np.dstack), "broadcast_tensors": broadcast_tensors,
    "meshgrid": meshgrid, "tile": repeat, "broadcast_to": lambda x, shape: expand(x, *shape),
}  # fmt: skip
"""Functions alone."""
ALIASES: Final = {
    "ravel": "flatten",
    "swapaxes": "transpose",
    "moveaxis": "movedim",
    "swapdims": "transpose",
}
