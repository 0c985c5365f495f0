"""Elementwise ops on torch: operators where a bare number may stand beside a tensor, functions
where not.

Where torch's function means something else than numpy's, the row says how it is mended.
"""

from __future__ import annotations

from math import copysign, prod
from typing import TYPE_CHECKING, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.backends.torch.unsigned import widened
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Value
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import torch


def strict(template: str) -> Row:
    """A template for functions that take tensors only."""

    def row(site: Site) -> str:
        return template.format(*[site.strict(i) for i in range(len(site.args))])

    return row


def _of_kind(kinds: str, there: Row, elsewhere: Row) -> Row:
    """One row for operands of these kinds, another for the rest."""

    def row(site: Site) -> str:
        return site.written(there if site.type_of(0).dtype.kind in kinds else elsewhere)

    return row


def sign(x: torch.Tensor) -> torch.Tensor:
    """The sign, NaN of NaN (torch gives 0)."""
    return torch.where(torch.isnan(x), x, torch.sign(x))


def cbrt(x: torch.Tensor) -> torch.Tensor:
    """The real cube root."""
    return torch.copysign(torch.pow(torch.abs(x), 1 / 3), x)


def remainder(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """x modulo y with the sign of y, also that of a zero."""
    r = torch.remainder(x, y)
    return torch.where(r == 0, torch.copysign(torch.zeros_like(r), y), r)


def floor_divide(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The floor of x / y as numpy rounds it: from the exact remainder."""
    r = torch.fmod(x, y)
    q = (x - r) / y
    q = torch.where((r != 0) & ((y < 0) != (r < 0)), q - 1, q)
    whole = torch.floor(q)
    whole = torch.where(q - whole > 0.5, whole + 1, whole)
    whole = torch.where(q == 0, torch.copysign(torch.zeros_like(q), x / y), whole)
    return torch.where(y == 0, x / y, whole)


def complex_less(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Whether x comes before y: by real part, then by imaginary part."""
    return (x.real < y.real) | ((x.real == y.real) & (x.imag < y.imag))


def _order(sign: str) -> Row:
    """`<` and its kin; complex numbers in numpy's order."""
    template = {
        "<": "{f}({0}, {1})", ">": "{f}({1}, {0})",
        "<=": "{f}({0}, {1}) | ({0} == {1})", ">=": "{f}({1}, {0}) | ({0} == {1})",
    }[sign]  # fmt: skip

    def row(site: Site) -> str:
        if site.type_of(0).dtype.kind != "c":
            return f"{site.args[0]} {sign} {site.args[1]}"
        return template.format(site.strict(0), site.strict(1), f=site.helper(complex_less))

    return row


def _sign(site: Site) -> str:
    return site.call(sign, site.args[0])


def _complex(site: Site) -> str:
    """Of two tensors of one float dtype, f32 at least; a number is spread to a shape."""
    half = site.type_of(0).dtype.itemsize == 2
    parts = []
    for i in (0, 1):
        part = f"{site.strict(i)}{'.to(torch.float32)' if half else ''}"
        spread = f"torch.broadcast_to({part}, {site.write(site.shape)})"
        parts.append(spread if site.is_literal(i) else part)
    return f"torch.complex({', '.join(parts)})"


def _astype(site: Site) -> str:
    to = site.attrs.dtype
    real = ".real" if site.type_of(0).dtype.kind == "c" and to.kind not in "cb" else ""
    return f"{site.args[0]}{real}.to({site.dtype_text(to)})"


def complex_power(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """x to the power of y; 1 of 0 to the power of 0, where torch gives NaN."""
    return torch.where(y == 0, 1, torch.pow(x, y))


def _power(site: Site) -> str:
    """`torch.pow` takes a number on either side."""
    if site.dtype.kind == "c" and not site.is_literal(1):
        return site.call(complex_power, *site.args)
    return f"torch.pow({site.args[0]}, {site.args[1]})"


def _extremum(name: str, clamp: str) -> Row:
    """`clamp` beside a number (it keeps NaN, as maximum does)."""

    def row(site: Site) -> str:
        if site.type_of(0).dtype.kind == "b":
            return f"{site.args[0]} {'|' if name == 'maximum' else '&'} {site.args[1]}"
        for i in (0, 1):
            if site.is_literal(i):
                return f"torch.clamp({site.args[1 - i]}, {clamp}={site.args[i]})"
        return f"torch.{name}({site.args[0]}, {site.args[1]})"

    return row


def _float_helper(function: object, template: str) -> Row:
    """A helper for floats, a template for integers."""

    def row(site: Site) -> str:
        if site.type_of(0).dtype.kind in "fV":
            return site.call(function, *[site.strict(i) for i in range(len(site.args))])  # type: ignore[arg-type]
        return template.format(*[site.strict(i) for i in range(len(site.args))])

    return row


_LARGE: Final = 8192
"""From so many elements on `masked` is faster than torch's `where` on a CPU: masks at random take
0.8 times as long at 6,000 (a repeated one is learnt), 2.3 times at 10,000 and 4.5 times at 200,000;
one whose halves are alike, which are rare, two thirds.
"""
_MASKED: Final = frozenset(("float16", "bfloat16", "float32", "float64"))


def masked(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """x where the mask is true, else 0. torch's `where` has a branch for each element, which a
    processor guesses wrong half of the time; this has none.
    """
    return torch.ops.aten.threshold_backward(x, mask.to(x.dtype), 0)


def _masked(site: Site) -> str | None:
    """Where one side is zero and the other a large array of floats."""
    sizes = [n for n in site.shape if isinstance(n, int)]
    if site.dtype.name not in _MASKED or len(sizes) < len(site.shape) or prod(sizes) < _LARGE:
        return None
    for zero, other in ((1, 2), (2, 1)):
        literal, arrays = site.operand(zero), (site.operand(0), site.operand(other))
        if (
            isinstance(literal, Literal)
            and literal.value == 0
            and copysign(1, float(literal.value)) > 0
            and all(isinstance(x, Value) and x.type.shape == site.shape for x in arrays)
        ):
            mask = site.args[0] if other == 1 else f"~{site.args[0]}"
            return site.call(masked, site.args[other], mask)
    return None


def _where(site: Site) -> str:
    found = _masked(site)
    if found is not None:
        return found
    if site.is_literal(0):
        return f"torch.where({site.strict(0)}, {site.strict(1)}, {site.strict(2)})"
    return f"torch.where({site.args[0]}, {site.args[1]}, {site.args[2]})"


_SAME: Final = (
    o.abs, o.square, o.reciprocal, o.sqrt, o.exp, o.exp2, o.expm1, o.log, o.log2, o.log10,
    o.log1p, o.sin,
    o.cos, o.tan, o.asin, o.acos, o.atan, o.sinh, o.cosh, o.tanh, o.asinh, o.acosh, o.atanh,
    o.floor, o.ceil,
    o.trunc, o.round, o.isnan, o.isinf, o.isfinite, o.erf,
)  # fmt: skip
"""Unary ops whose torch function has the op's name and meaning."""

_INFIX: Final[dict[Op, str]] = {
    o.add: "+", o.subtract: "-", o.multiply: "*", o.divide: "/", o.equal: "==", o.not_equal: "!=",
    o.logical_and: "&", o.logical_or: "|",
    o.logical_xor: "^", o.bitwise_and: "&", o.bitwise_or: "|", o.bitwise_xor: "^",
    o.left_shift: "<<",
    o.right_shift: ">>",
}  # fmt: skip

_ROWS: Final[dict[Op, Row]] = {
    **{op: f"torch.{op.name}({{0}})" for op in _SAME},
    **{op: f"{{0}} {sign} {{1}}" for op, sign in _INFIX.items()},
    o.less: _order("<"),
    o.less_equal: _order("<="),
    o.greater: _order(">"),
    o.greater_equal: _order(">="),
    o.negative: "-{0}",
    o.logical_not: "~{0}",
    o.bitwise_invert: "~{0}",
    o.abs: _of_kind("bu", "{0}", "torch.abs({0})"),
    o.conj: _of_kind("c", "torch.conj_physical({0})", "{0}"),
    o.sign: _of_kind("fV", _sign, _of_kind("c", "torch.sgn({0})", "torch.sign({0})")),
    o.reciprocal: _of_kind(
        "iu", 'torch.div(1, {0}, rounding_mode="trunc")', "torch.reciprocal({0})"
    ),
    o.cbrt: lambda site: site.call(cbrt, site.args[0]),
    o.real: "{0}.real",
    o.imag: "{0}.imag",
    o.complex: _complex,
    o.floor_divide: _float_helper(floor_divide, "{0} // {1}"),
    o.remainder: _float_helper(remainder, "torch.remainder({0}, {1})"),
    o.fmod: strict("torch.fmod({0}, {1})"),
    o.power: _power,
    o.maximum: _extremum("maximum", "min"),
    o.minimum: _extremum("minimum", "max"),
    o.atan2: strict("torch.atan2({0}, {1})"),
    o.hypot: strict("torch.hypot({0}, {1})"),
    o.logaddexp: strict("torch.logaddexp({0}, {1})"),
    o.copysign: strict("torch.copysign({0}, {1})"),
    o.nextafter: strict("torch.nextafter({0}, {1})"),
    o.where: _where,
    o.astype: _astype,
    o.bitcast: lambda site: f"{site.args[0]}.view({site.dtype_text()})",
    o.stop_gradient: "{0}.detach()",
}

_PLAIN: Final = frozenset(
    (o.astype, o.bitcast, o.where, o.stop_gradient, o.equal, o.not_equal)
    + (o.isnan, o.isinf, o.isfinite)
)
"""Ops that torch has for every dtype."""

ROWS: Final[dict[Op, Row]] = {
    op: row if op in _PLAIN else widened(row) for op, row in _ROWS.items()
}
