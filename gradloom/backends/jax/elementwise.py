"""Elementwise ops on JAX: its numpy has the same functions; the rows below say where they
differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import jax
    import jax.numpy as jnp


def sign(x: jax.Array) -> jax.Array:
    """The sign; of either zero it is 0, as numpy has it."""
    return jnp.where(x == 0, jnp.zeros_like(x), jnp.sign(x))


def complex_power(x: jax.Array, y: jax.Array) -> jax.Array:
    """x to the power of y; 0 of 0, where JAX gives NaN if y has an imaginary part."""
    z = jnp.power(x, y)
    return jnp.where((x == 0) & (jnp.real(y) > 0), jnp.zeros_like(z), z)


def remainder(x: jax.Array, y: jax.Array) -> jax.Array:
    """x modulo y with the sign of y, also that of a zero."""
    r = jnp.remainder(x, y)
    return jnp.where(r == 0, jnp.copysign(jnp.zeros_like(r), y), r)


def floor_divide(x: jax.Array, y: jax.Array) -> jax.Array:
    """The floor of x / y as numpy rounds it: from the exact remainder."""
    r = jnp.fmod(x, y)
    q = (x - r) / y
    q = jnp.where((r != 0) & ((y < 0) != (r < 0)), q - 1, q)
    whole = jnp.floor(q)
    whole = jnp.where(q - whole > 0.5, whole + 1, whole)
    whole = jnp.where(q == 0, jnp.copysign(jnp.zeros_like(q), x / y), whole)
    return jnp.where(y == 0, x / y, whole)


def _of_floats(function: Callable[..., Any], name: str) -> Row:
    """A function of ours for floats, JAX's own for other numbers."""

    def row(site: Site) -> str:
        if site.type_of(0).dtype.kind in "fV":
            return site.call(function, *[site.strict(i) for i in range(len(site.args))])
        return f"jnp.{name}({', '.join(site.args)})"

    return row


def _power(site: Site) -> str:
    if site.dtype.kind != "c":
        return f"jnp.power({', '.join(site.args)})"
    return site.call(complex_power, site.strict(0), site.strict(1))


def _wider(name: str) -> Row:
    """Low precision is computed in f32, where JAX would lose digits."""

    def row(site: Site) -> str:
        if site.dtype.kind != "V":
            return f"jnp.{name}({', '.join(site.args)})"
        wide = [f"{site.strict(i)}.astype(jnp.float32)" for i in range(len(site.args))]
        return f"jnp.{name}({', '.join(wide)}).astype({site.dtype_text()})"

    return row


def _complex(site: Site) -> str:
    """`lax.complex` neither converts nor broadcasts."""
    half = site.type_of(0).dtype.itemsize == 2
    to = ".astype(jnp.float32)" if half else ""
    return f"lax.complex(*jnp.broadcast_arrays({site.strict(0)}{to}, {site.strict(1)}{to}))"


def _astype(site: Site) -> str:
    to = site.attrs.dtype
    real = ".real" if site.type_of(0).dtype.kind == "c" and to.kind not in "cb" else ""
    return f"{site.args[0]}{real}.astype({site.dtype_text(to)})"


def _reciprocal(site: Site) -> str:
    """Of integers `jnp.reciprocal` makes floats."""
    if site.dtype.kind in "iu":
        return f"lax.div(jnp.ones_like({site.args[0]}), {site.args[0]})"
    return f"jnp.reciprocal({site.args[0]})"


_NAMED: Final[dict[Op, str]] = {
    o.round: "rint", o.bitwise_invert: "invert", o.asin: "arcsin", o.acos: "arccos",
    o.atan: "arctan",
    o.asinh: "arcsinh", o.acosh: "arccosh", o.atanh: "arctanh", o.atan2: "arctan2",
}  # fmt: skip
_SAME: Final = (
    o.conj, o.abs, o.square, o.sqrt, o.cbrt, o.exp, o.expm1, o.log, o.log2, o.log10, o.log1p,
    o.sin, o.cos, o.tan, o.sinh, o.cosh, o.tanh, o.floor, o.ceil, o.trunc, o.isnan, o.isinf,
    o.isfinite,
    o.logical_not, o.fmod, o.maximum, o.minimum, o.hypot,
    o.copysign, o.nextafter, o.logical_and, o.logical_or, o.logical_xor,
)  # fmt: skip
_INFIX: Final[dict[Op, str]] = {
    o.add: "+", o.subtract: "-", o.multiply: "*", o.divide: "/", o.equal: "==",
    o.not_equal: "!=", o.less: "<",
    o.less_equal: "<=", o.greater: ">", o.greater_equal: ">=", o.bitwise_and: "&",
    o.bitwise_or: "|",
    o.bitwise_xor: "^", o.left_shift: "<<", o.right_shift: ">>",
}  # fmt: skip


def _function(op: Op, name: str) -> Row:
    return f"jnp.{name}({', '.join(f'{{{i}}}' for i in range(op.arity))})"


ROWS: Final[dict[Op, Row]] = {
    **{op: _function(op, op.name) for op in _SAME},
    **{op: _function(op, name) for op, name in _NAMED.items()},
    **{op: f"{{0}} {sign} {{1}}" for op, sign in _INFIX.items()},
    o.negative: "-{0}",
    o.reciprocal: _reciprocal,
    o.power: _power,
    o.sign: _of_floats(sign, "sign"),
    o.remainder: _of_floats(remainder, "remainder"),
    o.floor_divide: _of_floats(floor_divide, "floor_divide"),
    o.exp2: _wider("exp2"),
    o.logaddexp: _wider("logaddexp"),
    o.erf: "lax.erf({0})",
    o.real: "{0}.real",
    o.imag: "{0}.imag",
    o.complex: _complex,
    o.where: "jnp.where({0}, {1}, {2})",
    o.astype: _astype,
    o.bitcast: lambda site: f"lax.bitcast_convert_type({site.args[0]}, {site.dtype_text()})",
    o.stop_gradient: "lax.stop_gradient({0})",
}
