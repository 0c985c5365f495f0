"""Calls of np.vectorize objects on traced values: the function of every element, or of every part
that a signature names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import as_array, broadcast_shapes
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, any_tracer, refuse
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ArgumentError, CallError, DtypeError
from gradloom.ir.types import Shape

_UNROLLED: Final = 256
"""So many calls of a vectorized function are written out; more run as one mapped call."""

_CORE: Final = re.compile(r"\(([^()]*)\)")
Cores = Sequence[tuple[str, ...]]
"""Per argument or result, the names of its own axes."""


def vectorized(original: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
    """What a call of an `np.vectorize` object gives."""
    if not any_tracer([*args, *kwargs.values()]):
        return original(self, *args, **kwargs)
    settings: Any = self
    function, xs = _varying(settings, args, kwargs)
    cores: Cores = [()] * len(xs)
    results: Cores | None = None
    if settings.signature is not None:
        cores, results = _parsed(settings.signature)
    if len(cores) != len(xs):
        raise CallError(f"np.vectorize: {len(xs)} arguments, and the signature has {len(cores)}")
    sizes, loop = _shapes(xs, cores)
    flat = [_spread(x, core, loop) for x, core in zip(xs, cores, strict=True)]
    made = _called(function, flat, loop, settings.otypes)
    _check(made, results, sizes)
    shaped = tuple(_shaped(m, loop, settings.otypes, i) for i, m in enumerate(made))
    return shaped if _several(function) else shaped[0]


def _varying(
    settings: Any, args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Callable[..., Any], list[Any]]:
    """The function of the arguments that vary, and these; the excluded ones are held."""
    excluded = settings.excluded or set()
    places = [i for i in range(len(args)) if i not in excluded]
    names = [n for n in kwargs if n not in excluded]

    def function(*values: Any) -> Any:
        given, named = list(args), dict(kwargs)
        for i, place in enumerate(places):
            given[place] = values[i]
        named.update(zip(names, values[len(places) :], strict=True))
        converter = require_trace().converter
        own = settings.pyfunc
        found = (own if converter is None else converter.c(own))(*given, **named)
        function.several = isinstance(found, tuple)  # type: ignore[attr-defined]
        return found

    return function, [as_array(x) for x in [*(args[i] for i in places), *map(kwargs.get, names)]]


def _several(function: Any) -> bool:
    return bool(function.several)


def _parsed(signature: str) -> tuple[Cores, Cores]:
    """The axes of arguments and results that a signature such as `(m,n),(n)->(m)` names."""
    sides = signature.replace(" ", "").split("->")
    if len(sides) != 2 or any(_CORE.sub("", s).strip(",") for s in sides):
        raise ArgumentError(f"np.vectorize: not a valid gufunc signature: {signature}")
    first, second = (
        [tuple(n for n in core.split(",") if n) for core in _CORE.findall(side)] for side in sides
    )
    return first, second


def _shapes(xs: Sequence[Any], cores: Cores) -> tuple[dict[str, Any], Shape]:
    """The sizes that the names stand for, and the shape of the loop."""
    sizes: dict[str, Any] = {}
    loops = []
    for x, core in zip(xs, cores, strict=True):
        if x.ndim < len(core):
            raise ArgumentError(
                f"np.vectorize: an argument of {x.ndim} axes does not have the axes {core}"
            )
        own = x.ndim - len(core)
        loops.append(x.shape[:own])
        for name, size in zip(core, x.shape[own:], strict=True):
            if sizes.setdefault(name, size) != size:
                raise ArgumentError(
                    f"np.vectorize: sizes {sizes[name]} and {size} for the dimension {name!r}"
                )
    return sizes, broadcast_shapes("np.vectorize", loops)


def _spread(x: Any, core: tuple[str, ...], loop: Shape) -> Tracer:
    """x with the loop's axes as one first axis."""
    own = x.shape[x.ndim - len(core) :]
    wide: Any = np.broadcast_to(x, (*loop, *own))  # type: ignore[arg-type]
    made: Tracer = wide.reshape((_count(loop), *own))
    return made


def _count(loop: Shape) -> int:
    if any(isinstance(d, Dim) for d in loop):
        raise refuse("np.vectorize", "its arguments have a named dimension", "use gl.vmap")
    return math.prod(int(d) for d in loop)


def _called(
    function: Callable[..., Any], flat: list[Tracer], loop: Shape, otypes: Any
) -> list[Any]:
    """Per result, the values of all calls on a first axis, in the dtype asked for."""
    count = _count(loop)
    if count == 0:
        return _empty(function, flat, otypes)
    if count > _UNROLLED:
        from gradloom.frontend.mapped import mapped

        found = mapped(function, 0, 0, tuple(flat), {})
        return list(found) if isinstance(found, tuple) else [found]
    results = [function(*[x[i] for x in flat]) for i in range(count)]
    several = results if isinstance(results[0], tuple) else [(r,) for r in results]
    return [_column([r[k] for r in several], otypes, k) for k in range(len(several[0]))]


def _empty(function: Any, flat: list[Tracer], otypes: Any) -> list[Any]:
    if not otypes:
        raise ArgumentError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
    function.several = len(otypes) > 1
    return [as_array(np.zeros(0, t)) for t in otypes]


def _column(values: list[Any], otypes: Any, k: int) -> Any:
    """The values stacked, in the dtype asked for, else that of the first."""
    first = as_array(values[0])
    dtype = np.dtype(otypes[k]) if otypes else first.dtype
    if dtype.kind != "c" and any(as_array(v).dtype.kind == "c" for v in values):
        raise DtypeError(
            f"np.vectorize: a complex result where otypes say {dtype}",
            hint="say otypes=[complex]",
        )
    return np.stack([as_array(v).astype(dtype) for v in values])


def _check(made: list[Any], results: Cores | None, sizes: dict[str, Any]) -> None:
    """Raise where results do not have the axes that the signature names."""
    if results is None:
        if any(m.ndim != 1 for m in made):
            raise ArgumentError("setting an array element with a sequence.")
        return
    if len(made) != len(results):
        raise ArgumentError(
            f"np.vectorize: wrong number of outputs: {len(made)}, and the signature has "
            f"{len(results)}"
        )
    for m, core in zip(made, results, strict=True):
        shape = m.shape[1:]
        if len(shape) != len(core):
            raise ArgumentError(f"np.vectorize: an output of shape {shape} for the axes {core}")
        for name, size in zip(core, shape, strict=True):
            if sizes.setdefault(name, size) != size:
                raise ArgumentError(
                    f"np.vectorize: an output has size {size} for the dimension {name!r}, which "
                    f"is {sizes[name]}"
                )


def _shaped(m: Any, loop: Shape, otypes: Any, i: int) -> Any:
    made = np.reshape(m, (*loop, *m.shape[1:]))
    return made.astype(np.dtype(otypes[i])) if otypes else made
