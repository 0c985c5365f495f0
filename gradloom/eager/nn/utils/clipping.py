"""Gradients cut to size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradloom.eager import creation
from gradloom.eager.grads import no_grad
from gradloom.eager.methods import FUNCTIONS, METHODS
from gradloom.eager.shapes import stack
from gradloom.eager.tensor import Tensor


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    given = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p.grad for p in given if p.grad is not None]


def get_total_norm(
    tensors: Sequence[Tensor], norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """The norm of all tensors together; 0 of none."""
    if not tensors:
        return creation.zeros(())
    with no_grad():
        sizes = stack([FUNCTIONS["norm"](t, norm_type) for t in tensors])
        total: Tensor = FUNCTIONS["norm"](sizes, norm_type)
    if error_if_nonfinite and not bool(FUNCTIONS["isfinite"](total)):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients is non-finite, so it cannot be "
            "clipped"
        )
    return total


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0,
    error_if_nonfinite: bool = False, foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """The norm of all gradients together, which are scaled so that it is at most `max_norm`."""
    gradients = _gradients(parameters)
    total = get_total_norm(gradients, norm_type, error_if_nonfinite)
    with no_grad():
        scale = FUNCTIONS["clamp"](FUNCTIONS["div"](max_norm, METHODS["add"](total, 1e-6)), max=1.0)
        for g in gradients:
            METHODS["mul_"](g, scale)
    return total


def clip_grad_value_(
    parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None
) -> None:
    """Let no element of a gradient be farther from 0 than `clip_value`."""
    with no_grad():
        for g in _gradients(parameters):
            METHODS["clamp_"](g, -clip_value, clip_value)
