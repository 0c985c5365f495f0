"""Ways through a flat JAX program: what a value is made of, and where derivatives go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gradloom.viz.gradients.jax.flat import Flat, Step

if TYPE_CHECKING:
    from jax.extend.core import Var


def before(flat: Flat, targets: Sequence[Var], cut: Sequence[Var]) -> tuple[list[Step], set[Var]]:
    """The steps that compute `targets`, in order, and the variables that they read. A way back ends
    at a variable of `cut`, unless that is a target itself.
    """
    given = set(cut) - set(targets)
    read = set(targets)
    kept = []
    for step in reversed(flat.steps):
        if any(v in read and v not in given for v in step.equation.outvars):
            kept.append(step)
            read.update(step.reads)
    return kept[::-1], read


def differentiable(flat: Flat) -> Iterator[tuple[Step, int, Var]]:
    """Every real value on a way of derivatives from the input to the first result, in order: the
    step that makes it, and which of the step's results it is. No derivative goes through
    `jax.lax.stop_gradient`.
    """
    import jax.numpy as jnp

    open_steps = [s for s in flat.steps if s.equation.primitive.name != "stop_gradient"]
    moved, needed = {flat.input}, {flat.results[0]}
    for step in open_steps:
        if not moved.isdisjoint(step.reads):
            made = step.equation.outvars
            moved.update(v for v in made if jnp.issubdtype(v.aval.dtype, jnp.inexact))
    for step in reversed(open_steps):
        if not needed.isdisjoint(step.equation.outvars):
            needed.update(step.reads)
    for step in open_steps:
        for i, v in enumerate(step.equation.outvars):
            if v in moved and v in needed and _is_shown(v):
                yield step, i, v


def _is_shown(v: Var) -> bool:
    import jax.numpy as jnp

    return jnp.issubdtype(v.aval.dtype, jnp.floating) and 0 not in v.aval.shape
