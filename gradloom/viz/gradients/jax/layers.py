"""Which values of a JAX program are its layers, by the rule of `chosen`."""

from __future__ import annotations

from typing import Any, Final

from gradloom.viz.gradients.chosen import Candidate, Choice, layers_among
from gradloom.viz.gradients.jax.flat import Flat, Step
from gradloom.viz.gradients.jax.ways import differentiable

_NAMES: Final = {
    "add_any": "add", "broadcast_in_dim": "broadcast_to", "conv_general_dilated": "conv",
    "convert_element_type": "astype", "cumlogsumexp": "cumulative_logsumexp",
    "cummax": "cumulative_max", "cummin": "cumulative_min", "cumprod": "cumulative_prod",
    "cumsum": "cumulative_sum", "custom_jvp_call": "custom_jvp", "custom_vjp_call": "custom_vjp",
    "div": "divide", "dot_general": "matmul", "erf_inv": "erfinv", "integer_pow": "power",
    "max": "maximum", "min": "minimum", "mul": "multiply", "neg": "negative", "pow": "power",
    "reduce_max": "max", "reduce_min": "min", "reduce_prod": "prod", "reduce_sum": "sum",
    "reduce_window_max": "max_pool", "reduce_window_min": "min_pool",
    "reduce_window_sum": "sum_pool", "rem": "fmod", "rev": "flip", "select_n": "where",
    "sub": "subtract", "transpose": "permute_dims",
}  # fmt: skip
"""What a primitive is called here, where that is not what JAX calls it."""
_PARTS: Final = frozenset({
    "add", "add_any", "broadcast_in_dim", "complex", "concatenate", "conj",
    "convert_element_type", "copy", "copy_p", "device_put", "div", "dynamic_slice",
    "dynamic_update_slice", "expand_dims", "gather", "imag", "mul", "neg",
    "optimization_barrier", "pad", "real", "reduce_precision", "reduce_sum", "reshape", "rev",
    "scatter", "scatter-add", "scatter_add", "sharding_constraint", "slice", "split", "squeeze",
    "stop_gradient", "sub", "transpose",
})  # fmt: skip
"""What scales, shifts, sums and moves numbers: parts of a layer, seldom one of their own."""


def chosen_variables(flat: Flat, layers: Choice) -> dict[str, Any]:
    """The layers' variables by name, in order, of a program whose first result is the loss and
    whose last is the output; see `chosen_layers`.
    """
    found = {v: _candidate(step, i) for step, i, v in differentiable(flat)}
    return layers_among(found, flat.input, flat.results[0], flat.results[-1], layers)


def kind_of(step: Step) -> str:
    """What an equation is called: by the function that it calls, by its op, or by its primitive.

    A contraction is `matmul` whatever the function that asked for it.
    """
    name = step.equation.primitive.name
    return step.called or _NAMES.get(name, name)


def _candidate(step: Step, index: int) -> Candidate:
    name = "/".join((*step.scope, kind_of(step)))
    if len(step.equation.outvars) > 1:
        name += f"[{index}]"
    at = step.place
    line = (at.file, at.line, at.function) if at is not None else (name, id(step))
    return Candidate(name, step.equation, line, step.equation.primitive.name not in _PARTS)
