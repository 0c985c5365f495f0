"""Elementwise ops that are one ONNX node, or a few."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.backends.onnx.row import (
    ALL,
    BOOL,
    EVERY,
    F32,
    FLOATS,
    INTEGERS,
    NUMBERS,
    Row,
    Site,
    plain,
)
from gradloom.ir import ops as o
from gradloom.ir.op import Op

_EXTREMA: Final = FLOATS | {"int8", "int32", "int64", "uint8", "uint32", "uint64"}
_SHIFTS: Final = {"uint8": "uint8", "uint16": "uint32", "uint32": "uint32", "uint64": "uint64"}
"""The dtype in which each unsigned one is shifted."""


def _not(write: Any) -> Any:
    return lambda site: site.w.node("Not", write(site))


def _isnan(site: Site) -> Any:
    """Only floats can be NaN: others are compared with themselves."""
    x = site.small(0)
    if site.type(0).dtype.name in FLOATS:
        return site.w.node("IsNaN", x)
    return site.w.node("Not", site.w.node("Equal", x, x))


def _isinf(site: Site) -> Any:
    x = site.small(0)
    if site.type(0).dtype.name in FLOATS:
        return site.w.node("IsInf", x)
    return site.w.node("Not", site.w.node("Equal", x, x))


def _isfinite(site: Site) -> Any:
    """|x| < inf, which NaN is not either."""
    x = site.small(0)
    if site.type(0).dtype.name in FLOATS:
        return site.w.node("Less", site.w.node("Abs", x), site.scalar(np.inf))
    return site.w.node("Equal", x, x)


def _abs(site: Site) -> Any:
    if site.type(0).dtype.kind == "b":
        return site.w.node("Identity", site.small(0))
    return site.w.node("Abs", site.small(0))


def _floor_divide(site: Site) -> Any:
    """ONNX divides integers towards zero: one less where signs differ and there is a remainder."""
    (x, y), w = site.inputs, site.w
    quotient = w.node("Div", x, y)
    if site.result.dtype.kind == "u":
        return quotient
    zero = site.scalar(0)
    rest = w.node("Sub", x, w.node("Mul", quotient, y))
    signs = w.node("Xor", w.node("Less", rest, zero), w.node("Less", y, zero))
    over = w.node("And", signs, w.node("Not", w.node("Equal", rest, zero)))
    return w.node("Sub", quotient, w.cast(over, site.result.dtype))


def _shift(site: Site, direction: str, x: Any) -> Any:
    dtype = site.result.dtype
    unsigned = np.dtype(f"uint{dtype.itemsize * 8}")
    within = np.dtype(_SHIFTS[unsigned.name])
    moved = site.w.cast(site.w.cast(x, unsigned), within)
    by = site.w.cast(site.small(1), within)
    made = site.w.node("BitShift", moved, by, direction=direction)
    return site.w.cast(site.w.cast(made, unsigned), dtype)


def _left_shift(site: Site) -> Any:
    return _shift(site, "LEFT", site.small(0))


def _right_shift(site: Site) -> Any:
    """ONNX shifts unsigned numbers only; below zero, not(not(x) >> y) brings ones in."""
    x, w = site.small(0), site.w
    if site.result.dtype.kind == "u":
        return _shift(site, "RIGHT", x)
    below = w.node("Less", x, site.scalar(0))
    mask = w.node("Neg", w.cast(below, np.dtype(np.int64)))
    mask = w.cast(mask, site.result.dtype)  # all ones below zero, else none
    return w.node("BitwiseXor", _shift(site, "RIGHT", w.node("BitwiseXor", x, mask)), mask)


def _where(site: Site) -> Any:
    return site.w.node("Where", *site.inputs)


def _astype(site: Site) -> Any:
    to = site.attrs.dtype
    x = site.small(0)
    if site.type(0).dtype == to:
        return site.w.node("Identity", x)
    if to.kind == "b":  # NaN counts as true
        dtype = site.type(0).dtype
        if dtype.name not in NUMBERS:
            dtype = np.dtype(np.float32)
            x = site.w.cast(x, dtype)
        return site.w.node("Not", site.w.node("Equal", x, site.scalar(0, dtype)))
    return site.w.cast(x, to)


def _same(site: Site) -> Any:
    return site.w.node("Identity", site.small(0))


ROWS: Final[dict[Op, Row]] = {
    o.negative: plain("Neg", FLOATS | {"int8", "int32", "int64"}, wraps=True),
    o.abs: Row(_abs, NUMBERS | BOOL),
    o.conj: Row(_same, ALL),
    o.sign: plain("Sign", INTEGERS),
    o.square: Row(lambda s: s.w.node("Mul", s.small(0), s.small(0)), NUMBERS),
    o.reciprocal: Row(lambda s: s.w.node("Div", s.scalar(1), s.small(0)), NUMBERS),
    o.sqrt: plain("Sqrt", FLOATS),
    o.exp: plain("Exp", FLOATS),
    o.log: plain("Log", FLOATS),
    o.sin: plain("Sin", FLOATS),
    o.cos: plain("Cos", FLOATS),
    o.tan: plain("Tan", F32),
    o.asin: plain("Asin", F32),
    o.acos: plain("Acos", F32),
    o.atan: plain("Atan", F32),
    o.sinh: plain("Sinh", F32),
    o.cosh: plain("Cosh", F32),
    o.tanh: plain("Tanh", FLOATS),
    o.erf: plain("Erf", F32),
    o.floor: plain("Floor", FLOATS),
    o.ceil: plain("Ceil", FLOATS),
    o.round: plain("Round", FLOATS),
    o.isnan: Row(_isnan, NUMBERS | BOOL),
    o.isinf: Row(_isinf, NUMBERS | BOOL),
    o.isfinite: Row(_isfinite, NUMBERS | BOOL),
    o.logical_not: plain("Not", BOOL),
    o.bitwise_invert: plain("BitwiseNot", INTEGERS),
    o.add: plain("Add", NUMBERS),
    o.subtract: plain("Sub", NUMBERS),
    o.multiply: plain("Mul", NUMBERS),
    o.divide: plain("Div", FLOATS),
    o.floor_divide: Row(_floor_divide, INTEGERS),
    o.remainder: plain("Mod", INTEGERS),
    o.fmod: plain("Mod", FLOATS, fmod=1),
    o.power: plain("Pow", FLOATS),
    o.maximum: plain("Max", _EXTREMA),
    o.minimum: plain("Min", _EXTREMA),
    o.equal: plain("Equal", NUMBERS | BOOL),
    o.not_equal: Row(_not(lambda s: s.w.node("Equal", *s.inputs)), NUMBERS | BOOL),
    o.less: plain("Less", NUMBERS),
    o.less_equal: plain("LessOrEqual", NUMBERS),
    o.greater: plain("Greater", NUMBERS),
    o.greater_equal: plain("GreaterOrEqual", NUMBERS),
    o.logical_and: plain("And", BOOL),
    o.logical_or: plain("Or", BOOL),
    o.logical_xor: plain("Xor", BOOL),
    o.bitwise_and: plain("BitwiseAnd", INTEGERS),
    o.bitwise_or: plain("BitwiseOr", INTEGERS),
    o.bitwise_xor: plain("BitwiseXor", INTEGERS),
    o.left_shift: Row(_left_shift, INTEGERS),
    o.right_shift: Row(_right_shift, INTEGERS),
    o.where: Row(_where, FLOATS | {"int8", "int32", "int64", "uint8", "uint32"}, wraps=True, by=1),
    o.astype: Row(_astype, EVERY),
    o.stop_gradient: Row(_same, EVERY),
}  # fmt: skip
