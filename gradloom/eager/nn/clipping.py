"""`gt.nn.utils`: gradients cut to size."""

from __future__ import annotations

from collections.abc import Iterable

from gradloom.eager.grads import no_grad
from gradloom.eager.methods import FUNCTIONS, METHODS
from gradloom.eager.shapes import stack
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    given = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p.grad for p in given if p.grad is not None]


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0
) -> Tensor:
    """The norm of all gradients together, which are scaled so that it is at most `max_norm`."""
    gradients = _gradients(parameters)
    if not gradients:
        raise ArgumentError("clip_grad_norm_: no parameter has a gradient")
    with no_grad():
        sizes = stack([FUNCTIONS["norm"](g, norm_type) for g in gradients])
        total: Tensor = FUNCTIONS["norm"](sizes, norm_type)
        scale = FUNCTIONS["clamp"](FUNCTIONS["div"](max_norm, METHODS["add"](total, 1e-6)), max=1.0)
        for g in gradients:
            METHODS["mul_"](g, scale)
    return total


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Let no element of a gradient be farther from 0 than `clip_value`."""
    with no_grad():
        for g in _gradients(parameters):
            METHODS["clamp_"](g, -clip_value, clip_value)
