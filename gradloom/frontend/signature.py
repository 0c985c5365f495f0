"""How a graph's flat inputs and outputs stand for a Python function's arguments and result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import optree

from gradloom.frontend.cycles import refuse_endless
from gradloom.frontend.growing import MET, NAMESPACE
from gradloom.frontend.params.ambient import is_ambient, plain
from gradloom.frontend.readable import refuse_used_up
from gradloom.frontend.spec import ShapeDtypeStruct
from gradloom.frontend.stores import refuse_foreign
from gradloom.frontend.tracer import Kind, Tracer
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.graph import Graph
from gradloom.ir.types import TensorType, dtype_name, match_sizes, tensor_type


@final
@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of an argument or result: an array of a type and kind, or a static Python value
    (`type` is None).
    """

    type: TensorType | None
    kind: Kind = "array"
    static: Any = None


@final
@dataclass(frozen=True, slots=True)
class Signature:
    """Argument and result structure. Parameters are the array leaves in order, then `extra`
    hidden ones.
    """

    inputs: tuple[Leaf, ...]
    outputs: tuple[Leaf, ...]
    in_tree: Any
    out_tree: Any
    names: tuple[str, ...] = ()
    extra: int = 0


def flatten(tree: Any) -> tuple[list[Any], Any]:
    """Leaves and structure of a pytree; None is an empty node. Raises `ArgumentError` for one that
    holds itself.
    """
    try:
        leaves, spec = optree.tree_flatten(tree, namespace=NAMESPACE)
    except RecursionError:
        refuse_endless(tree)
        raise
    if MET.lists:  # lists of a class of our own count as lists
        MET.lists = False
        copied = optree.tree_unflatten(spec, leaves)
        leaves, spec = optree.tree_flatten(copied, namespace=NAMESPACE)
    if any(map(is_ambient, leaves)):
        return flatten(optree.tree_unflatten(spec, [plain(x) for x in leaves]))
    return leaves, spec


def unflatten(spec: Any, leaves: Sequence[Any]) -> Any:
    """The pytree of this structure with these leaves."""
    return optree.tree_unflatten(spec, leaves)


def leaf_of(x: Any) -> Leaf:
    """What kind of argument `x` is."""
    if type(x) is Tracer:
        return Leaf(x.aval, x.kind)
    if isinstance(x, ShapeDtypeStruct):
        return Leaf(x.type)
    if isinstance(x, np.ndarray):
        refuse_foreign(x, "an argument or result")
        return Leaf(_type(x)) if x.dtype.kind not in "USmM" else Leaf(None, static=x)
    if isinstance(x, float | complex) and not isinstance(x, np.generic):
        return Leaf(tensor_type(np.dtype(type(x)), ()), "weak")
    if isinstance(x, np.generic) and x.dtype.kind not in "OUSmM":
        return Leaf(_type(x), "scalar")
    refuse_used_up(x)
    return Leaf(None, static=x)


def specified(leaf: Leaf) -> Any:
    """The leaf without its numbers: an abstract array, or the static value itself."""
    return leaf.static if leaf.type is None else ShapeDtypeStruct(leaf.type.shape, leaf.type.dtype)


def _type(x: Any) -> TensorType:
    dtype_name(x.dtype)
    dtype = x.dtype if x.dtype.isnative else x.dtype.newbyteorder("=")
    return tensor_type(dtype, x.shape)


def flat_signature(graph: Graph) -> Signature:
    """The signature of a graph that has none: one array per parameter; one result, or a tuple."""
    args = tuple([0] * len(graph.parameters))
    _, in_tree = flatten((args, {}))
    single = len(graph.results) == 1
    _, out_tree = flatten(0 if single else tuple([0] * len(graph.results)))
    return Signature(
        tuple(Leaf(p.type) for p in graph.parameters),
        tuple(Leaf(r.type) for r in graph.results),
        in_tree,
        out_tree,
        tuple(p.name for p in graph.parameters),
    )


def signature_of(graph: Graph) -> Signature:
    """The graph's signature."""
    found: Signature = graph.signature or flat_signature(graph)
    return found


def with_signature(graph: Graph, signature: Signature) -> Graph:
    """The same graph with this signature."""
    return Graph(graph.parameters, graph.nodes, graph.results, graph.name, graph.notes, signature)


def argument_slices(signature: Signature) -> list[slice]:
    """Which leaves belong to each positional argument."""
    args = signature.in_tree.children()[0]
    out, start = [], 0
    for child in args.children():
        out.append(slice(start, start + child.num_leaves))
        start += child.num_leaves
    return out


def parameter_positions(signature: Signature) -> list[int | None]:
    """For each leaf the number of its parameter; None for a static one."""
    out: list[int | None] = []
    count = 0
    for leaf in signature.inputs:
        out.append(None if leaf.type is None else count)
        count += leaf.type is not None
    return out


def bind(graph: Graph, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """The arrays for the graph's parameters; raises `ShapeError` or `DtypeError` for arguments that
    do not fit.

    Arguments are structured as the traced function's were, or flat: one array per parameter.
    """
    signature = signature_of(graph)
    leaves, tree = flatten((args, kwargs))
    if tree == signature.in_tree:
        leaves = [
            x for x, leaf in zip(leaves, signature.inputs, strict=True) if leaf.type is not None
        ]
    if (kwargs and tree != signature.in_tree) or len(leaves) != len(graph.parameters):
        raise ShapeError(
            f"{graph.name} takes {len(graph.parameters)} arrays and got {len(leaves)}",
            hint=f"its inputs are {', '.join(f'{p.name}: {p.type}' for p in graph.parameters)}",
        )
    arrays = [_fitting(x, p.type, p.name) for x, p in zip(leaves, graph.parameters, strict=True)]
    if graph.symbols:
        match_sizes([p.type for p in graph.parameters], [x.shape for x in arrays])
    return arrays


def _fitting(x: Any, type: TensorType, name: str) -> Any:
    """`x` as an array of this dtype and shape; only Python numbers are converted."""
    traced = _builtin_type(x) is Tracer
    plain = isinstance(x, bool | int | float | complex) and not isinstance(x, np.generic)
    if plain and not traced:
        array = np.asarray(x)
        x = (
            array.astype(type.dtype)
            if np.can_cast(array.dtype, type.dtype, "same_kind") or type.inexact
            else array
        )
    elif not traced:
        x = np.asarray(x)
    if x.dtype != type.dtype:
        raise DtypeError(
            f"input {name or '?'} is {dtype_name(type.dtype)} and was given {x.dtype}",
            hint=f"convert it: x.astype(np.{type.dtype.name})",
        )
    same = x.ndim == type.ndim and all(
        d == e for d, e in zip(type.shape, x.shape, strict=True) if isinstance(d, int)
    )
    if not same:
        raise ShapeError(
            f"input {name or '?'} is {type} and was given shape {x.shape}",
            hint="trace again for other shapes",
        )
    return x


_builtin_type = type


def restore(value: Any, leaf: Leaf) -> Any:
    """A result as the user's function would have given it: array, numpy scalar or Python number."""
    if leaf.kind == "array":
        return value if isinstance(value, np.ndarray) else np.asarray(value)
    scalar = value[()] if isinstance(value, np.ndarray) else value
    return scalar.item() if leaf.kind == "weak" and isinstance(scalar, np.generic) else scalar


def rebuild(
    signature: Signature, values: Sequence[Any], restorer: Callable[[Any, Leaf], Any] = restore
) -> Any:
    """The result tree, from the graph's flat results."""
    rest = iter(values)
    leaves = [
        leaf.static if leaf.type is None else restorer(next(rest), leaf)
        for leaf in signature.outputs
    ]
    return unflatten(signature.out_tree, leaves)


__all__ = [
    "NAMESPACE",
    "Leaf",
    "Signature",
    "argument_slices",
    "bind",
    "flat_signature",
    "flatten",
    "leaf_of",
    "parameter_positions",
    "rebuild",
    "restore",
    "signature_of",
    "unflatten",
    "with_signature",
]
