"""Parameters: tensors that a module learns."""

from __future__ import annotations

from typing import final

from gradloom.eager.grads import no_grad
from gradloom.eager.methods import METHODS
from gradloom.eager.tensor import Tensor


class _Parameters(type):
    """Lets `isinstance(x, Parameter)` ask the tensor."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance._parameter


@final
class Parameter(metaclass=_Parameters):
    """A tensor that a module learns: `Parameter(data)` gives a leaf with the data's elements."""

    def __new__(cls, data: Tensor, requires_grad: bool = True) -> Tensor:  # type: ignore[misc]
        """The leaf."""
        with no_grad():
            made: Tensor = METHODS["clone"](data)
        made._parameter = True
        return made.requires_grad_() if requires_grad else made


def is_parameter(x: object) -> bool:
    """Whether it is a tensor that a module learns."""
    return isinstance(x, Tensor) and x._parameter


def become(tensor: Tensor, made: Tensor) -> None:
    """Give a tensor another's value and dtype."""
    learnt = tensor.requires_grad
    if learnt:
        tensor.requires_grad_(False)
    tensor._value = made._value
    tensor.grad = None
    if learnt:
        tensor.requires_grad_()
