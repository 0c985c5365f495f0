"""A part of a flat JAX program as a function, and its derivatives in both directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from gradloom.ir.errors import NotDifferentiable
from gradloom.viz.gradients.jax.elementwise import is_elementwise
from gradloom.viz.gradients.jax.flat import Flat
from gradloom.viz.gradients.jax.given import as_numpy
from gradloom.viz.gradients.jax.ways import before

if TYPE_CHECKING:
    import jax
    from jax.extend.core import JaxprEqn, Var

_SMALL: Final = 1 << 14
"""Numbers that are computed in less time than it takes to compile for another count of rows: 16,000
against some 50 ms.
"""


@final
class Piece:
    """`targets` of a program as a function of `sources`: those variables of `cut` that are reached
    from the targets backward, by ways that end at the first variable of `cut`.

    Values come and go as numpy's; each derivative is compiled once for every number of rows.
    """

    def __init__(self, flat: Flat, targets: Sequence[Var], cut: Sequence[Var]) -> None:
        from jax.extend import core

        steps, read = before(flat, targets, cut)
        self.sources = tuple(v for v in cut if v in read and v not in targets)
        held = {v: x for v, x in flat.constants.items() if v in read}
        self._constants = tuple(held.values())
        self._equations = [_computed(step.equation, self.sources) for step in steps]
        self._types = [v.aval.dtype for v in self.sources]
        effects = frozenset().union(*(e.effects for e in self._equations))
        about = flat.about._replace(arg_names=None, result_paths=None)
        self.is_elementwise = is_elementwise(self._equations, self.sources, targets[0])
        body = core.Jaxpr((), (*self.sources, *held), targets, self._equations, effects, about)
        self._shape = targets[0].aval.shape
        self._function = core.jaxpr_as_fun(core.ClosedJaxpr(body, ()))
        self._as_traced = flat.as_traced
        self._ready: dict[str, Any] = {}

    def rounded(self, x: np.ndarray) -> np.ndarray:
        """A value of the first source, as it is where the program computes with it."""
        return as_numpy(x.astype(self._types[0]))

    def values(self, given: Sequence[Any]) -> list[np.ndarray]:
        """The targets."""
        return list(map(as_numpy, self._run("values", self._function_of, given)))

    def pull(self, given: Sequence[Any], cotangents: np.ndarray) -> list[np.ndarray]:
        """The cotangents of every source, for many of the first target along a leading axis."""
        many = len(cotangents)
        rows = prod(self._shape)
        if many < rows and rows * max(rows, *(np.size(x) for x in given)) <= _SMALL:
            rest = np.zeros((rows - many, *self._shape), cotangents.dtype)
            cotangents = np.concatenate([cotangents, rest])
        made = self._run("pull", self._pull, given, cotangents)
        return [as_numpy(x)[:many] for x in made]

    def push(self, given: Sequence[Any], at: int, tangents: np.ndarray) -> np.ndarray:
        """The tangents of the first target, for many of source number `at` along a leading axis.

        Raises `NotDifferentiable` where a rule of the user's own only goes back.
        """
        if any(map(_only_goes_back, self._equations)):
            raise NotDifferentiable("jax.custom_vjp gives no derivative that goes forward")
        return as_numpy(self._run(f"push {at}", partial(self._push, at), given, tangents))

    # ---- in JAX ----------------------------------------------------------------------------------

    def _run(self, key: str, function: Callable[..., Any], given: Sequence[Any], *many: Any) -> Any:
        """`function`, compiled once."""
        import jax
        import jax.numpy as jnp

        with self._as_traced():
            if key not in self._ready:
                self._ready[key] = jax.jit(function)
            arrays = [jnp.asarray(x, t) for x, t in zip(given, self._types, strict=True)]
            return self._ready[key](self._constants, arrays, *many)

    def _function_of(self, constants: Sequence[Any], sources: Sequence[Any]) -> Any:
        return self._function(*sources, *constants)

    def _first(self, constants: Sequence[Any], *sources: Any) -> jax.Array:
        return self._function(*sources, *constants)[0]

    def _pull(self, constants: Sequence[Any], sources: Sequence[Any], many: Any) -> Any:
        import jax

        out, back = jax.vjp(partial(self._first, constants), *sources)
        return jax.vmap(back)(many.astype(out.dtype))

    def _push(self, at: int, constants: Sequence[Any], sources: Sequence[Any], many: Any) -> Any:
        import jax

        def of_one(source: Any) -> jax.Array:
            return self._first(constants, *sources[:at], source, *sources[at + 1 :])

        _, ahead = jax.linearize(of_one, sources[at])
        return jax.vmap(ahead)(many.astype(sources[at].dtype))


def _computed(equation: JaxprEqn, sources: Sequence[Var]) -> JaxprEqn:
    """The equation, whose results that are given already go nowhere."""
    from jax.extend.core import Var

    if not set(equation.outvars) & set(sources):
        return equation
    new = [Var(v.aval) if v in sources else v for v in equation.outvars]
    return equation.replace(outvars=new)


def _only_goes_back(equation: JaxprEqn) -> bool:
    from jax.extend.core import jaxprs_in_params

    return equation.primitive.name.startswith("custom_vjp_call") or any(
        _only_goes_back(inner) for body in jaxprs_in_params(equation.params) for inner in body.eqns
    )
