"""Which values of a program are its layers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar, final

from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError
from gradloom.ir.graph import Graph, Node, Value
from gradloom.ir.op import Op
from gradloom.viz.flow.places import named_apart
from gradloom.viz.flow.taps import between

V = TypeVar("V", bound=Hashable)
Choice = str | Sequence[str] | Callable[[Any], bool]
"""A word of `CHOICES`, names of values, or a question asked of every node (of JAX, equation)."""
CHOICES: Final = ("auto", "lines", "values")
_CARRIED: Final[frozenset[Op]] = frozenset({
    o.add, o.subtract, o.multiply, o.divide, o.negative, o.astype, o.copysign, o.reciprocal,
    o.stop_gradient, o.real,
})  # fmt: skip
"""Elementwise ops that scale and shift: parts of a layer, seldom one of their own."""
_MAIN: Final[frozenset[Op]] = frozenset({
    o.matmul, o.einsum, o.conv, o.max, o.min, o.scan, o.cond, o.while_, o.call, o.solve,
    o.custom_jvp, o.custom_vjp, o.fft, o.cumulative_sum, o.sort,
})  # fmt: skip
"""Contractions, pooling, and calls of functions."""


@final
@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that may be a layer: its name, `node`, what makes it, the line that does, and whether
    "auto" takes it.
    """

    name: str
    node: Any
    line: Hashable
    is_main: bool


def chosen_layers(graph: Graph, active: Sequence[bool], layers: Choice) -> dict[str, Value]:
    """The layers by name, in graph order, of a graph whose first two results are loss and output.

    They are the values between the active parameter and the loss: contractions, nonlinear functions
    and calls ("auto"), the last of each line ("lines"), all ("values"), those of some names (as
    "values" calls them), or those for whose node a function says True. The active parameter comes
    first, the loss last. Raises `ArgumentError`.
    """
    found = [v for v in between(graph, active) if v.type.dtype.kind != "c"]
    (entry,) = (p for p, mark in zip(graph.parameters, active, strict=True) if mark)
    candidates = {v: _candidate(v, v.node) for v in found if v.node is not None}
    return layers_among(candidates, entry, graph.results[0], graph.results[1], layers)


def layers_among(
    found: Mapping[V, Candidate], entry: V, loss: Hashable, output: Hashable, layers: Choice
) -> dict[str, V]:
    """The layers by name out of the values `found` between `entry` and the loss, in their order."""
    if loss is not entry and loss not in found:
        raise ArgumentError(
            "the loss does not depend on the input by a way that has a derivative",
            hint="is the input used, and as floats?",
        )
    names = named_apart([c.name for c in found.values()])
    candidates = {v: replace(c, name=n) for (v, c), n in zip(found.items(), names, strict=True)}
    ends: dict[Hashable, str] = {
        output: "output",
        loss: "loss",
    }  # where both are one, it is the loss
    kept: set[Hashable] = {*_chosen(candidates, layers), *ends}
    made = {v: ends.get(v, c.name) for v, c in candidates.items() if v in kept and v is not entry}
    return dict(zip(named_apart(["input", *made.values()]), [entry, *made], strict=True))


def _chosen(found: Mapping[V, Candidate], layers: Choice) -> Iterable[V]:
    if callable(layers):
        return [v for v, c in found.items() if layers(c.node)]
    if layers == "values":
        return found
    if layers == "lines":
        return {c.line: v for v, c in found.items()}.values()
    if layers == "auto":
        return [v for v, c in found.items() if c.is_main]
    if not isinstance(layers, Iterable):
        raise ArgumentError(f"layers={layers!r}: a word, names, or a function that chooses are due")
    wanted = [layers] if isinstance(layers, str) else list(layers)
    names = [c.name for c in found.values()]
    unknown = next((name for name in wanted if name not in names), None)
    if unknown is not None:
        raise ArgumentError(
            f"there is no layer {unknown!r}",
            hint=f"say {', '.join(CHOICES)}, or names of: {', '.join(names)}"[:400],
        )
    return [v for v, c in found.items() if c.name in wanted]


def _candidate(value: Value, node: Node) -> Candidate:
    """What makes the value, under the name of its op."""
    at = node.location
    name = node.op.name + (f"[{value.index}]" if len(node.results) > 1 else "")
    line = value if at is None else (at.file, at.line, at.function)
    is_main = node.op in _MAIN or (node.op.elementwise and node.op not in _CARRIED)
    return Candidate(name, node, line, is_main)
