"""Each op's rules and backends as one row of words; none of them is empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gradloom import backends
from gradloom.backends.lower import INLINED
from gradloom.backends.onnx import table as onnx
from gradloom.backends.torchscript import table as torchscript
from gradloom.ir import ops as o
from gradloom.ir.op import Linear, Op, Opaque, Partials, Regions, Rule, Zero, no_cost

REASON: Final = "absent because "


def _type(op: Op) -> str:
    return "direct" if op.infer is not None else "derived from axes"


def _jvp(op: Op) -> str:
    match op.jvp:
        case Partials():
            return "partials"
        case Linear():
            return "linear"
        case Zero():
            return "zero"
        case Rule() | Regions():
            return "direct"
        case Opaque(why=why):
            return REASON + why


def _transpose(op: Op) -> str:
    """Reverse mode transposes what is linear, and of all other ops the tangent's nodes."""
    if op.transpose is not None:
        return "direct"
    if isinstance(op.jvp, Zero):
        return "zero"
    return REASON + op.jvp.why if isinstance(op.jvp, Opaque) else "derived from jvp"


def _batch(op: Op) -> str:
    if op.effect is not None:
        return REASON + "no loop has the order its effects would have"
    return "direct" if op.batch is not None else "derived: elementwise"


def _shard(op: Op) -> str:
    if op.axes is None or op.regions or op.effect is not None or not op.arity:
        return "derived: whole on every worker"
    return "derived from axes"


def _cost(op: Op) -> str:
    return "free" if op.cost is no_cost else "direct"


def _backend(name: str) -> Callable[[Op], str]:
    def cell(op: Op) -> str:
        backend = backends.get(name)
        if op in backend.absences:
            return REASON + backend.absences[op]
        if op in backend.table:
            return "direct, else decomposed" if op in backend.serves else "direct"
        return _elsewhere(op)

    return cell


def _torchscript(op: Op) -> str:
    if op in torchscript.ABSENT:
        return REASON + torchscript.ABSENT[op]
    return "direct" if op in torchscript.TABLE else _elsewhere(op)


def _onnx(op: Op) -> str:
    if op in onnx.ABSENT:
        return REASON + onnx.ABSENT[op]
    if op in onnx.TABLE:
        return "direct, else decomposed" if op in onnx.DECOMPOSED else "direct"
    return "decomposed" if op in onnx.DECOMPOSED else _elsewhere(op)


def _elsewhere(op: Op) -> str:
    """Where a table says nothing: what lowering does before it is asked."""
    if op is o.custom_vjp_linear:
        return REASON + "it waits for its transposition"
    if op in INLINED:
        return "decomposed: inlined"
    return "decomposed" if op.decompose is not None else ""


COLUMNS: Final[dict[str, Callable[[Op], str]]] = {
    "type": _type,
    "jvp": _jvp,
    "transpose": _transpose,
    "batch": _batch,
    "shard": _shard,
    "cost": _cost,
    "numpy": _backend("numpy"),
    "torch": _backend("torch"),
    "jax": _backend("jax"),
    "tensorflow": _backend("tensorflow"),
    "torchscript": _torchscript,
    "onnx": _onnx,
}


def matrix() -> dict[str, dict[str, str]]:
    """Op -> column -> cell, ops in the order of the alphabet."""
    ops = o.builtin_ops()
    return {name: {c: cell(ops[name]) for c, cell in COLUMNS.items()} for name in sorted(ops)}
