"""Whether torch computed a tensor element by element."""

from __future__ import annotations

from typing import Any, Final

_OPS: Final = (
    "Abs", "Add", "Clamp", "Clone", "Cos", "Div", "Elu", "Erf", "Exp", "Expm1", "Gelu",
    "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyRelu", "Log", "Log1p", "LogSigmoid",
    "MaskedFill", "Mish", "Mul", "Neg", "Pow", "Reciprocal", "Relu", "Rsqrt", "Sigmoid", "Silu",
    "Sin", "Softplus", "Softshrink", "Sqrt", "Sub", "Tanh", "Threshold", "Where",
)  # fmt: skip
_NODES: Final = frozenset(f"{op}Backward{i}" for op in _OPS for i in range(2))
"""torch's names of derivatives of elementwise ops; a function of the user's own has no digit."""


def is_elementwise(made: Any, leaves: list[Any]) -> bool:
    """Whether only elementwise ops lead from the leaves to a tensor of their shape. Shapes only
    grow on the way, so no element can have met another.
    """
    if any(leaf.shape != made.shape for leaf in leaves):
        return False
    seen: set[Any] = set()
    due = [made.grad_fn]
    while due:
        node = due.pop()
        if node is None or node in seen or hasattr(node, "variable"):  # a leaf or a weight
            continue
        if node.name() not in _NODES:
            return False
        seen.add(node)
        due += [before for before, _ in node.next_functions]
    return True
