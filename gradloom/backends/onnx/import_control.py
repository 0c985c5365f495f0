"""ONNX's `If`, `Loop` and `Scan` as `cond`, `while` and `scan`:
what a body sees around it becomes an operand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Operand, Value, literal
from gradloom.ir.ops.rules import BOOL, INDEX
from gradloom.ir.types import TensorType, tensor_type

if TYPE_CHECKING:
    from gradloom.backends.onnx.importer import ImportSite


def _seen(graph: Any) -> dict[str, None]:
    """The names that an ONNX graph takes from around it."""
    own = {v.name for v in graph.inputs} | set(graph.initializers)
    used: dict[str, None] = {}
    for node in graph:
        names = [v.name for v in node.inputs if v is not None]
        for attribute in node.attributes.values():
            if hasattr(attribute.value, "initializers"):
                names += _seen(attribute.value)
        used.update(dict.fromkeys(n for n in names if n not in own))
        own.update(v.name for v in node.outputs)
    used.update(dict.fromkeys(v.name for v in graph.outputs if v.name not in own))
    return used


def _captured(site: ImportSite, *graphs: Any) -> list[str]:
    """The computed values that bodies take from around them;
    constants and sizes they have by themselves.
    """
    names = dict.fromkeys(name for graph in graphs for name in _seen(graph))
    fixed = site.reader.arrays.keys() | site.reader.sizes.keys()
    return [name for name in names if name not in fixed]


def _body(
    site: ImportSite,
    graph: Any,
    consts: Sequence[str],
    inputs: Sequence[str],
    types: Sequence[TensorType],
) -> Graph:
    """An ONNX graph as a region of `consts` and its own inputs."""
    from gradloom.backends.onnx.importer import Reader

    def run(*values: Value) -> list[Operand]:
        reader = Reader(site.reader.arrays, site.reader.sizes)
        reader.env.update(zip((*consts, *inputs), values, strict=True))
        return reader.run(graph)

    return build.graph_of(run, types, name=graph.name or "body")


def _if(site: ImportSite) -> Any:
    branches = [site.attr("then_branch"), site.attr("else_branch")]
    consts = _captured(site, *branches)
    operands = [site.reader.operand(name) for name in consts]
    types = [x.type for x in operands]
    regions = tuple(_body(site, b, consts, (), types) for b in branches)
    predicate = o.reshape(site.value(), shape=()) if site.x().type.shape else site.x()
    return o.cond(predicate, *operands, regions=regions)


def _loop(site: ImportSite) -> Any:
    """Carries the turn, whether to go on, and the state;
    a loop that also stacks results is refused.
    """
    graph = site.attr("body")
    state = [site.x(i) for i in range(2, len(site.node.inputs))]
    if len(graph.outputs) != 1 + len(state):
        raise site.refuse("stacks results")
    consts = _captured(site, graph)
    scalar = tensor_type(INDEX, ())
    limit = site.x(0) if site.has(0) else literal(2**63 - 1, scalar)
    going = site.x(1) if site.has(1) else literal(True, tensor_type(BOOL, ()))
    operands = [limit, *(site.reader.operand(n) for n in consts)]
    carry = [literal(0, scalar), going, *state]
    types = [x.type for x in (*operands, *carry)]
    inner = _body(site, graph, consts, [v.name for v in graph.inputs], types[1:])
    n = len(operands)

    def left(*v: Value) -> Operand:
        result: Operand = o.logical_and(v[n + 1], o.less(v[n], v[0]))
        return result

    def step(*v: Value) -> list[Operand]:
        again, *after = build.inline(inner, v[1:])
        return [v[n] + 1, again, *after]

    regions = (build.graph_of(left, types), build.graph_of(step, types))
    return o.while_(*operands, *carry, regions=regions, consts=n)[2:]


def _scan(site: ImportSite) -> Any:
    graph, many = site.attr("body"), site.attr("num_scan_inputs")
    given = [site.x(i) for i in range(len(site.node.inputs))]
    state, xs = given[: len(given) - many], given[len(given) - many :]
    into, out = (site.attr(f"scan_{side}_directions", []) for side in ("input", "output"))
    axes = [*(site.attr("scan_input_axes") or []), *(site.attr("scan_output_axes") or [])]
    if any(axes) or len({*into, *out}) > 1:
        raise site.refuse("steps along other axes than the first, or in both directions")
    consts = _captured(site, graph)
    operands = [site.reader.operand(n) for n in consts]
    slices = [x.type.with_shape(x.type.shape[1:]) for x in xs]
    types = [*(x.type for x in (*operands, *state)), *slices]
    body = _body(site, graph, consts, [v.name for v in graph.inputs], types)
    return o.scan(
        *operands, *state, *xs, regions=(body,), consts=len(operands), carry=len(state),
        length=xs[0].type.shape[0],
        reverse=bool(into and into[0]),
    )  # fmt: skip


CONTROL: Final[dict[str, Callable[[Any], Any]]] = {"If": _if, "Loop": _loop, "Scan": _scan}
