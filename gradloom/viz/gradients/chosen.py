"""Which values of a program are its layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError
from gradloom.ir.graph import Graph, Node, Value
from gradloom.ir.op import Op
from gradloom.viz.flow.places import named_apart
from gradloom.viz.flow.taps import between

Choice = str | Sequence[str] | Callable[[Node], bool]
"""A word of `CHOICES`, names of values, or a question asked of every node."""
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


def chosen_layers(graph: Graph, active: Sequence[bool], layers: Choice) -> dict[str, Value]:
    """The layers by name, in graph order, of a graph whose first result is the loss.

    They are the values between the active parameter and the loss: contractions, nonlinear functions
    and calls ("auto"), the last of each line ("lines"), all ("values"), those of some names (as
    "values" calls them), or those for whose node a function says True. The active parameter comes
    first, the loss last. Raises `ArgumentError`.
    """
    found = [v for v in between(graph, active) if v.type.dtype.kind != "c"]
    (entry,) = (p for p, mark in zip(graph.parameters, active, strict=True) if mark)
    names = dict(zip(found, named_apart([_name(v) for v in found]), strict=True))
    loss = graph.results[0]
    if loss is not entry and loss not in names:
        raise ArgumentError(
            "the loss does not depend on the input by a way that has a derivative",
            hint="is the input used, and as floats?",
        )
    ends = {graph.results[-1]: "output", loss: "loss"}  # where both are one, it is the loss
    kept = {*_chosen(found, names, layers), *ends}
    made = [v for v in found if v in kept and v is not entry]  # `found` is in graph order
    called = [ends.get(v, names[v]) for v in made]
    return dict(zip(named_apart(["input", *called]), [entry, *made], strict=True))


def _chosen(found: list[Value], names: dict[Value, str], layers: Choice) -> Iterable[Value]:
    if callable(layers):
        return [v for v in found if v.node is not None and layers(v.node)]
    if layers == "values":
        return found
    if layers == "lines":
        return {_line(v): v for v in found}.values()
    if layers == "auto":
        return [v for v in found if v.node is not None and _is_main(v.node)]
    wanted = [layers] if isinstance(layers, str) else list(layers)
    unknown = next((name for name in wanted if name not in names.values()), None)
    if unknown is not None:
        raise ArgumentError(
            f"there is no layer {unknown!r}",
            hint=f"say {', '.join(CHOICES)}, or names of: {', '.join(names.values())}"[:400],
        )
    return [v for v in found if names[v] in wanted]


def _is_main(node: Node) -> bool:
    return node.op in _MAIN or (node.op.elementwise and node.op not in _CARRIED)


def _line(value: Value) -> Any:
    at = value.node.location if value.node is not None else None
    return value if at is None else (at.file, at.line, at.function)


def _name(value: Value) -> str:
    """Its op."""
    node = value.node
    assert node is not None
    return node.op.name + (f"[{value.index}]" if len(node.results) > 1 else "")
