"""`linear_call`: a linear function that brings its transpose along, both as regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gradloom.ir import build, hooks
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Graph, Node, Operand
from gradloom.ir.op import Attrs, Op, Regions
from gradloom.ir.ops.control import (
    check_counts,
    check_region,
    marked,
    materialised,
    present,
    region_cost,
    result_types,
    spread,
)
from gradloom.ir.ops.rules import batch_all
from gradloom.ir.types import TensorType

Tangent = Operand | None


@dataclass(frozen=True, slots=True)
class Paired(Attrs):
    """The first `known` operands are known to both regions; the rest is what the function is linear
    in. The first region takes all operands; the second takes the known ones and a cotangent for
    each result, and gives one for each operand of the rest.
    """

    known: int


def _infer(attrs: Paired, *types: TensorType, regions: tuple[Graph, ...]) -> tuple[TensorType, ...]:
    check_counts("linear_call", len(types), attrs.known)
    forward, back = regions
    check_region("linear_call", forward, types)
    results = result_types(forward)
    check_region("linear_call: transpose", back, [*types[: attrs.known], *results])
    if result_types(back) != types[attrs.known :]:
        raise ShapeError(
            f"linear_call: the function is linear in {list(types[attrs.known :])} and its transpose"
            f" gives {list(result_types(back))}"
        )
    return results


def _numpy(attrs: Paired, *arrays: Any, regions: tuple[Callable[..., Any], ...]) -> tuple[Any, ...]:
    return tuple(regions[0](*arrays))


def _jvp(node: Node, operands: tuple[Operand, ...], given: Sequence[Tangent]) -> tuple[Any, Any]:
    """With tangents for the linear operands alone, the function itself; else its derivative."""
    attrs: Any = node.attrs
    if all(t is None for t in given[: attrs.known]):
        results = build.emit(linear_call, operands, attrs, node.regions)
        filled = materialised(given[attrs.known :], operands[attrs.known :])
        pushed = (*operands[: attrs.known], *filled)
        return results, build.emit(linear_call, pushed, attrs, node.regions)
    forward, marks = node.regions[0], marked(given)
    wanted = [r.type.inexact for r in forward.results]
    outs = build.inline(hooks.of("jvp")(forward, marks, wanted), [*operands, *present(given)])
    count = len(forward.results)
    return outs[:count], spread(outs[count:], wanted)


def _split(node: Node, operands: tuple[Operand, ...], given: Sequence[Tangent]) -> tuple[Any, Any]:
    attrs: Any = node.attrs
    if all(t is None for t in given[: attrs.known]):
        return _jvp(node, operands, given)
    parts = hooks.of("split")(node.regions[0], marked(given))
    count = len(node.results)
    known = build.inline(parts.known, operands)
    outs = build.inline(parts.linear, [*known[count:], *present(given)])
    return known[:count], spread(outs, parts.active)


def _transpose(node: Node, ct: Any, linear: tuple[bool, ...]) -> list[Tangent]:
    attrs: Any = node.attrs
    cts = ct if isinstance(ct, tuple) else (ct,)
    known = node.operands[: attrs.known]
    outs = build.inline(node.regions[1], [*known, *materialised(cts, node.results)])
    return [*(None for _ in known), *outs]


def _batch(
    attrs: Paired,
    operands: Sequence[Operand],
    marks: Sequence[bool],
    size: int | Dim,
    regions: tuple[Graph, ...],
) -> tuple[Operand, ...]:
    made = tuple(
        hooks.of("vmap")(region, [True] * len(region.parameters), size) for region in regions
    )
    return build.emit(linear_call, tuple(batch_all(operands, marks, size)), attrs, made)


linear_call: Final[Op] = Op(
    "linear_call",
    _numpy,
    Regions(_jvp),
    attrs=Paired,
    infer=_infer,
    split=_split,
    transpose=_transpose,
    batch=_batch,
    cost=region_cost,
    variadic=True,
    results=-1,
    regions=2,
)
