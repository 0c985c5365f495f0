"""Elementwise ops on TensorFlow, which broadcasts them too; what it lacks for some dtypes is made
up for here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.backends.tensorflow import pieces as p
from gradloom.ir import ops as o
from gradloom.ir.op import Op
from gradloom.ir.types import DType


def by_kind(**rows: Row) -> Row:
    """The row for the first operand's kind, `rest` for those not named; low precision counts as
    float.
    """

    def row(site: Site) -> str:
        return site.written(rows.get(_kind(site.type_of(0).dtype), rows["rest"]))

    return row


def _kind(dtype: DType) -> str:
    return "f" if dtype.kind == "V" else dtype.kind


def through(row: Row, wide: str, names: str) -> Row:
    """`row` computed in the dtype `wide` where the operands' dtype is among `names`."""

    def via(site: Site) -> str:
        if site.type_of(0).dtype.name not in names.split():
            return site.written(row)
        site.args = [f"tf.cast({x}, tf.{wide})" for x in site.args]
        written = site.written(row)
        back = site.dtype == site.type_of(0).dtype
        return f"tf.cast({written}, {site.dtype_text()})" if back else written

    return via


def ours(function: Callable[..., Any]) -> Row:
    """A call of a function of ours, whose text goes along."""
    return lambda site: site.call(function, *site.args)


HALF: Final = "float16 bfloat16"
_UNSIGNED: Final = "uint8 uint16 uint32 uint64"
_TRUNCATED_MOD: Final = "{0} - tf.raw_ops.TruncateDiv(x={0}, y={1}) * {1}"
_INVERSE: Final = "tf.raw_ops.TruncateDiv(x=tf.ones_like({0}), y={0})"


def _complex_power(site: Site) -> str:
    if site.is_literal(1):
        return f"tf.pow({site.args[0]}, {site.args[1]})"
    return site.call(p.complex_power, *site.args)


def _log(base: float) -> Row:
    """The natural logarithm over that of the base, in f32 for low precision."""
    scale = repr(math.log(base))

    def row(site: Site) -> str:
        number = f"complex({scale}, 0.0)" if site.dtype.kind == "c" else scale
        wide = "tf.float32" if site.dtype.name in HALF.split() else site.dtype_text()
        return f"tf.math.log({{0}}) / tf.constant({number}, {wide})".format(*site.args)

    return through(row, "float32", HALF)


def _exp2(site: Site) -> str:
    if site.dtype.kind == "c":
        scale = f"complex({math.log(2)!r}, 0.0)"
        return f"tf.exp({site.args[0]} * tf.constant({scale}, {site.dtype_text()}))"
    wide = "tf.float32" if site.dtype.name in HALF.split() else site.dtype_text()
    return f"tf.pow(tf.constant(2.0, {wide}), {site.args[0]})"


def _complex(site: Site) -> str:
    half = site.type_of(0).dtype.itemsize == 2
    parts = [f"tf.cast({x}, tf.float32)" if half else x for x in site.args]
    return f"tf.complex({', '.join(parts)})"


def _astype(site: Site) -> str:
    given, to, x = site.type_of(0).dtype, site.attrs.dtype, site.args[0]
    if given.kind == "c" and to.kind == "b":
        return f"{x} != tf.zeros_like({x})"
    x = f"tf.math.real({x})" if given.kind == "c" and to.kind != "c" else x
    return f"tf.cast({x}, {site.dtype_text(to)})"


def _order(sign: str) -> Row:
    """`<` and its kin: of bools as numbers, of complex numbers by real part, then by imaginary
    part.
    """
    less, plain = p.complex_less, f"{{0}} {sign} {{1}}"

    def of_complex(site: Site) -> str:
        x, y = site.args if sign[0] == "<" else site.args[::-1]
        same = f" | ({x} == {y})" if "=" in sign else ""
        return site.call(less, x, y) + same

    return by_kind(c=of_complex, b=through(plain, "uint8", "bool"), rest=plain)


_PLAIN: Final[dict[Op, str]] = {
    o.square: "square", o.exp: "exp", o.expm1: "expm1", o.log: "log", o.log1p: "log1p",
    o.sin: "sin", o.cos: "cos",
    o.tan: "tan", o.asin: "asin", o.acos: "acos", o.atan: "atan", o.sinh: "sinh",
    o.cosh: "cosh", o.tanh: "tanh",
    o.asinh: "asinh", o.acosh: "acosh", o.atanh: "atanh", o.floor: "floor", o.ceil: "ceil",
    o.sqrt: "sqrt",
    o.logical_not: "logical_not", o.real: "real", o.imag: "imag",
}  # fmt: skip
_INFIX: Final[dict[Op, str]] = {
    o.add: "+", o.subtract: "-", o.multiply: "*", o.divide: "/", o.equal: "==", o.not_equal: "!=",
}  # fmt: skip
_BITS: Final[dict[Op, str]] = {o.bitwise_and: "and", o.bitwise_or: "or", o.bitwise_xor: "xor"}


def _tests(name: str, joins: str) -> Row:
    """A test of floats; of complex numbers that of both parts."""
    parts = f"tf.math.{name}(tf.math.real({{0}})) {joins} tf.math.{name}(tf.math.imag({{0}}))"
    return by_kind(c=parts, rest=f"tf.math.{name}({{0}})")


ROWS: Final[dict[Op, Row]] = {
    **{op: f"tf.math.{name}({{0}})" for op, name in _PLAIN.items()},
    **{op: f"{{0}} {sign} {{1}}" for op, sign in _INFIX.items()},
    **{
        op: by_kind(
            b=f"tf.math.logical_{name}({{0}}, {{1}})",
            rest=f"tf.bitwise.bitwise_{name}({{0}}, {{1}})",
        )
        for op, name in _BITS.items()
    },
    **{
        op: f"tf.math.{op.name}({{0}}, {{1}})"
        for op in (o.logical_and, o.logical_or, o.logical_xor)
    },
    o.negative: by_kind(u=through("-{0}", "int64", _UNSIGNED), rest="-{0}"),
    o.conj: by_kind(c="tf.math.conj({0})", rest="{0}"),
    o.abs: by_kind(b="{0}", u="{0}", rest="tf.abs({0})"),
    o.sign: by_kind(
        u=lambda site: f"tf.cast({site.args[0]} != 0, {site.dtype_text()})",
        f=ours(p.sign),
        rest="tf.sign({0})",
    ),
    o.reciprocal: by_kind(
        i=_INVERSE,
        u=_INVERSE,
        rest="tf.math.reciprocal({0})",
    ),
    o.cbrt: ours(p.cbrt),
    o.exp2: through(_exp2, "float32", HALF),
    o.log2: _log(2),
    o.log10: _log(10),
    o.trunc: "tf.where({0} < 0, tf.math.ceil({0}), tf.math.floor({0}))",
    o.round: through("tf.math.rint({0})", "float32", HALF),
    o.isnan: _tests("is_nan", "|"),
    o.isinf: _tests("is_inf", "|"),
    o.isfinite: _tests("is_finite", "&"),
    o.bitwise_invert: by_kind(b="tf.math.logical_not({0})", rest="tf.bitwise.invert({0})"),
    o.complex: _complex,
    o.floor_divide: by_kind(f=through(ours(p.floor_divide), "float32", HALF), rest="{0} // {1}"),
    o.remainder: by_kind(
        f=through(ours(p.remainder), "float32", HALF), rest="tf.math.floormod({0}, {1})"
    ),
    o.fmod: by_kind(
        f=through("tf.raw_ops.TruncateMod(x={0}, y={1})", "float32", HALF), rest=_TRUNCATED_MOD
    ),
    o.power: by_kind(c=_complex_power, rest=through("tf.pow({0}, {1})", "int64", _UNSIGNED)),
    o.maximum: by_kind(b="tf.math.logical_or({0}, {1})", rest="tf.maximum({0}, {1})"),
    o.minimum: by_kind(b="tf.math.logical_and({0}, {1})", rest="tf.minimum({0}, {1})"),
    o.atan2: "tf.math.atan2({0}, {1})",
    o.hypot: ours(p.hypot),
    o.logaddexp: through(ours(p.logaddexp), "float32", HALF),
    o.erf: ours(p.erf),
    o.copysign: ours(p.copysign),
    o.nextafter: lambda site: (
        site.call(p.nextafter, *site.args, f"tf.int{site.dtype.itemsize * 8}")
        if site.dtype.itemsize == 2
        else f"tf.math.nextafter({site.args[0]}, {site.args[1]})"
    ),
    o.less: _order("<"),
    o.less_equal: _order("<="),
    o.greater: _order(">"),
    o.greater_equal: _order(">="),
    o.left_shift: "tf.bitwise.left_shift({0}, {1})",
    o.right_shift: "tf.bitwise.right_shift({0}, {1})",
    o.where: "tf.where({0}, {1}, {2})",
    o.astype: _astype,
    o.bitcast: lambda site: f"tf.bitcast({site.args[0]}, {site.dtype_text()})",
    o.stop_gradient: "tf.stop_gradient({0})",
}
