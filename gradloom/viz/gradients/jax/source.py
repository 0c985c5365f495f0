"""A JAX function as a source: traced to a jaxpr, and run in pieces between its layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import methodcaller
from typing import Any, final

import numpy as np

from gradloom.frontend.record import name_of
from gradloom.ir.errors import ShapeError
from gradloom.viz.gradients.chosen import Choice
from gradloom.viz.gradients.computed import Computed, Run, chosen_argument, loss_of
from gradloom.viz.gradients.jax.flat import flatten
from gradloom.viz.gradients.jax.given import as_numpy, one_array, taken, types_now
from gradloom.viz.gradients.jax.layers import chosen_variables, kind_of
from gradloom.viz.gradients.jax.piece import Piece
from gradloom.viz.gradients.layer import Layer


@final
class JaxFunction(Computed):
    """`f(*args)`, a function of JAX arrays, of which argument number `argnum` is the input.

    The loss is that of `Live`. The other arguments are what they are (pytrees, keys, numbers,
    texts). The function is traced anew by `read`, with the weights that it reaches from outside
    then.
    """

    def __init__(
        self, f: Callable[..., Any], args: Sequence[Any], target: Any = None, *,
        loss: Callable[..., Any] | None = None, layers: Choice = "auto", argnum: int = 0,
    ) -> None:  # fmt: skip
        self._x = taken(chosen_argument(args, argnum))
        shown = None if target is None else np.asarray(target)
        super().__init__(name_of(f), as_numpy(self._x), shown)
        self._f, self._args, self._argnum = f, tuple(args), argnum
        self._loss, self._choice = loss, layers
        self._wanted = None if target is None else one_array(target, "the target")
        self._types = types_now()

    def _whole(self, x: Any) -> Any:
        args = [x if i == self._argnum else a for i, a in enumerate(self._args)]
        out = one_array(self._f(*args), self.title)
        value = loss_of(out, out.shape, self._loss, self._wanted, methodcaller("sum"))
        return out if value is out else (one_array(value, "the loss"), out)

    def begin(self) -> None:
        """The program traced anew, with 64-bit types as they were at first."""
        with self._types():
            flat = flatten(self._whole, self._x, self.title)
        loss = flat.results[0].aval
        if loss.shape != () or loss.dtype.kind == "c":
            raise ShapeError(f"the loss is {loss.str_short()}, and one real number is due")
        self._layers = chosen_variables(flat, self._choice)
        variables = list(self._layers.values())
        self._ahead = Piece(flat, variables[1:], variables[:1])
        self._pieces = {name: Piece(flat, [v], variables) for name, v in self._layers.items()}
        made = {v: step for step in flat.steps for v in step.equation.outvars}
        self._steps = {name: made.get(v) for name, v in self._layers.items()}

    def run(self, input: np.ndarray) -> Run:
        """Every layer's value, and the pieces at those."""
        first, *others = self._layers
        x = self._ahead.rounded(input)
        values = {first: x, **dict(zip(others, self._ahead.values([x]), strict=True))}
        stages = tuple(self._stage(name, values) for name in others)
        return Run(tuple(self._layer(name, value) for name, value in values.items()), stages)

    def _stage(self, name: str, values: dict[str, np.ndarray]) -> JaxStage:
        piece = self._pieces[name]
        names = {v: name for name, v in self._layers.items()}
        sources = tuple(names[v] for v in piece.sources)
        return JaxStage(piece, sources, name, tuple(values[name] for name in sources))

    def _layer(self, name: str, value: np.ndarray) -> Layer:
        step = self._steps[name]
        if step is None:
            return Layer(name, value.shape, value, op="input")
        made = Layer(name, value.shape, value, op=kind_of(step))
        return made if step.place is None else made.at(step.place)


@final
@dataclass(frozen=True, slots=True)
class JaxStage:
    """A piece at the values of its sources."""

    piece: Piece
    sources: tuple[str, ...]
    target: str
    given: tuple[np.ndarray, ...]

    @property
    def is_elementwise(self) -> bool:
        """Whether only elementwise primitives make it."""
        return self.piece.is_elementwise

    def pull(self, cotangents: np.ndarray) -> list[np.ndarray]:
        """Cotangents of every source."""
        return self.piece.pull(self.given, cotangents)

    def push(self, at: int, tangents: np.ndarray) -> np.ndarray:
        """Tangents of the target; raises `NotDifferentiable` where a rule only goes back."""
        return self.piece.push(self.given, at, tangents)
