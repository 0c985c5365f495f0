"""What an optimizer is: a function of one parameter's arrays, and numbers that change with its
steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, final

Array = Any
"""An array of numpy's, or a traced one."""
Number = Any
"""A Python number, or numbers of several parameters as a vector, traced or not."""
Options = Mapping[str, Any]
"""An optimizer's options by torch's names, without its learning rate."""


def _nothing(options: Options, step: Number, *running: Number) -> tuple[Number, ...]:
    return ()


@final
@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """How an optimizer changes one parameter, as plain functions of numpy.

    * `kept(options, lr)`: the names of the arrays kept of a parameter, and what each begins with.
    * `run(options, step, *running)`: the `running` numbers after a step; `running` names them and
      says what they begin with.
    * `numbers(options, lr, step, *running)`: what the step's formulas take besides arrays. `step`
      counts from 1. Not a constant of a program, so that every step is the same program.
    * `move(w, g, kept, numbers, options)`: the new parameter, then the new kept arrays.
    * `elementwise`: whether each element moves by itself, so that parameters may be cut in blocks
      and joined.
    * `sizes(name, shape)`: the shape of what is kept by a name of a parameter of this shape, where
      that is not the parameter's own.
    """

    name: str
    kept: Callable[[Options, Number], dict[str, Number]]
    numbers: Callable[..., tuple[Number, ...]]
    move: Callable[
        [Array, Array, tuple[Array, ...], tuple[Number, ...], Options], tuple[Array, ...]
    ]
    running: Mapping[str, float] = field(default_factory=dict)
    run: Callable[..., tuple[Number, ...]] = _nothing
    elementwise: bool = True
    sizes: Callable[[str, tuple[Any, ...]], tuple[Any, ...]] | None = None


def shape_of(rule: Rule, name: str, w: Array) -> tuple[Any, ...]:
    """The shape of what is kept of a parameter by a name."""
    shape = tuple(w.shape)
    return shape if rule.sizes is None else rule.sizes(name, shape)


def pulled(w: Array, g: Array, decay: float, maximize: bool) -> Array:
    """The gradient, turned round where the largest value is looked for, with the decay in it."""
    g = -g if maximize else g
    return g + decay * w if decay else g
