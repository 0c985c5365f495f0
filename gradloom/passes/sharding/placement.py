"""How a value lies on a mesh of workers: which mesh axis cuts which of its axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final, final

from gradloom.ir.dims import Dim
from gradloom.ir.errors import ShapeError
from gradloom.ir.types import TensorType

Mesh = Mapping[str, int]
"""Mesh axis -> number of workers along it. Worker numbers count the last axis fastest."""
Place = Mapping[str, int]
"""Mesh axis -> a worker's number along it."""
Spec = tuple[str | None, ...]
"""One entry per axis of a value: the mesh axis that cuts it, or None."""

REDUCTIONS: Final = frozenset({"sum", "max", "min"})
"""What collectives can combine."""


@final
@dataclass(frozen=True, slots=True)
class Placement:
    """`spec` cuts the value's axes; along each mesh axis in `partial` the workers' values are still
    to be combined.
    """

    spec: Spec
    partial: frozenset[str] = frozenset()
    reduction: str = "sum"

    def without(self, axis: str) -> Placement:
        """The same with what is partial along a mesh axis combined."""
        return replace(self, partial=self.partial - {axis})


def replicated(type: TensorType) -> Placement:
    """Every worker holds the whole."""
    return Placement((None,) * type.ndim)


def places(mesh: Mesh) -> Iterator[dict[str, int]]:
    """Where each worker is, in order of their numbers."""
    for place in product(*(range(n) for n in mesh.values())):
        yield dict(zip(mesh, place, strict=True))


def parts(size: int, workers: int) -> tuple[int, ...]:
    """The lengths of the parts of an axis: equal, or the first ones longer by one."""
    return tuple(size // workers + (i < size % workers) for i in range(workers))


def local_type(type: TensorType, spec: Spec, mesh: Mesh, place: Place) -> TensorType:
    """The type of one worker's part."""
    if all(axis is None for axis in spec):
        return type
    return type.with_shape(
        [
            d if a is None else parts(d, mesh[a])[place[a]]  # type: ignore[arg-type]
            for d, a in zip(type.shape, spec, strict=True)
        ]
    )


def bounds(shape: Sequence[int], spec: Spec, mesh: Mesh, place: Place) -> tuple[slice, ...]:
    """Where a worker's part lies in the whole."""
    cuts = []
    for size, axis in zip(shape, spec, strict=True):
        lengths = (size,) if axis is None else parts(size, mesh[axis])
        index = 0 if axis is None else place[axis]
        start = sum(lengths[:index])
        cuts.append(slice(start, start + lengths[index]))
    return tuple(cuts)


def can_cut(size: int | Dim, workers: int) -> bool:
    """Whether every worker gets a part of an axis of this size; one of unknown size is not cut."""
    return isinstance(size, int) and size >= workers


def checked_spec(
    given: Sequence[str | None] | None, type: TensorType, mesh: Mesh, who: str
) -> Spec:
    """The spec that a user gave for a value (None: replicated); raises `ShapeError` where it does
    not fit.
    """
    if given is None:
        return (None,) * type.ndim
    spec = tuple(given)
    if len(spec) != type.ndim:
        raise ShapeError(
            f"shard: {who} has {type.ndim} axes ({type}) and its spec {spec} has {len(spec)}"
        )
    named = [axis for axis in spec if axis is not None]
    for name in named:
        if name not in mesh:
            raise ShapeError(
                f"shard: {who}: the mesh has no axis {name!r}", hint=f"its axes: {', '.join(mesh)}"
            )
        if named.count(name) > 1:
            raise ShapeError(f"shard: {who}: mesh axis {name!r} cuts two axes of one value")
    for i, (size, axis) in enumerate(zip(type.shape, spec, strict=True)):
        if axis is not None and not can_cut(size, mesh[axis]):
            raise ShapeError(
                f"shard: {who}: axis {i} of {type} cannot be cut into {mesh[axis]} parts, "
                f"as mesh axis {axis!r} has workers",
                hint="replicate it, or choose another mesh",
            )
    return spec
