"""All parameters as one vector, and sequences of different lengths as one tensor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Final

from gradloom.eager import creation
from gradloom.eager.grads import no_grad
from gradloom.eager.methods import METHODS
from gradloom.eager.shapes import cat, reshape, stack
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ShapeError


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements, one parameter after the other."""
    return cat([reshape(p, -1) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Give the parameters the elements of one vector."""
    given = list(parameters)
    if vec.shape.numel() != sum(p.shape.numel() for p in given):
        raise ShapeError(
            f"vector_to_parameters: {vec.shape.numel()} elements for parameters of "
            f"{sum(p.shape.numel() for p in given)}"
        )
    at = 0
    with no_grad():
        for p in given:
            part = METHODS["narrow"](vec, 0, at, p.shape.numel())
            METHODS["copy_"](p, reshape(part, tuple(p.shape)))
            at += p.shape.numel()


def pad_sequence(
    sequences: Sequence[Tensor], batch_first: bool = False, padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:  # fmt: skip
    """The sequences in one tensor, the shorter ones filled up."""
    longest = max(x.shape[0] for x in sequences)
    made = []
    for x in sequences:
        fill = creation.full((longest - x.shape[0], *x.shape[1:]), padding_value, dtype=x.dtype)
        made.append(cat([fill, x] if padding_side == "left" else [x, fill]))
    return stack(made, 0 if batch_first else 1)


rnn: Final = SimpleNamespace(pad_sequence=pad_sequence)
