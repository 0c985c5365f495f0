"""Functions with derivative rules of the user's own, as regions: passes never call user code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gradloom.ir import build, hooks
from gradloom.ir.dims import Dim
from gradloom.ir.errors import NotDifferentiable
from gradloom.ir.graph import Graph, Node, Operand
from gradloom.ir.op import Attrs, Op, Regions, Rule
from gradloom.ir.ops.control import check_region, materialised, region_cost, result_types, spread
from gradloom.ir.ops.rules import batch_all, zeros_like
from gradloom.ir.specialize import copied
from gradloom.ir.types import TensorType, tensor_type

Tangent = Operand | None


@dataclass(frozen=True, slots=True)
class Custom(Attrs):
    """The user's name for the function. A node with the function's region alone stands inside its
    own rule, too deep to have one.
    """

    name: str


def _infer(attrs: Custom, *types: TensorType, regions: tuple[Graph, ...]) -> tuple[TensorType, ...]:
    check_region(attrs.name, regions[0], types)
    return result_types(regions[0])


def _numpy(attrs: Custom, *arrays: Any, regions: tuple[Callable[..., Any], ...]) -> tuple[Any, ...]:
    return tuple(regions[0](*arrays))


def _inexact(values: Sequence[Operand]) -> list[bool]:
    return [v.type.inexact for v in values]


def _filled(tangents: Sequence[Tangent], primals: Sequence[Operand]) -> list[Operand]:
    """A tangent for each inexact primal, zeros where there is none."""
    pairs = zip(tangents, primals, strict=True)
    return [zeros_like(x) if t is None else t for t, x in pairs if x.type.inexact]


# ---- custom_jvp ----------------------------------------------------------------------------------


def _require_rule(node: Node) -> None:
    if len(node.regions) == 1:
        name = node.attrs.name  # type: ignore[union-attr]
        raise NotDifferentiable(
            f"the rule of {name} calls {name}, and was differentiated more often than traced",
            location=node.location,
            hint="write the rule without calling the function itself",
        )


def _jvp(node: Node, *tangents: Tangent) -> tuple[Tangent, ...]:
    _require_rule(node)
    rule = copied(node.regions[1])  # the node keeps its own
    outs = build.inline(rule, [*node.operands, *_filled(tangents, node.operands)])
    return tuple(spread(outs, _inexact(node.results)))


def _all_batched(op_name: str) -> Callable[..., Any]:
    def rule(
        attrs: Any,
        operands: Sequence[Operand],
        marks: Sequence[bool],
        size: int | Dim,
        regions: tuple[Graph, ...],
    ) -> Any:
        from gradloom.ir import ops as o

        made = tuple(
            hooks.of("vmap")(region, [True] * len(region.parameters), size) for region in regions
        )
        return build.emit(o.by_name(op_name), tuple(batch_all(operands, marks, size)), attrs, made)

    return rule


custom_jvp: Final[Op] = Op(
    "custom_jvp",
    _numpy,
    Rule(_jvp),
    attrs=Custom,
    infer=_infer,
    batch=_all_batched("custom_jvp"),
    cost=region_cost,
    variadic=True,
    results=-1,
    regions=-1,
)

# ---- custom_vjp ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pending(Attrs):
    """The types of the tangents that a custom reverse rule stands for."""

    name: str
    types: tuple[TensorType, ...]


def _forward_refused(
    node: Node, operands: tuple[Operand, ...], given: Sequence[Tangent]
) -> tuple[Any, Any]:
    name = node.attrs.name  # type: ignore[union-attr]
    raise NotDifferentiable(
        f"{name} has a custom reverse rule, and forward mode has none",
        location=node.location,
        hint="use reverse mode (gl.grad, gl.vjp), or define the function with gl.custom_jvp",
    )


def _vjp_split(
    node: Node, operands: tuple[Operand, ...], given: Sequence[Tangent]
) -> tuple[Any, Any]:
    _require_rule(node)
    attrs: Any = node.attrs
    _, fwd, bwd = node.regions
    outs = build.inline(fwd, operands)
    count = len(node.results)
    types = tuple(r.type for r in node.results if r.type.inexact)
    linear = (*outs[count:], *_filled(given, operands))
    tangents = build.emit(custom_vjp_linear, linear, Pending(attrs.name, types), (bwd,))
    return outs[:count], spread(tangents, _inexact(node.results))


custom_vjp: Final[Op] = Op(
    "custom_vjp", _numpy, Regions(_forward_refused), attrs=Custom, infer=_infer, split=_vjp_split,
    batch=_all_batched("custom_vjp"), cost=region_cost, variadic=True, results=-1, regions=-1,
)  # fmt: skip


def _linear_infer(
    attrs: Pending, *types: TensorType, regions: tuple[Graph, ...]
) -> tuple[TensorType, ...]:
    return attrs.types


def _linear_transpose(node: Node, ct: Any, linear: tuple[bool, ...]) -> list[Tangent]:
    cts = ct if isinstance(ct, tuple) else (ct,)
    count = len(node.regions[0].parameters) - len(node.results)
    outs = iter(
        build.inline(node.regions[0], [*node.operands[:count], *materialised(cts, node.results)])
    )
    return [None] * count + [next(outs) for _ in node.operands[count:]]


def _linear_numpy(
    attrs: Pending, *arrays: Any, regions: tuple[Callable[..., Any], ...]
) -> tuple[Any, ...]:
    raise NotDifferentiable(
        f"{attrs.name} has a custom reverse rule, and forward mode has none",
        hint="use gl.grad or gl.vjp",
    )


def _linear_batch(
    attrs: Pending,
    operands: Sequence[Operand],
    marks: Sequence[bool],
    size: int | Dim,
    regions: tuple[Graph, ...],
) -> tuple[Operand, ...]:
    made: Graph = hooks.of("vmap")(regions[0], [True] * len(regions[0].parameters), size)
    types = tuple(tensor_type(t.dtype, (size, *t.shape)) for t in attrs.types)
    return build.emit(
        custom_vjp_linear,
        tuple(batch_all(operands, marks, size)),
        Pending(attrs.name, types),
        (made,),
    )


custom_vjp_linear: Final[Op] = Op(
    "custom_vjp_linear",
    _linear_numpy,
    Regions(_forward_refused),
    attrs=Pending,
    infer=_linear_infer,
    transpose=_linear_transpose,
    batch=_linear_batch,
    variadic=True,
    results=-1,
    regions=1,
)
