"""Jacobians of graphs: one forward pass per argument element, or one backward pass per result
element.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradloom.frontend.lifted import (
    active_leaves,
    gradient_outputs,
    normal_argnums,
    parameter_marks,
    tree_of,
)
from gradloom.frontend.signature import (
    Leaf,
    Signature,
    argument_slices,
    flatten,
    signature_of,
    unflatten,
    with_signature,
)
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError
from gradloom.ir.graph import Graph, Operand, Value
from gradloom.ir.ops.rules import INDEX, full
from gradloom.ir.types import Shape, TensorType, size_of, tensor_type
from gradloom.passes import batch, linearize, transpose


def identity_basis(type: TensorType) -> Operand:
    """One unit tensor of this type per element: `[size, *shape]`."""
    n = size_of(type.shape)
    rows, columns = (o.iota(dtype=INDEX, shape=(n, n), axis=axis) for axis in (0, 1))
    eye = o.astype(o.equal(rows, columns), dtype=type.dtype)
    result: Operand = o.reshape(eye, shape=(n, *type.shape))
    return result


def jacobian(
    graph: Graph,
    argnums: int | Sequence[int],
    forward: bool,
    holomorphic: bool,
    what: str,
    has_aux: bool = False,
) -> Graph:
    """Per result leaf, per argument leaf: an array of shape `(*result, *argument)`."""
    signature = signature_of(graph)
    numbers = normal_argnums(argnums, len(argument_slices(signature)))
    marks = active_leaves(signature, numbers, what, holomorphic)
    values = _jacobian_values(signature, has_aux, what)
    active = parameter_marks(graph, signature, marks)

    def body(*parameters: Value) -> list[Operand]:
        make = _forward_rows if forward else _reverse_rows
        table = make(graph, parameters, active, values)
        aux = [] if not has_aux else list(build.inline(graph, parameters))[len(values) :]
        return [block for row in table for block in row] + aux

    made = build.graph_of(
        body,
        [p.type for p in graph.parameters],
        [p.name for p in graph.parameters],
        f"jacobian_{graph.name}",
    )
    made = Graph(made.parameters, made.nodes, made.results, made.name, graph.notes)
    leaves, trees = gradient_outputs(signature, numbers, marks)
    return with_signature(
        made,
        _jacobian_signature(
            signature, values, leaves, tree_of(trees, isinstance(argnums, int)), has_aux
        ),
    )


def _jacobian_values(signature: Signature, has_aux: bool, what: str) -> list[int]:
    tree = signature.out_tree.children()[0] if has_aux else signature.out_tree
    for leaf in signature.outputs[: tree.num_leaves]:
        if leaf.type is None or not leaf.type.inexact:
            raise DtypeError(
                f"{what}: a result has no derivative",
                hint="return floats; other results go into aux with has_aux=True",
            )
    return list(range(tree.num_leaves))


def _jacobian_signature(
    signature: Signature, values: list[int], leaves: list[Leaf], inner: Any, has_aux: bool
) -> Signature:
    outer = signature.out_tree.children()[0] if has_aux else signature.out_tree
    row = unflatten(inner, [0] * inner.num_leaves)
    example = unflatten(outer, [row] * outer.num_leaves)
    outputs = [_block_leaf(signature.outputs[v], leaf) for v in values for leaf in leaves]
    if has_aux:
        aux = signature.out_tree.children()[1]
        example = (example, unflatten(aux, [0] * aux.num_leaves))
        outputs += signature.outputs[len(values) :]
    return Signature(
        signature.inputs,
        tuple(outputs),
        signature.in_tree,
        flatten(example)[1],
        signature.names,
        signature.extra,
    )


def _block_leaf(result: Leaf, argument: Leaf) -> Leaf:
    if argument.type is None:
        return Leaf(None)
    assert result.type is not None
    shape = (*result.type.shape, *argument.type.shape)
    return Leaf(tensor_type(result.type.dtype, shape), "array" if shape else "scalar")


def _forward_rows(
    graph: Graph, parameters: Sequence[Value], active: Sequence[bool], values: list[int]
) -> list[list[Operand]]:
    """Blocks by result and argument, one forward pass per argument element."""
    columns: list[list[Operand]] = []
    for number in [i for i, a in enumerate(active) if a]:
        only = [i == number for i in range(len(active))]
        pushed = linearize.jvp(graph, only)
        type = parameters[number].type
        size = size_of(type.shape)
        marks = [False] * len(parameters) + [True]
        mapped = batch.vmap(
            pushed,
            marks,
            size,
            [False] * len(graph.results) + [True] * (len(pushed.results) - len(graph.results)),
        )
        tangents = build.inline(mapped, [*parameters, identity_basis(type)])[len(graph.results) :]
        columns.append(
            [
                _last_to_front_shape(t, graph.results[v].type.shape, type.shape)
                for v, t in zip(values, tangents, strict=False)
            ]
        )
    return [list(row) for row in zip(*columns, strict=True)]


def _last_to_front_shape(x: Operand, result: Shape, argument: Shape) -> Operand:
    """`[argument size, *result]` as `[*result, *argument]`."""
    moved = o.permute_dims(x, perm=(*range(1, x.type.ndim), 0)) if x.type.ndim > 1 else x
    shaped: Operand = o.reshape(moved, shape=(*result, *argument))
    return shaped


def _reverse_rows(
    graph: Graph, parameters: Sequence[Value], active: Sequence[bool], values: list[int]
) -> list[list[Operand]]:
    """Blocks by result and argument, one backward pass per result element."""
    pulled = transpose.vjp(graph, active)
    seeds = [r.type for r in graph.results if r.type.inexact]
    rows: list[list[Operand]] = []
    position = -1
    for v, result in enumerate(graph.results):
        position += result.type.inexact
        if v not in values:
            continue
        size = size_of(result.type.shape)
        zeros = [full(t, 0) for t in seeds]
        cts = [identity_basis(result.type) if i == position else z for i, z in enumerate(zeros)]
        marks = [False] * len(parameters) + [i == position for i in range(len(seeds))]
        out = [False] * len(graph.results) + [True] * sum(active)
        mapped = batch.vmap(pulled, marks, size, out)
        grads = build.inline(mapped, [*parameters, *cts])[len(graph.results) :]
        shapes = [p.type.shape for p, a in zip(parameters, active, strict=True) if a]
        rows.append(
            [
                o.reshape(g, shape=(*result.type.shape, *s))
                for g, s in zip(grads, shapes, strict=True)
            ]
        )
    return rows
