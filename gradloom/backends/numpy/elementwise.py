"""Elementwise ops on numpy: an operator where Python has one, a ufunc where not, `out=` where an
operand may go.
"""

from __future__ import annotations

from typing import Final, final

import numpy as np

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op
from gradloom.ir.ops.error_function import erf


@final
class Ufunc:
    """Writes `np.tanh(x)`, `x + y`, or `np.tanh(x, out=x)` when the node may write over its
    operand.
    """

    __slots__ = ("name", "operator")

    def __init__(self, name: str, operator: str = "") -> None:
        self.name = name
        self.operator = operator

    def __call__(self, site: Site) -> str:
        """The node's expression; with `out=` a statement."""
        args = site.args
        if site.over:
            return f"np.{self.name}({', '.join(args)}, out={site.over})"
        if self.operator:
            return self.operator.format(*args)
        return f"np.{self.name}({', '.join(args)})"


def complex_of(re: np.ndarray, im: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """re + i im, without the arithmetic that would lose signs of zero and make NaN of
    infinities.
    """
    out = np.empty(np.broadcast_shapes(np.shape(re), np.shape(im)), dtype)
    out.real, out.imag = re, im
    return out


def _erf(site: Site) -> str:
    return site.call(erf, site.args[0], site.dtype_text())


def _complex(site: Site) -> str:
    return site.call(complex_of, *site.args, site.dtype_text())


def _astype(site: Site) -> str:
    to = site.attrs.dtype
    real = ".real" if site.type_of(0).dtype.kind == "c" and to.kind not in "cb" else ""
    return f"{site.args[0]}{real}.astype({site.dtype_text(to)})"


_OPERATORS: Final = {
    o.negative: "-{0}", o.add: "{0} + {1}", o.subtract: "{0} - {1}", o.multiply: "{0} * {1}",
    o.divide: "{0} / {1}",
    o.equal: "{0} == {1}", o.not_equal: "{0} != {1}", o.less: "{0} < {1}",
    o.less_equal: "{0} <= {1}",
    o.greater: "{0} > {1}", o.greater_equal: "{0} >= {1}", o.bitwise_and: "{0} & {1}",
    o.bitwise_or: "{0} | {1}",
    o.bitwise_xor: "{0} ^ {1}", o.left_shift: "{0} << {1}", o.right_shift: "{0} >> {1}",
    o.bitwise_invert: "~{0}",
}  # fmt: skip

_UFUNCS: Final[dict[Op, str]] = {
    o.negative: "negative", o.conj: "conj", o.abs: "abs", o.sign: "sign", o.square: "square",
    o.reciprocal: "reciprocal", o.sqrt: "sqrt", o.cbrt: "cbrt", o.exp: "exp", o.exp2: "exp2",
    o.expm1: "expm1",
    o.log: "log", o.log2: "log2", o.log10: "log10", o.log1p: "log1p", o.sin: "sin",
    o.cos: "cos", o.tan: "tan",
    o.asin: "arcsin", o.acos: "arccos", o.atan: "arctan", o.sinh: "sinh", o.cosh: "cosh",
    o.tanh: "tanh",
    o.asinh: "arcsinh", o.acosh: "arccosh", o.atanh: "arctanh", o.floor: "floor",
    o.ceil: "ceil", o.trunc: "trunc",
    o.round: "rint", o.isnan: "isnan", o.isinf: "isinf", o.isfinite: "isfinite",
    o.logical_not: "logical_not",
    o.bitwise_invert: "invert", o.add: "add", o.subtract: "subtract", o.multiply: "multiply",
    o.divide: "divide",
    o.floor_divide: "floor_divide", o.remainder: "remainder", o.fmod: "fmod", o.power: "power",
    o.maximum: "maximum", o.minimum: "minimum", o.atan2: "arctan2", o.hypot: "hypot",
    o.logaddexp: "logaddexp",
    o.copysign: "copysign", o.nextafter: "nextafter", o.equal: "equal",
    o.not_equal: "not_equal", o.less: "less",
    o.less_equal: "less_equal", o.greater: "greater", o.greater_equal: "greater_equal",
    o.logical_and: "logical_and", o.logical_or: "logical_or", o.logical_xor: "logical_xor",
    o.bitwise_and: "bitwise_and", o.bitwise_or: "bitwise_or", o.bitwise_xor: "bitwise_xor",
    o.left_shift: "left_shift", o.right_shift: "right_shift",
}  # fmt: skip

ROWS: Final[dict[Op, Row]] = {
    **{op: Ufunc(name, _OPERATORS.get(op, "")) for op, name in _UFUNCS.items()},
    o.erf: _erf,
    o.real: "{0}.real",
    o.imag: "{0}.imag",
    o.complex: _complex,
    o.where: "np.where({0}, {1}, {2})",
    o.astype: _astype,
    o.bitcast: lambda site: f"{site.args[0]}.view({site.dtype_text()})",
    o.stop_gradient: "{0}",
}
