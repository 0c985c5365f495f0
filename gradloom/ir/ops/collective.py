"""Collectives: what moves between workers along an axis of a mesh; each runs the same node.

One process has no peers, so these ops have no meaning on numpy alone: the simulator of
`passes/sharding` runs all workers' parts side by side. They have no derivative: in a partitioned
program nothing tells whether a value that every worker holds counts once or once per worker.
Differentiate, then partition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, final

from gradloom.ir.errors import NotSupported, ShapeError
from gradloom.ir.op import Attrs, Jvp, Op, Opaque, Zero, no_cost
from gradloom.ir.ops.rules import INDEX, leading, per_operand, require_kind
from gradloom.ir.types import TensorType, tensor_type

Types = tuple[TensorType, ...]


class OnMesh(Attrs):
    """Attributes of a collective: each has the mesh axis's name and size."""

    __slots__ = ()
    axis: str
    size: int


@final
@dataclass(frozen=True, slots=True)
class MeshAxis(OnMesh):
    """The mesh axis and how many workers are along it."""

    axis: str
    size: int


@final
@dataclass(frozen=True, slots=True)
class AllReduce(OnMesh):
    """The mesh axis, and how the workers' values are combined."""

    axis: str
    size: int
    reduce: Literal["sum", "max", "min"] = "sum"


@final
@dataclass(frozen=True, slots=True)
class Along(OnMesh):
    """The mesh axis, and the array axis that is put together or cut: in equal parts, or in those of
    lengths `parts`, of which this worker's is number `index`.
    """

    axis: str
    size: int
    dim: int
    parts: tuple[int, ...] = ()
    index: int = 0


@final
@dataclass(frozen=True, slots=True)
class Exchange(OnMesh):
    """The mesh axis, the array axis that is cut and the one that is put together, each in equal
    parts or in those of given lengths.
    """

    axis: str
    size: int
    split: int
    concat: int
    split_parts: tuple[int, ...] = ()
    concat_parts: tuple[int, ...] = ()
    index: int = 0


@final
@dataclass(frozen=True, slots=True)
class Permutation(OnMesh):
    """The mesh axis and pairs (source, target) of workers; who receives nothing has zeros."""

    axis: str
    size: int
    perm: tuple[tuple[int, int], ...]


# ---- types ---------------------------------------------------------------------------------------


def _require_mesh(name: str, attrs: OnMesh) -> None:
    if attrs.size < 1:
        raise ShapeError(f"{name}: mesh axis {attrs.axis!r} has {attrs.size} workers")


def _joined(
    name: str, x: TensorType, dim: int, size: int, parts: tuple[int, ...], index: int
) -> TensorType:
    """`x`, which is part number `index` along an axis, with all parts along it."""
    _require_axis(name, x, dim)
    if not parts:
        return x.with_shape([d * size if i == dim else d for i, d in enumerate(x.shape)])
    _require_parts(name, parts, index, size)
    if x.shape[dim] != parts[index]:
        raise ShapeError(f"{name}: axis {dim} of {x} is not part {index} of {parts}")
    return x.with_shape([sum(parts) if i == dim else d for i, d in enumerate(x.shape)])


def _cut(
    name: str, x: TensorType, dim: int, size: int, parts: tuple[int, ...], index: int
) -> TensorType:
    """Part number `index` of `x` along an axis."""
    _require_axis(name, x, dim)
    if parts:
        _require_parts(name, parts, index, size)
        if x.shape[dim] != sum(parts):
            raise ShapeError(f"{name}: axis {dim} of {x} cannot be cut into {parts}")
        return x.with_shape([parts[index] if i == dim else d for i, d in enumerate(x.shape)])
    if x.shape[dim] % size:
        told = f"{x.shape[dim]} (axis {dim} of {x}) in {size} equal parts"
        raise ShapeError(f"{name}: cannot cut {told}")
    return x.with_shape([d // size if i == dim else d for i, d in enumerate(x.shape)])


def _require_axis(name: str, x: TensorType, dim: int) -> None:
    if not 0 <= dim < x.ndim:
        raise ShapeError(f"{name}: {x} has no axis {dim}")


def _require_parts(name: str, parts: tuple[int, ...], index: int, size: int) -> None:
    if len(parts) != size or min(parts) < 0 or not 0 <= index < size:
        raise ShapeError(f"{name}: {parts}, of which {index}, are no parts for {size} workers")


def _all_reduce_infer(attrs: AllReduce, x: TensorType) -> Types:
    if attrs.reduce not in ("sum", "max", "min"):
        raise ShapeError(f"all_reduce: {attrs.reduce!r} is not sum, max or min")
    require_kind("all_reduce", x.dtype, "iufc" if attrs.reduce == "sum" else "biuf")
    return (x,)


def _all_gather_infer(attrs: Along, x: TensorType) -> Types:
    return (_joined("all_gather", x, attrs.dim, attrs.size, attrs.parts, attrs.index),)


def _reduce_scatter_infer(attrs: Along, x: TensorType) -> Types:
    require_kind("reduce_scatter", x.dtype, "iufc")
    return (_cut("reduce_scatter", x, attrs.dim, attrs.size, attrs.parts, attrs.index),)


def _all_to_all_infer(attrs: Exchange, x: TensorType) -> Types:
    name, size, index = "all_to_all", attrs.size, attrs.index
    part = _cut(name, x, attrs.split, size, attrs.split_parts, index)
    return (_joined(name, part, attrs.concat, size, attrs.concat_parts, index),)


def _permute_infer(attrs: Permutation, x: TensorType) -> Types:
    sources, targets = ([pair[i] for pair in attrs.perm] for i in (0, 1))
    for workers in (sources, targets):
        if len(set(workers)) != len(workers) or any(not 0 <= w < attrs.size for w in workers):
            raise ShapeError(f"permute: {attrs.perm} is no permutation of {attrs.size} workers")
    return (x,)


def _axis_index_infer(attrs: MeshAxis) -> Types:
    return (tensor_type(INDEX, ()),)


# ---- ops -----------------------------------------------------------------------------------------


def _alone(name: str) -> Callable[..., Any]:
    def refuse(attrs: OnMesh, *arrays: Any) -> Any:
        raise NotSupported(
            f"{name}: one process has no peers along mesh axis {attrs.axis!r}",
            hint="run the partitioned graph in the simulator (passes.sharding) or on a cluster",
        )

    return refuse


_WHY: Final = Opaque("differentiate, then partition: take the derivative of the whole program")


def _collective(
    name: str,
    attrs: type,
    infer: Callable[..., Types],
    *dims: str,
    jvp: Jvp = _WHY,
    arity: int = 1,
    adds: bool = False,
) -> Op:
    """A collective; `dims` are its attributes that number the operand's axes."""

    def checked(given: OnMesh, *types: TensorType) -> Types:
        _require_mesh(name, given)
        return infer(given, *types)

    def shifted(given: Any) -> Any:
        return replace(given, **{dim: getattr(given, dim) + 1 for dim in dims})

    return Op(
        name,
        _alone(name),
        jvp,
        attrs=attrs,
        infer=checked,
        arity=arity,
        batch=leading(name, shifted if dims else None),
        cost=per_operand(1) if adds else no_cost,
        effect="collective",
        domain="all workers along the mesh axis run it, in the same order",
    )


all_reduce: Final[Op] = _collective("all_reduce", AllReduce, _all_reduce_infer, adds=True)
all_gather: Final[Op] = _collective("all_gather", Along, _all_gather_infer, "dim")
reduce_scatter: Final[Op] = _collective(
    "reduce_scatter", Along, _reduce_scatter_infer, "dim", adds=True
)
all_to_all: Final[Op] = _collective("all_to_all", Exchange, _all_to_all_infer, "split", "concat")
permute: Final[Op] = _collective("permute", Permutation, _permute_infer)
axis_index: Final[Op] = _collective("axis_index", MeshAxis, _axis_index_infer, jvp=Zero(), arity=0)
