"""Whether JAX computes a value element by element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jax.extend.core import JaxprEqn, Var

_PRIMITIVES: Final = frozenset({
    "abs", "acos", "acosh", "add", "add_any", "and", "asin", "asinh", "atan", "atan2", "atanh",
    "cbrt", "ceil", "convert_element_type", "copy", "copy_p", "cos", "cosh", "div", "eq", "erf",
    "erfc", "exp", "exp2", "expm1", "floor", "ge", "gt", "integer_pow", "is_finite", "le", "log",
    "log1p", "logistic", "lt", "max", "min", "mul", "ne", "neg", "not", "or", "pow", "round",
    "rsqrt", "select_n", "sign", "sin", "sinh", "sqrt", "square", "sub", "tan", "tanh",
})  # fmt: skip


def is_elementwise(equations: Sequence[JaxprEqn], sources: Sequence[Var], target: Var) -> bool:
    """Whether only elementwise primitives lead from the sources to a target of their shape. Shapes
    only grow on the way, so no element can have met another.
    """
    from jax.extend.core import Literal

    reached = set(sources)
    for equation in equations:
        if reached.intersection(v for v in equation.invars if not isinstance(v, Literal)):
            if equation.primitive.name not in _PRIMITIVES:
                return False
            reached.update(equation.outvars)
    return all(v.aval.shape == target.aval.shape for v in sources)
