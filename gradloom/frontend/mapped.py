"""vmap of a call: trace one example's slice, then batch the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import optree

from gradloom.frontend import lifted
from gradloom.frontend.guards import watch_of
from gradloom.frontend.linear import arrays_of
from gradloom.frontend.mapping import explained
from gradloom.frontend.random.keys import split
from gradloom.frontend.record import Recorded, name_of, record
from gradloom.frontend.run import execute, finish
from gradloom.frontend.signature import (
    NAMESPACE,
    Leaf,
    Signature,
    flatten,
    leaf_of,
    signature_of,
    specified,
    unflatten,
    with_signature,
)
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Graph
from gradloom.ir.types import TensorType
from gradloom.passes import batch

Axis = int | None


def mapped(
    f: Callable[..., Any],
    in_axes: Any,
    out_axes: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """`f` mapped over the axes of these arguments."""
    leaves, _ = flatten((args, kwargs))
    made, recorded, extras = _made(f, in_axes, out_axes, args, kwargs, leaves)
    written = recorded.written
    if written is not None:
        written.require(leaves, recorded.extras)
    arrays = arrays_of(leaves, recorded.signature.inputs)
    result = finish(made, execute(made, [*arrays, *extras]))
    return result if written is None else written.apply(result, leaves)


def explained_call(
    f: Callable[..., Any],
    in_axes: Any,
    out_axes: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> str:
    """What `vmap` makes of a call with arguments of these types."""
    leaves, _ = flatten((args, kwargs))
    with batch.watched() as steps:
        _made(f, in_axes, out_axes, args, kwargs, leaves)
    return explained(name_of(f), steps)


def abstract(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The arguments with arrays replaced by their types: nothing is kept alive."""
    leaves, tree = flatten((args, kwargs))
    return unflatten(tree, [specified(leaf_of(x)) for x in leaves])


def _made(
    f: Callable[..., Any],
    in_axes: Any,
    out_axes: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    leaves: list[Any],
) -> tuple[Graph, Recorded, list[Any]]:
    """The mapped graph of a call, the trace of one example, and its hidden inputs."""
    inputs = [leaf_of(x) for x in leaves]
    axes = argument_axes(in_axes, args, kwargs, inputs)
    size = batch_size(inputs, axes)
    types = [
        None if axis is None else _without_axis(leaf, axis)
        for leaf, axis in zip(inputs, axes, strict=True)
    ]
    recorded = record(
        f,
        args,
        kwargs,
        values=False,
        types=types,
        keys="each",
        writes="returned",
        watch=watch_of(f),
    )
    if recorded.written is not None:
        changed = recorded.written.axes(axes)
        # What is returned may lie otherwise than what came, and a view is one of an example.
        moves = out_axes != 0 or any(changed.values())
        whole = [one for one in recorded.written.returned if one.window is None and not moves]
        recorded = replace(recorded, written=replace(recorded.written, returned=tuple(whole)))
        out_axes = (out_axes, changed)
    drawn = _is_key(recorded)
    own = [0 if key else None for key in drawn]
    made = mapped_call(recorded.graph, recorded.signature, axes, out_axes, size, own)
    pairs = zip(recorded.extras, drawn, strict=True)
    return made, recorded, [split(x, size) if key else x for x, key in pairs]


def _is_key(recorded: Recorded) -> list[bool]:
    """Which of the extras are keys from numpy's generators."""
    start = len(recorded.parts)
    stop = start + len(recorded.draws)
    return [start <= i < stop for i in range(len(recorded.extras))]


def mapped_call(
    graph: Graph,
    signature: Signature,
    axes: Sequence[Axis],
    out_axes: Any,
    size: int | Dim,
    extra_axes: Sequence[Axis] | None = None,
) -> Graph:
    """The batched graph with its signature; hidden inputs are the same for all unless
    `extra_axes` says so.
    """
    array_axes = [
        axis for axis, leaf in zip(axes, signature.inputs, strict=True) if leaf.type is not None
    ]
    array_axes += extra_axes if extra_axes is not None else [None] * signature.extra
    out = result_axes(out_axes, signature)
    wanted = [
        axis for axis, leaf in zip(out, signature.outputs, strict=True) if leaf.type is not None
    ]
    made = lifted.vmap(graph, array_axes, wanted, size)
    types = iter([r.type for r in made.results])
    outputs = tuple(
        leaf if leaf.type is None else _result_leaf(next(types), leaf, axis)
        for leaf, axis in zip(signature.outputs, out, strict=True)
    )
    inputs = tuple(
        leaf if leaf.type is None or axis is None else Leaf(_with_axis(leaf.type, axis, size))
        for leaf, axis in zip(signature.inputs, axes, strict=True)
    )
    return with_signature(
        made,
        Signature(
            inputs, outputs, signature.in_tree, signature.out_tree, signature.names, signature.extra
        ),
    )


def _result_leaf(type: TensorType, leaf: Leaf, axis: Axis) -> Leaf:
    return Leaf(type, leaf.kind if axis is None else "array")


def mapped_graph(graph: Graph, in_axes: Any, out_axes: Any) -> Graph:
    """The graph of one example as the graph of a batch, whose size is the named dimension
    `batch`.
    """
    from gradloom.ir.dims import symbol

    signature = signature_of(graph)
    args = signature.in_tree.children()[0]
    flat = broadcast_prefix(in_axes, args, len(signature.inputs), "in_axes")
    name = "batch"
    while name in graph.symbols:
        name += "_"
    return mapped_call(graph, signature, flat, out_axes, symbol(name))


def argument_axes(
    in_axes: Any, args: tuple[Any, ...], kwargs: dict[str, Any], inputs: Sequence[Leaf]
) -> list[Axis]:
    """One axis per leaf; keyword arguments are mapped along their first axis."""
    spec = flatten(args)[1]
    if isinstance(in_axes, list):
        in_axes = tuple(in_axes)
    axes = broadcast_prefix(in_axes, spec, spec.num_leaves, "in_axes")
    axes += [0] * (len(inputs) - len(axes))
    return [_normal(axis, leaf) for axis, leaf in zip(axes, inputs, strict=True)]


def broadcast_prefix(prefix: Any, spec: Any, count: int, what: str) -> list[Axis]:
    """One entry per leaf of the structure, from a pytree prefix of it."""
    if prefix is None or isinstance(prefix, int):
        return [prefix] * count
    example = optree.tree_unflatten(spec, list(range(spec.num_leaves)))
    out: list[Axis] = []
    try:
        _walk(prefix, example, out)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ShapeError(
            f"vmap: {what}={prefix} does not fit the structure {spec}",
            hint="give a number, None, or one per argument",
        ) from error
    return out


def _walk(prefix: Any, tree: Any, out: list[Axis]) -> None:
    if prefix is None or isinstance(prefix, int):
        out += [prefix] * len(flatten(tree)[0])
        return
    if isinstance(prefix, dict):
        if set(prefix) != set(tree):
            raise KeyError(f"{sorted(prefix)} and {sorted(tree)}")
        for key in optree.tree_structure(tree, namespace=NAMESPACE).entries():
            _walk(prefix[key], tree[key], out)
        return
    parts = list(tree)
    if len(prefix) != len(parts):
        raise ValueError(f"{len(prefix)} entries for {len(parts)} parts")
    for one, part in zip(prefix, parts, strict=True):
        _walk(one, part, out)


def _normal(axis: Axis, leaf: Leaf) -> Axis:
    if axis is None:
        return None
    if leaf.type is None:
        raise ShapeError(
            f"vmap over {leaf.static!r}, which has no axes", hint="set its entry of in_axes to None"
        )
    if not -leaf.type.ndim <= axis < leaf.type.ndim:
        raise ShapeError(
            f"vmap over axis {axis} of {leaf.type}",
            hint="set its entry of in_axes to None, or to an axis that it has",
        )
    return axis % leaf.type.ndim


def batch_size(inputs: Sequence[Leaf], axes: Sequence[Axis]) -> int | Dim:
    """The common size of the mapped axes; raises `ShapeError` where they differ."""
    sizes = [
        leaf.type.shape[axis]
        for leaf, axis in zip(inputs, axes, strict=True)
        if axis is not None and leaf.type is not None
    ]
    if not sizes:
        raise ShapeError(
            "vmap: no argument has a mapped axis",
            hint="give at least one argument an axis in in_axes",
        )
    for size in sizes:
        if size != sizes[0]:
            raise ShapeError(
                f"vmap: mapped axes have sizes {sizes[0]} and {size}",
                hint="check in_axes and the arguments' shapes",
            )
    return sizes[0]


def _without_axis(leaf: Leaf, axis: int) -> TensorType:
    assert leaf.type is not None
    return leaf.type.with_shape([d for i, d in enumerate(leaf.type.shape) if i != axis])


def _with_axis(type: TensorType, axis: int, size: int | Dim) -> TensorType:
    shape = list(type.shape)
    shape.insert(axis, size)
    return type.with_shape(shape)


def result_axes(out_axes: Any, signature: Signature) -> list[Axis]:
    """One axis per result leaf."""
    axes = broadcast_prefix(out_axes, signature.out_tree, len(signature.outputs), "out_axes")
    for axis, leaf in zip(axes, signature.outputs, strict=True):
        if axis is not None and leaf.type is not None:
            ndim = leaf.type.ndim + 1
            if not -ndim <= axis < ndim:
                raise ShapeError(
                    f"vmap: out_axes={axis} for a result that has {ndim} axes with the mapped one",
                    hint=f"choose from {-ndim} to {ndim - 1}",
                )
    return axes
