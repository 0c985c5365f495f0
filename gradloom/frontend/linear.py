"""vjp, jvp and linearize of a call: run the known part once, keep the residuals, hand out the
linear part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gradloom.frontend import lifted
from gradloom.frontend.guards import watch_of
from gradloom.frontend.record import Recorded, record
from gradloom.frontend.run import execute
from gradloom.frontend.signature import (
    Leaf,
    Signature,
    flatten,
    leaf_of,
    rebuild,
    signature_of,
    unflatten,
    with_signature,
)
from gradloom.frontend.still import still_leaves, with_zeros
from gradloom.frontend.tracer import Tracer, wrap
from gradloom.frontend.wrapping import as_result
from gradloom.ir.errors import DtypeError, NotDifferentiable, ShapeError
from gradloom.ir.graph import Graph, Literal, Value
from gradloom.ir.ops.called import require_numbers
from gradloom.ir.types import TensorType, dtype_name
from gradloom.passes import linearize as passes_linearize
from gradloom.passes import transpose


def arrays_of(leaves: Sequence[Any], inputs: Sequence[Leaf]) -> list[Any]:
    """The array leaves as inputs of a graph."""
    return [
        x if type(x) is Tracer else np.asarray(x, leaf.type.dtype)
        for x, leaf in zip(leaves, inputs, strict=True)
        if leaf.type is not None
    ]


@final
@dataclass(frozen=True, slots=True)
class SplitCall:
    """A call whose known part has run: flat results, residuals, and the linear graph."""

    recorded: Recorded
    values: Sequence[Any]
    residuals: Sequence[Any]
    linear: Graph
    active_in: tuple[bool, ...]
    active_out: tuple[bool, ...]
    has_aux: bool

    @property
    def signature(self) -> Signature:
        """The structure of the call's arguments and result."""
        return self.recorded.signature

    def vjp(self) -> Any:
        """`(value, vjp_fn)` or `(value, vjp_fn, aux)`."""
        marks = [False] * len(self.residuals) + [True] * sum(self.active_in)
        back = transpose.transpose_linear(self.linear, marks)
        return self._with(self._back(back))

    def linearize(self) -> Any:
        """`(value, jvp_fn)` or `(value, jvp_fn, aux)`."""
        return self._with(self._forward())

    def _with(self, function: Callable[..., Any]) -> Any:
        result = rebuild(self.signature, self.values, as_result)
        return (result[0], function, result[1]) if self.has_aux else (result, function)

    def _value_tree(self) -> Any:
        return self.signature.out_tree.children()[0] if self.has_aux else self.signature.out_tree

    def _back(self, graph: Graph) -> Callable[..., Any]:
        tree = self._value_tree()
        outs = self.signature.outputs

        def vjp_fn(ct: Any) -> tuple[Any, ...]:
            leaves, given = flatten(ct)
            if given != tree:
                raise ShapeError(
                    f"the cotangent is structured as {given}, the value as {tree}",
                    hint="give one cotangent per result",
                )
            cts = [
                fitted(x, leaf.type, "cotangent")
                for x, leaf in zip(leaves, outs, strict=False)
                if _is_inexact(leaf)
            ]
            zeros = [
                np.zeros(leaf.type.shape, leaf.type.dtype)
                for leaf in outs[len(leaves) :]
                if leaf.type is not None and leaf.type.inexact
            ]
            pairs = zip([*cts, *zeros], _inexact_marks(outs, self.active_out), strict=True)
            grads = iter(execute(graph, [*self.residuals, *(ct for ct, active in pairs if active)]))
            filled = [next(grads) if a else None for a in self._leaf_marks()]
            still = still_leaves(self.signature.in_tree)
            given_leaves = [
                as_result(g, leaf) if g is not None and not s else None
                for g, leaf, s in zip(filled, self.signature.inputs, still, strict=True)
            ]
            args: tuple[Any, ...] = unflatten(self.signature.in_tree.children()[0], given_leaves)
            return args

        return vjp_fn

    def _leaf_marks(self) -> list[bool]:
        return [_is_inexact(leaf) for leaf in self.signature.inputs]

    def _zero(self, i: int) -> Any:
        """The tangent of an input that does not move."""
        type = self.signature.inputs[i].type
        return 0 if type is None else np.zeros(type.shape, type.dtype)

    def _forward(self) -> Callable[..., Any]:
        outs, tree = self.signature.outputs, self._value_tree()

        def jvp_fn(*tangents: Any) -> Any:
            own = self.signature.in_tree.children()[0]
            leaves, given = flatten(with_zeros(own, tangents, self._zero))
            if given != own:
                raise ShapeError(
                    "the tangents are structured differently from the primals",
                    hint="give one tangent per argument",
                )
            dots = _fitted_all(leaves, self.signature)
            pushed = iter(execute(self.linear, [*self.residuals, *dots]))
            marks = iter(self.active_out)
            out: list[Any] = []
            for leaf in outs[: tree.num_leaves]:
                if leaf.type is None:
                    out.append(None)
                    continue
                value = next(pushed) if next(marks) else np.zeros(leaf.type.shape, leaf.type.dtype)
                out.append(as_result(value, leaf))
            return unflatten(tree, out)

        return jvp_fn


def _is_inexact(leaf: Leaf) -> bool:
    return leaf.type is not None and leaf.type.inexact


def _inexact_marks(outs: Sequence[Leaf], active: Sequence[bool]) -> list[bool]:
    arrays = [leaf for leaf in outs if leaf.type is not None]
    return [a for leaf, a in zip(arrays, active, strict=True) if _is_inexact(leaf)]


def fitted(x: Any, type: TensorType | None, what: str) -> Any:
    """A tangent or cotangent as an array of this type; raises where shape or kind differ."""
    assert type is not None
    given = x if hasattr(x, "dtype") else np.asarray(x)
    if tuple(given.shape) != type.shape:
        raise ShapeError(
            f"a {what} of shape {tuple(given.shape)} was given where {type} is due",
            hint="it has the shape of what it belongs to",
        )
    if given.dtype != type.dtype:
        if not np.can_cast(given.dtype, type.dtype, "same_kind"):
            raise DtypeError(
                f"a {what} of dtype {given.dtype} was given where {type} is due",
                hint="convert it with astype",
            )
        given = given.astype(type.dtype)
    return given


def _fitted_all(tangents: Sequence[Any], signature: Signature) -> list[Any]:
    """The tangents of the inexact inputs; raises `DtypeError` for one of another input that is not
    zero.
    """
    fit = []
    for x, leaf, name in zip(tangents, signature.inputs, signature.names, strict=True):
        if _is_inexact(leaf):
            fit.append(fitted(x, leaf.type, "tangent"))
        elif (leaf.type is not None or isinstance(leaf.static, int)) and not _is_zero(x):
            kind = type(leaf.static).__name__ if leaf.type is None else dtype_name(leaf.type.dtype)
            raise DtypeError(
                f"argument '{name}' is {kind}, which has no tangent, and one was given",
                hint="give zeros for it, or pass floats (2.0, x.astype(float))",
            )
    return fit


def _is_zero(x: Any) -> bool:
    return isinstance(x, int | float | np.ndarray | np.generic) and not np.any(x)


def split_call(f: Any, primals: tuple[Any, ...], has_aux: bool) -> SplitCall:
    """Trace `f(*primals)`, split it, and run the known part."""
    leaves, _ = flatten((primals, {}))
    marks = [_is_inexact(leaf_of(x)) for x in leaves]
    recorded = (
        record(f, primals, {}, active=marks, writes="forgotten", watch=watch_of(f))
        if not isinstance(f, Graph)
        else Recorded(_signed(require_numbers(f, "vjp", NotDifferentiable)), (), False)
    )
    graph, signature = recorded.graph, recorded.signature
    own = [_is_inexact(leaf) for leaf in signature.inputs if leaf.type is not None]
    active_in = tuple(own + [False] * signature.extra)
    parts = passes_linearize.split(graph, active_in)
    outs = execute(parts.known, [*arrays_of(leaves, signature.inputs), *recorded.extras])
    count = len(graph.results)
    # Inside another trace residuals are its values; held as tracers, they serve in traces within.
    held = [wrap(x) if isinstance(x, Value | Literal) else x for x in outs[count:]]
    return SplitCall(recorded, outs[:count], held, parts.linear, active_in, parts.active, has_aux)


def _signed(graph: Graph) -> Graph:
    return with_signature(graph, signature_of(graph))


def push_call(f: Any, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """`(f(*primals), its tangent)` in one forward pass."""
    leaves, tree = flatten((primals, {}))
    own = tree.children()[0]
    dots, dot_tree = flatten(with_zeros(own, tangents, lambda i: np.zeros_like(leaves[i])))
    if dot_tree != own:
        raise ShapeError(
            f"jvp: primals are structured as {own}, tangents as {dot_tree}",
            hint="give one tangent per primal",
        )
    inexact = [_is_inexact(leaf_of(x)) for x in leaves]
    recorded = (
        record(f, primals, {}, active=inexact, writes="forgotten", watch=watch_of(f))
        if not isinstance(f, Graph)
        else Recorded(_signed(require_numbers(f, "jvp", NotDifferentiable)), (), False)
    )
    made = lifted.jvp(recorded.graph)
    signature = signature_of(made)
    given = _fitted_all(dots, recorded.signature)
    arrays = arrays_of(leaves, recorded.signature.inputs)
    outs = execute(made, [*arrays, *given, *recorded.extras])
    return rebuild(signature, outs, as_result)


def vjp_graph(graph: Graph) -> Graph:
    """`(*primals, ct) -> (value, cotangents)`, flat primals first, then one cotangent per
    inexact result.
    """
    signature = signature_of(graph)
    marks = [_is_inexact(leaf) for leaf in signature.inputs if leaf.type is not None] + [
        False
    ] * signature.extra
    made = transpose.vjp(graph, marks)
    args = signature.in_tree.children()[0]
    example = unflatten(args, [0] * args.num_leaves)
    cts = tuple(leaf if _is_inexact(leaf) else Leaf(None) for leaf in signature.outputs)
    out = unflatten(signature.out_tree, [0] * signature.out_tree.num_leaves)
    in_tree = flatten(((*example, out), {}))[1]
    grads = tuple(leaf if _is_inexact(leaf) else Leaf(None) for leaf in signature.inputs)
    out_tree = flatten((out, example))[1]
    names = (*signature.names, *["ct"] * len(cts))
    inputs = (*signature.inputs, *cts)
    return with_signature(
        made,
        Signature(inputs, (*signature.outputs, *grads), in_tree, out_tree, names, signature.extra),
    )


def hvp_graph(graph: Graph) -> Graph:
    """`(x, v) -> H v` of a graph with one scalar result, x and v being its parameters and as
    many vectors.
    """
    active = [p.type.inexact for p in graph.parameters]
    pulled = transpose.value_and_grad(graph, active)
    grads = Graph(
        pulled.parameters, pulled.nodes, pulled.results[len(graph.results) :], pulled.name
    )
    pushed = passes_linearize.jvp(grads, active)
    return Graph(
        pushed.parameters,
        pushed.nodes,
        pushed.results[len(grads.results) :],
        f"hvp_{graph.name}",
        graph.notes,
    )
