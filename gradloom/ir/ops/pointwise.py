"""What the elementwise families share: how an op of one, two or three operands is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from gradloom.ir import ops as o
from gradloom.ir.graph import Operand, literal
from gradloom.ir.op import AxisMap, Jvp, Linear, Op, Zero, same_dtype
from gradloom.ir.ops.rules import (
    BOOL,
    per_result,
    real_dtype,
    require_equal_dtypes,
    require_kind,
    same_axes,
)
from gradloom.ir.types import DType, TensorType

# FLOPs per element, for cost estimates: a transcendental function as 8 multiplications (pycograd's
# roofline uses the same).
CHEAP, TRANSCENDENTAL = 1, 8


def elementwise(
    name: str,
    numpy: Callable[..., Any],
    jvp: Jvp,
    arity: int,
    kinds: str,
    dtype: Callable[..., Any] = same_dtype,
    **more: Any,
) -> Op:
    """An op whose operands have equal types, of one of numpy's kinds."""

    def check(attrs: Any, *types: TensorType) -> AxisMap:
        require_kind(name, require_equal_dtypes(name, types), kinds)
        return same_axes(attrs, *types)

    weight = CHEAP if isinstance(jvp, Zero | Linear) or name in _CHEAP_NAMES else TRANSCENDENTAL
    return Op(
        name,
        numpy,
        jvp,
        axes=check,
        dtype=dtype,
        arity=arity,
        elementwise=True,
        cost=per_result(weight),
        **more,
    )


_CHEAP_NAMES: Final = frozenset(
    ("add", "subtract", "multiply", "divide", "abs", "maximum", "minimum", "square", "reciprocal")
)


def unary(name: str, numpy: Callable[..., Any], jvp: Jvp, kinds: str = "fc", **more: Any) -> Op:
    """An op of one operand."""
    return elementwise(name, numpy, jvp, 1, kinds, **more)


def binary(name: str, numpy: Callable[..., Any], jvp: Jvp, kinds: str = "iufc", **more: Any) -> Op:
    """An op of two operands of equal type."""
    return elementwise(name, numpy, jvp, 2, kinds, **more)


def to_bool(attrs: Any, *dtypes: DType) -> DType:
    """The dtype rule of tests: bool."""
    return BOOL


def to_real(attrs: Any, dtype: DType) -> DType:
    """The dtype rule of parts: a complex number's is its float."""
    return real_dtype(dtype)


def compare(name: str, numpy: Callable[..., Any], commutative: bool = False) -> Op:
    """A comparison of two operands."""
    return binary(name, numpy, Zero(), "biufc", dtype=to_bool, commutative=commutative)


def const(x: Operand, value: float) -> Operand:
    """`value` in the type of `x`."""
    return literal(value, x.type)


def choose(condition: Operand, a: Operand, b: Operand) -> Operand:
    """`a` where the condition holds, else `b`."""
    result: Operand = o.where(condition, a, b)
    return result
