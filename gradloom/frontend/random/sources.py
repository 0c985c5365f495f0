"""Keys drawn from numpy's own generators: hidden inputs of a traced function, new at every call.

A trace has one such key per generator, and folds in a number for each draw. Traces inside take the
key of the trace around them; under vmap each example has a key of its own.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.numpy.lift import Array, lift
from gradloom.frontend.random.keys import fold_in
from gradloom.frontend.trace import Trace, require_trace
from gradloom.frontend.tracer import Tracer, refuse
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Operand, Value
from gradloom.ir.location import user_location
from gradloom.ir.types import tensor_type

KEY: Final = tensor_type(np.dtype(np.uint32), (2,))


class BakedSample(UserWarning):
    """A random number was drawn while a function was traced; the program would repeat it for
    ever.
    """


_STRICT: ContextVar[bool] = ContextVar("strict", default=False)


@contextmanager
def no_repeats() -> Iterator[None]:
    """Inside, a compiled program that would repeat a random number is an error, not a warning."""
    token = _STRICT.set(True)
    try:
        yield
    finally:
        _STRICT.reset(token)


def refuse_repeats(name: str) -> None:
    """Raise `NotSupported` inside `no_repeats`, where a number of this generator would repeat."""
    if _STRICT.get():
        raise NotSupported(
            f"a random number was drawn from {name} while a step of training was traced: all "
            "steps would repeat this one sample",
            location=user_location(),
            hint="let the objective take a key, as loss(w, x, *, key), and draw by gl.random; or "
            "draw outside and give it with the batch",
        )


@final
class Source:
    """Where keys come from: one of numpy's generators, or the system (None)."""

    __slots__ = ("generator", "name")

    def __init__(self, generator: Any, name: str) -> None:
        self.generator = generator
        self.name = name

    def key(self) -> np.ndarray:
        """A new key; the generator moves on."""
        generator = self.generator
        if generator is None:
            return np.random.SeedSequence().generate_state(2, np.uint32)
        if isinstance(generator, np.random.Generator):
            return generator.integers(0, 2**32, 2, np.uint32)
        return np.asarray(generator.randint(0, 2**32, 2, np.uint32))


@final
class Draw:
    """A hidden input that is a key: its parameter, its source, how often it was used."""

    __slots__ = ("_key", "count", "parameter", "source")

    def __init__(self, source: Source) -> None:
        self.parameter = Value(KEY, name="key")
        self.source = source
        self.count = 0
        self._key: np.ndarray | None = None

    def key(self) -> np.ndarray:
        """The key of the call that is being traced."""
        if self._key is None:
            self._key = self.source.key()
        return self._key


def next_key(source: Source) -> Array:
    """A key of the running trace, another one each time."""
    trace = require_trace()
    draw, operand = _key(trace, source)
    draw.count += 1
    return fold_in(Tracer(trace, operand), draw.count - 1)


def _key(trace: Trace, source: Source) -> tuple[Draw, Operand]:
    if trace.keys == "refused":
        raise refuse(
            f"{source.name} inside a loop or a custom rule",
            "every turn would draw the same numbers",
            "use gl.random, with a key in the loop's value: key, now = gl.random.split(key)",
        )
    outer = trace.parent
    if outer is None or trace.keys == "each":
        draw = trace.draws.get(id(source.generator))
        if draw is None:
            draw = trace.draws[id(source.generator)] = Draw(source)
            if trace.keys == "drawn":
                trace.providers[draw.parameter] = draw.key
        return draw, _baked(trace, draw) if trace.keys == "baked" else draw.parameter
    draw, operand = _key(outer, source)
    return draw, trace.capture(operand, lambda: None, False)


def _baked(trace: Trace, draw: Draw) -> Operand:
    where = user_location()
    warnings.warn_explicit(
        f"{draw.source.name} was drawn while tracing: a graph has no inputs but its arguments, so "
        "this one repeats its numbers; use gl.random with a key as argument",
        BakedSample,
        where.file if where is not None else "gradloom",
        where.line if where is not None else 1,
    )
    return lift(draw.key()).here(trace)


def keys_for(trace: Trace) -> list[Any]:
    """What a call hands over for the trace's keys (a placeholder where they come with the call)."""
    if trace.keys == "baked":
        return []
    if trace.keys == "later":
        return [np.zeros(2, np.uint32) for _ in trace.draws]
    draws = trace.draws.values()
    if trace.parent is None:
        return [draw.key() for draw in draws]
    return [next_key(draw.source) for draw in draws]  # the trace around is the running one again
