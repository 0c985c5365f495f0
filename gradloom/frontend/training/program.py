"""One step as one program: the loss, its gradients, and the weights moved against them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gradloom.frontend.asserted import checked
from gradloom.frontend.opened import OPENED
from gradloom.frontend.optim.clipping import clip_grad_norm, clip_grad_value, global_norm
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import is_tracer, wrap
from gradloom.frontend.training.form import Form
from gradloom.frontend.training.precision import Precision
from gradloom.frontend.transforms import value_and_grad
from gradloom.ir.errors import ArgumentError

Call = Callable[[Any, tuple[Any, ...], Any], Any]
"""The objective of `(weights, batch's arguments, key)`, by whatever way it gets its weights."""


@final
@dataclass(frozen=True, slots=True)
class Step:
    """What the programs of a training are made of.

    `gathered` adds a batch's gradients to a sum, `applied` moves the weights as well. Both are
    plain functions of arrays, to be run as they are or compiled.
    """

    call: Call
    form: Form
    opt: Any
    precision: Precision
    clip_norm: float | None = None
    clip_value: float | None = None
    has_aux: bool = False
    ema: Any = None

    def gradients(self, leaves: Any, args: tuple[Any, ...], key: Any, scale: Any) -> Any:
        """`((scaled loss, (loss, aux)), gradients)`, the gradients structured as the weights."""

        def scaled(tree: Any) -> Any:
            work = self.precision.for_work
            with checked():
                loss, aux = self._parts(self.call(work(tree), work(args), key))
            if scale is None:
                return loss, (loss, aux)
            wide = loss.astype(np.float32)  # the factor must not overflow the dtype of the work
            return wide * scale, (wide, aux)

        return value_and_grad(scaled, has_aux=True)(self.form.tree(leaves))

    def _parts(self, made: Any) -> tuple[Any, Any]:
        if not self.has_aux:
            return made, ()
        if not isinstance(made, tuple) or len(made) != 2:
            raise ArgumentError(
                f"has_aux=True, and the objective gives a {type(made).__name__}",
                hint="return loss, aux",
            )
        return made

    def gathered(
        self, leaves: Any, sums: Any, args: tuple[Any, ...], key: Any, scale: Any
    ) -> tuple[Any, ...]:
        """`(loss, rest of aux, norm of these gradients, leaves, sum of gradients)`."""
        loss, aux, norm, leaves, grads = self._added(leaves, sums, args, key, scale)
        return loss, aux, norm, _arrays(leaves), _arrays(flatten(grads)[0])

    def _added(
        self, leaves: Any, sums: Any, args: tuple[Any, ...], key: Any, scale: Any
    ) -> tuple[Any, ...]:
        (_, (loss, aux)), grads = self.gradients(leaves, args, key, scale)
        found, structure = flatten(grads)
        if scale is not None:
            found = [g / scale.astype(g.dtype) for g in found]
        norm = global_norm(found)
        if sums is not None:
            found = [a + g for a, g in zip(sums, found, strict=True)]
        leaves, rest = self.form.updated(leaves, aux)
        return loss, rest, norm, leaves, unflatten(structure, found)

    def applied(
        self, leaves: Any, state: Any, sums: Any, args: tuple[Any, ...], key: Any, scale: Any,
        lr: Any, count: Any,
    ) -> tuple[Any, ...]:  # fmt: skip
        """`(loss, rest of aux, norm of these gradients, new leaves, new state)`."""
        loss, aux, norm, leaves, grads = self._added(leaves, sums, args, key, scale)
        if count is not None:
            found, structure = flatten(grads)
            grads = unflatten(structure, [g / count.astype(g.dtype) for g in found])
        if self.clip_norm is not None:
            grads = clip_grad_norm(grads, self.clip_norm)
        if self.clip_value is not None:
            grads = clip_grad_value(grads, self.clip_value)
        options = {} if lr is None else {"lr": lr}
        seen, opt = self.opt.update(
            self.form.gradients(grads), state["opt"], self.form.seen(leaves), **options
        )
        new = {"opt": opt}
        if self.ema is not None:
            new["ema"] = self.ema.update(state["ema"], seen)
        return loss, aux, norm, _arrays(self.form.moved(leaves, seen)), _arrays(new)


def _arrays(tree: Any) -> Any:
    """The tree with its numbers as arrays: what comes out of a step goes into the next one."""
    leaves, structure = flatten(tree)
    return unflatten(structure, [_array(x) for x in leaves])


def _array(x: Any) -> Any:
    if is_tracer(x):
        return wrap(x.here(require_trace()), "array")
    return np.asarray(x) if isinstance(x, np.generic) else x


# A walk over what a step reaches finds the objective, so that a variable of the user's that changes
# between steps counts, as in `gl.compile`.
OPENED[Step] = lambda step: [(".call", "", step.call)]
