"""The transforms from graph to graph, with what they do to argument and result structure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradloom.frontend.signature import (
    Leaf,
    Signature,
    argument_slices,
    flatten,
    signature_of,
    unflatten,
    with_signature,
)
from gradloom.frontend.still import still_leaves
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.graph import Graph, Operand, Value
from gradloom.ir.ops.rules import batched, full
from gradloom.ir.types import TensorType, dtype_name
from gradloom.passes import batch, linearize, transpose

# ---- which arguments -----------------------------------------------------------------------------


def normal_argnums(argnums: int | Sequence[int], count: int) -> tuple[int, ...]:
    """The argument numbers as a tuple of numbers from 0; raises `ShapeError` for one that is not
    there.
    """
    given = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for number in given:
        if not -count <= number < count:
            raise ShapeError(f"argnums={number}, and the function got {count} positional arguments")
    return tuple(number % count for number in given)


def active_leaves(
    signature: Signature, argnums: tuple[int, ...], what: str, holomorphic: bool = False
) -> list[bool]:
    """Which leaves are differentiated; raises `DtypeError` for one that has no derivative."""
    slices, still = argument_slices(signature), still_leaves(signature.in_tree)
    marks = [False] * len(signature.inputs)
    for number in argnums:
        for i in range(len(signature.inputs))[slices[number]]:
            marks[i] = not still[i] and _differentiable(
                signature.inputs[i], signature.names[i], what, holomorphic
            )
        mine = marks[slices[number]]
        if mine and not any(mine) and not all(still[slices[number]]):
            raise DtypeError(
                f"{what}: argument {number} holds no number that has a derivative",
                hint=_hint_for([leaf.static for leaf in signature.inputs[slices[number]]]),
            )
    return marks


def _hint_for(leaves: Sequence[Any]) -> str:
    """What to do about an argument of such leaves."""
    for x in leaves:
        cls = type(x)
        if cls.__module__ != "builtins" and (hasattr(x, "__dict__") or isinstance(x, dict)):
            return (
                f"a {cls.__name__} is no pytree; register it: optree.register_pytree_node("
                f"{cls.__name__}, flatten, unflatten, namespace='gradloom')"
            )
    return "choose other arguments with argnums="


def _differentiable(leaf: Leaf, name: str, what: str, holomorphic: bool) -> bool:
    if leaf.type is None and not isinstance(leaf.static, int):
        return False  # a string or another object inside a pytree: its gradient is None
    if leaf.type is None or not leaf.type.inexact:
        kind = type(leaf.static).__name__ if leaf.type is None else dtype_name(leaf.type.dtype)
        raise DtypeError(
            f"{what}: argument '{name}' is {kind}, which has no derivative",
            hint="pass floats (2.0, x.astype(float)), or choose other arguments with argnums=",
        )
    if holomorphic and leaf.type.dtype.kind != "c":
        raise DtypeError(
            f"{what}: holomorphic=True wants complex arguments, "
            f"and '{name}' is {dtype_name(leaf.type.dtype)}"
        )
    return True


def parameter_marks(graph: Graph, signature: Signature, leaf_marks: Sequence[bool]) -> list[bool]:
    """Which parameters are differentiated, from the marks of leaves."""
    marks = [
        mark
        for mark, leaf in zip(leaf_marks, signature.inputs, strict=True)
        if leaf.type is not None
    ]
    return marks + [False] * (len(graph.parameters) - len(marks))


def gradient_outputs(
    signature: Signature, argnums: tuple[int, ...], marks: Sequence[bool]
) -> tuple[list[Leaf], list[Any]]:
    """Leaves and structures of the gradients, one structure per argument."""
    slices, children = argument_slices(signature), signature.in_tree.children()[0].children()
    leaves: list[Leaf] = []
    trees = []
    for number in argnums:
        part = range(len(signature.inputs))[slices[number]]
        leaves += [signature.inputs[i] if marks[i] else Leaf(None) for i in part]
        trees.append(children[number])
    return leaves, trees


def tree_of(trees: Sequence[Any], single: bool) -> Any:
    """The structure of a tuple of these structures, or of the only one."""
    examples = [unflatten(tree, [0] * tree.num_leaves) for tree in trees]
    return flatten(examples[0] if single else tuple(examples))[1]


# ---- gradients -----------------------------------------------------------------------------------


def value_and_grad(
    graph: Graph, argnums: int | Sequence[int], has_aux: bool, holomorphic: bool, what: str
) -> Graph:
    """`(value, gradients)`, or `((value, aux), gradients)`."""
    signature = signature_of(graph)
    numbers = normal_argnums(argnums, len(argument_slices(signature)))
    marks = active_leaves(signature, numbers, what, holomorphic)
    _check_value(signature, has_aux, holomorphic, what)
    made = transpose.value_and_grad(graph, parameter_marks(graph, signature, marks))
    leaves, trees = gradient_outputs(signature, numbers, marks)
    count = len(graph.results)
    outputs = (*signature.outputs, *leaves)
    value_tree, grad_tree = signature.out_tree, tree_of(trees, isinstance(argnums, int))
    assert len(made.results) == count + sum(marks)
    joined = flatten(
        (
            unflatten(value_tree, [0] * value_tree.num_leaves),
            unflatten(grad_tree, [0] * grad_tree.num_leaves),
        )
    )[1]
    return with_signature(
        made,
        Signature(
            signature.inputs, outputs, signature.in_tree, joined, signature.names, signature.extra
        ),
    )


def _check_value(signature: Signature, has_aux: bool, holomorphic: bool, what: str) -> None:
    children = signature.out_tree.children() if has_aux else [signature.out_tree]
    if has_aux and (len(children) != 2 or signature.out_tree.type is not tuple):
        raise ShapeError(f"{what}: has_aux=True wants a function that returns (value, aux)")
    if children[0].num_leaves != 1:
        raise ShapeError(
            f"{what} wants a function that returns one scalar, "
            f"and it returns {children[0].num_leaves} values",
            hint="return the loss alone, or (loss, other) with has_aux=True; "
            "gl.jacobian takes many outputs",
        )
    leaf = signature.outputs[0]
    if leaf.type is None or not leaf.type.inexact:
        kind = "a static value" if leaf.type is None else dtype_name(leaf.type.dtype)
        raise DtypeError(
            f"{what}: the function returns {kind}, which has no derivative", hint="return a float"
        )
    if leaf.type.shape != ():
        raise ShapeError(
            f"{what} wants a function that returns a scalar, "
            f"and it returns shape {leaf.type.shape}",
            hint="reduce it (np.sum, np.mean), or use gl.jacobian, gl.elementwise_grad or gl.vjp",
        )
    if (leaf.type.dtype.kind == "c") != holomorphic:
        raise DtypeError(
            f"{what}: the function returns {dtype_name(leaf.type.dtype)} "
            f"and holomorphic={holomorphic}",
            hint="take np.real or np.abs for a real loss; "
            "say holomorphic=True for a complex derivative",
        )


def only_grad(graph: Graph, value_results: int, has_aux: bool) -> Graph:
    """From a value-and-gradient graph: the gradients, or `(gradients, aux)`."""
    signature = signature_of(graph)
    value_tree, grad_tree = signature.out_tree.children()
    count = value_tree.num_leaves
    value_leaves, grad_leaves = signature.outputs[:count], signature.outputs[count:]
    arrays = sum(leaf.type is not None for leaf in value_leaves)
    grads = graph.results[arrays:]
    if not has_aux:
        made = Graph(graph.parameters, graph.nodes, grads, graph.name, graph.notes)
        return with_signature(
            made,
            Signature(
                signature.inputs,
                grad_leaves,
                signature.in_tree,
                grad_tree,
                signature.names,
                signature.extra,
            ),
        )
    aux_tree = value_tree.children()[1]
    results = (*grads, *graph.results[1:arrays])
    joined = flatten(
        (
            unflatten(grad_tree, [0] * grad_tree.num_leaves),
            unflatten(aux_tree, [0] * aux_tree.num_leaves),
        )
    )[1]
    made = Graph(graph.parameters, graph.nodes, results, graph.name, graph.notes)
    outputs = (*grad_leaves, *value_leaves[1:])
    return with_signature(
        made,
        Signature(
            signature.inputs, outputs, signature.in_tree, joined, signature.names, signature.extra
        ),
    )


# ---- forward and reverse maps --------------------------------------------------------------------


def jvp(graph: Graph) -> Graph:
    """`(primals, tangents) -> (results, tangents of the results)`; tangents are structured as
    what they belong to.
    """
    signature = signature_of(graph)
    marks = [leaf.type is not None and leaf.type.inexact for leaf in signature.inputs]
    made = linearize.jvp(graph, parameter_marks(graph, signature, marks))
    args = signature.in_tree.children()[0]
    example = unflatten(args, [0] * args.num_leaves)
    in_tree = flatten(((example, example), {}))[1]
    tangents = tuple(
        leaf if mark else Leaf(None) for leaf, mark in zip(signature.inputs, marks, strict=True)
    )
    out = unflatten(signature.out_tree, [0] * signature.out_tree.num_leaves)
    shown = [leaf.type is not None and leaf.type.inexact for leaf in signature.outputs]
    out_tangents = tuple(
        leaf if mark else Leaf(None) for leaf, mark in zip(signature.outputs, shown, strict=True)
    )
    extra = len(graph.parameters) - sum(leaf.type is not None for leaf in signature.inputs)
    order = _move_extra(made, len(graph.parameters) - extra, extra)
    names = (*signature.names, *(f"d_{n}" for n in signature.names))
    return with_signature(
        order,
        Signature(
            (*signature.inputs, *tangents),
            (*signature.outputs, *out_tangents),
            in_tree,
            flatten((out, out))[1],
            names,
            extra,
        ),
    )


def _move_extra(graph: Graph, start: int, extra: int) -> Graph:
    """The graph with `extra` parameters from `start` on moved to the end."""
    p = graph.parameters
    order = (*p[:start], *p[start + extra :], *p[start : start + extra])
    return Graph(order, graph.nodes, graph.results, graph.name, graph.notes)


# ---- vmap ----------------------------------------------------------------------------------------


def vmap(
    graph: Graph, axes: Sequence[int | None], out_axes: Sequence[int | None], size: int | Dim
) -> Graph:
    """The mapped graph: one axis (or None) per array parameter, and per array result."""
    marks = [axis is not None for axis in axes]
    wanted = [axis is not None for axis in out_axes]
    types = [_with_axis(p.type, axis, size) for p, axis in zip(graph.parameters, axes, strict=True)]

    def body(*parameters: Value) -> list[Operand]:
        moved = [
            move_axis(p, axis, 0) if axis else p for p, axis in zip(parameters, axes, strict=True)
        ]
        results, over = batch.vmap_graph(graph, moved, marks, size)
        return [
            _placed(r, m, w, axis, size)
            for r, m, w, axis in zip(results, over, wanted, out_axes, strict=True)
        ]

    made = build.graph_of(body, types, [p.name for p in graph.parameters], f"vmap_{graph.name}")
    return Graph(made.parameters, made.nodes, made.results, made.name, graph.notes)


def _placed(
    result: Operand, mapped: bool, wanted: bool, axis: int | None, size: int | Dim
) -> Operand:
    if not wanted:
        if mapped:
            raise ShapeError(
                "vmap: out_axes=None for a result that differs along the mapped axis",
                hint="give it an axis",
            )
        return result
    whole = batched(result, mapped, size)
    assert axis is not None
    return move_axis(whole, 0, axis if axis >= 0 else axis + whole.type.ndim)


def move_axis(x: Operand, source: int, target: int) -> Operand:
    """`x` with one axis moved."""
    if source == target:
        return x
    rest = [i for i in range(x.type.ndim) if i != source]
    rest.insert(target, source)
    if not isinstance(x, Value):
        return full(x.type.with_shape([x.type.shape[i] for i in rest]), x.value)
    result: Operand = o.permute_dims(x, perm=tuple(rest))
    return result


def _with_axis(type: TensorType, axis: int | None, size: int | Dim) -> TensorType:
    if axis is None:
        return type
    shape = list(type.shape)
    shape.insert(axis, size)
    return type.with_shape(shape)
