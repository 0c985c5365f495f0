"""`gt.nn.utils`: gradients cut to size, parameters as vectors, sequences filled up."""

from __future__ import annotations

from gradloom.eager.nn.utils.clipping import clip_grad_norm_, clip_grad_value_, get_total_norm
from gradloom.eager.nn.utils.vectors import parameters_to_vector, rnn, vector_to_parameters

__all__ = [
    "clip_grad_norm_", "clip_grad_value_", "get_total_norm", "parameters_to_vector", "rnn",
    "vector_to_parameters",
]  # fmt: skip
