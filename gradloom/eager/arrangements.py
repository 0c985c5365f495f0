"""Tensors cut, turned and put together in the rarer ways; grids and their places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations as chosen
from itertools import combinations_with_replacement as chosen_again
from math import prod
from typing import Any, Final

import numpy as np

from gradloom.eager import creation, layouts
from gradloom.eager.calls import Array, one, view
from gradloom.eager.dtypes import read_dtype
from gradloom.eager.indexing import _axis
from gradloom.eager.matrices import vander
from gradloom.eager.methods import FUNCTIONS as F
from gradloom.eager.shapes import JOINS, cat, flip, reshape, split, unsqueeze
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location


def tensor_split(x: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """So many parts along an axis, or parts between places."""
    size = x.shape[_axis(x, dim)]
    if isinstance(indices_or_sections, Tensor):
        indices_or_sections = indices_or_sections.tolist()
    if isinstance(indices_or_sections, int):
        each, more = divmod(size, indices_or_sections)
        sizes = [each + (i < more) for i in range(indices_or_sections)]
    else:
        places = [min(i if i >= 0 else size + i, size) for i in indices_or_sections]
        sizes = [max(b - a, 0) for a, b in zip([0, *places], [*places, size], strict=True)]
    return split(x, sizes, dim)


def _split_along(what: str, dim: int, least: int) -> Callable[..., tuple[Tensor, ...]]:
    def function(x: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
        if x.ndim < least:
            raise ShapeError(f"gt.{what}: a tensor of {x.ndim} axes", location=user_location())
        axis = 0 if what == "hsplit" and x.ndim == 1 else dim
        given = indices_or_sections
        if isinstance(given, int) and x.shape[axis] % given:
            raise ShapeError(
                f"gt.{what}: axis {axis} of {tuple(x.shape)} does not make {given} equal parts",
                location=user_location(),
            )
        return tensor_split(x, given, axis)

    return function


def _at_least(count: int) -> Callable[..., Any]:
    def function(*tensors: Any) -> Any:
        given = tensors[0] if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors
        made = tuple([_grown(x, count) for x in given])
        return made[0] if len(made) == 1 and isinstance(tensors[0], Tensor) else made

    return function


def _grown(x: Tensor, count: int) -> Tensor:
    while x.ndim < count:
        x = unsqueeze(x, x.ndim if count == 3 and x.ndim >= 2 else 0)
    return x


def rot90(x: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """The tensor turned by k quarters in the plane of two axes."""
    plane: Any = tuple(dims)
    return one("rot90", lambda a: np.rot90(a, k, plane), [x])


def unfold(x: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """The windows along an axis, as a last axis; they overlap, and are not written."""
    axis = _axis(x, dimension)
    if size > x.shape[axis] or step < 1:
        raise ShapeError(
            f"gt.unfold: windows of {size} by {step} in axis {axis} of {tuple(x.shape)}",
            location=user_location(),
        )
    starts = np.arange(0, x.shape[axis] - size + 1, step)
    places = np.add.outer(starts, np.arange(size))
    made = view(
        "unfold", x, lambda a: np.moveaxis(a[(*[slice(None)] * axis, places)], axis + 1, -1), None
    )
    made._lie = None
    return made


def _column(x: Tensor) -> Tensor:
    return reshape(x, x.shape.numel(), 1) if x.ndim < 2 else x


def block_diag(*tensors: Tensor) -> Tensor:
    """The matrices along a diagonal, zeros elsewhere."""
    given = [reshape(x, *((1,) * (2 - x.ndim)), *x.shape) for x in tensors]
    height, width = (sum(x.shape[i] for x in given) for i in (0, 1))

    def function(*xs: Array) -> Array:
        made = np.zeros_like(xs[0], shape=(height, width))
        row = column = 0
        for a in xs:
            made[row : row + a.shape[0], column : column + a.shape[1]] = a
            row, column = row + a.shape[0], column + a.shape[1]
        return made

    return one("block_diag", function, given)


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """Every choice of one element of each vector, a row each."""
    if len(tensors) == 1:
        return tensors[0]
    sizes = [x.shape[0] for x in tensors]
    grid = np.indices(sizes).reshape(len(sizes), -1)

    def function(*xs: Array) -> Array:
        return np.stack([a[i] for a, i in zip(xs, grid, strict=True)], axis=-1)

    return one("cartesian_prod", function, list(tensors))


def combinations(x: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every choice of r elements of a vector, a row each."""
    choose = chosen_again if with_replacement else chosen
    places = np.array([*choose(range(x.shape[0]), r)], np.int64).reshape(-1, r)
    return one("combinations", lambda a: a[places], [x])


def _triangle(what: str, places: Callable[..., Any]) -> Callable[..., Tensor]:
    def function(
        row: int, col: int, offset: int = 0, *, dtype: Any = "int64", device: Any = None
    ) -> Tensor:
        found = np.stack(places(row, offset, col)).astype(read_dtype(dtype, what))
        return creation.from_numpy(found)

    return function


def sum_to_size(x: Tensor, *size: Any) -> Tensor:
    """The sum over axes, so that the shape is what broadcasts to the tensor's."""
    wanted = tuple(size[0]) if size and isinstance(size[0], list | tuple) else tuple(size)
    lead = x.ndim - len(wanted)
    axes = [*range(lead), *[lead + i for i, n in enumerate(wanted) if n == 1]]
    return reshape(F["sum"](x, tuple(axes), True), *wanted) if axes else x


def stride(x: Tensor, dim: int | None = None) -> Any:
    """How many elements apart neighbours along each axis lie."""
    steps = tuple(layouts.of(x).strides)
    return steps if dim is None else steps[dim]


def fill_diagonal_(x: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """Put one number on the diagonal."""
    if wrap:
        raise ArgumentError("fill_diagonal_: wrap=True is not offered")
    steps = np.arange(min(x.shape))

    def function(a: Array) -> Array:
        made = a.copy()
        made[(steps,) * a.ndim] = a.dtype.type(fill_value)
        return made

    return x.write(one("fill_diagonal_", function, [x]).operand(), "fill_diagonal_")


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "tensor_split": tensor_split, "hsplit": _split_along("hsplit", 1, 1),
    "vsplit": _split_along("vsplit", 0, 2), "dsplit": _split_along("dsplit", 2, 3),
    "rot90": rot90, "fliplr": lambda x: flip(x, 1), "flipud": lambda x: flip(x, 0),
    "diagflat": lambda x, offset=0: F["diag"](reshape(x, -1), offset),
    "split_with_sizes": split,
    "msort": lambda x: F["sort"](x, 0)[0], "narrow_copy": lambda *a: F["clone"](F["narrow"](*a)),
}  # fmt: skip
"""Functions that are methods too, by torch's name."""
METHODS: Final[dict[str, Callable[..., Any]]] = {
    "unfold": unfold, "sum_to_size": sum_to_size, "stride": stride,
    "fill_diagonal_": fill_diagonal_, "ndimension": lambda x: x.ndim,
    "tile": JOINS["tile"], "broadcast_to": lambda x, shape: JOINS["broadcast_to"](x, shape),
    "get_device": lambda x: -1,
}  # fmt: skip
"""Methods alone."""
ALONE: Final[dict[str, Callable[..., Any]]] = {
    **{f"atleast_{n}d": _at_least(n) for n in (1, 2, 3)},
    "column_stack": lambda tensors: cat([_column(x) for x in tensors], 1),
    "row_stack": JOINS["vstack"], "block_diag": block_diag, "cartesian_prod": cartesian_prod,
    "combinations": combinations, "vander": vander,
    "tril_indices": _triangle("tril_indices", np.tril_indices),
    "triu_indices": _triangle("triu_indices", np.triu_indices),
    "broadcast_shapes": lambda *shapes: _shape(*shapes),
    "numel": lambda x: prod(x.shape), "chain_matmul": lambda *xs: _chained(xs),
}  # fmt: skip
"""Functions alone."""


def _shape(*shapes: Any) -> Any:
    from gradloom.eager.tensor import Size

    given = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    try:
        return Size(np.broadcast_shapes(*given))
    except ValueError as error:
        raise ShapeError(f"gt.broadcast_shapes: {error}", location=user_location()) from None


def _chained(xs: Sequence[Tensor]) -> Tensor:
    made = xs[0]
    for x in xs[1:]:
        made = F["matmul"](made, x)
    return made
