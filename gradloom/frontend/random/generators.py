"""numpy's own generators while a trace runs: ops where a traced value decides, else plain numbers.

`np.random`'s functions are patched names. A Generator's methods are C and cannot be: the function
sees a stand-in for each generator that it is given, that it makes by `np.random.default_rng`, or
that it reaches by a global name, a closure or `self`, or in a dict or object that these name.
"""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.creation import traced_copy
from gradloom.frontend.random.samplers import GENERATOR, LEGACY
from gradloom.frontend.random.sources import BakedSample, Source, next_key, refuse_repeats
from gradloom.frontend.trace import Trace, current_trace, require_trace
from gradloom.frontend.tracer import is_tracer, refuse
from gradloom.ir.dims import Dim

_KINDS: Final = (np.random.Generator, np.random.RandomState)


def _decides(x: Any, depth: int = 3) -> bool:
    """Whether a traced value or a named dimension stands in an argument."""
    if is_tracer(x) or isinstance(x, Dim):
        return True
    return depth > 0 and isinstance(x, list | tuple) and any(_decides(y, depth - 1) for y in x)


def _root() -> Trace:
    trace = require_trace()
    while trace.parent is not None:
        trace = trace.parent
    return trace


def sampled(source: Source, name: str, original: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What `np.random.<name>` gives in a trace; warns where that is a constant."""
    traced = _decides([*args, *kwargs.values()])
    _require_as_often(source.name, traced)
    if traced:
        return _drawn(LEGACY, lambda: next_key(source), source.name, name, args, kwargs)
    _warn(source.name, 4)
    result = original(*args, **kwargs)
    floats = isinstance(result, np.ndarray) and result.dtype.kind == "f"
    return traced_copy(result) if floats else result


def _drawn(
    table: Mapping[str, Callable[..., Any]],
    key: Callable[[], Any],
    shown: str,
    name: str,
    args: Any,
    kwargs: Any,
) -> Any:
    sampler = table.get(name)
    if sampler is None:
        raise refuse(
            shown, "it is not offered for traced parameters", "draw outside and pass the sample in"
        )
    return sampler(key(), *args, **kwargs)


def _require_as_often(shown: str, traced: bool) -> None:
    """Raise where the program draws more or less often than its trace: in a loop whose end is
    traced, and, where the generator itself moves on, in a branch too.
    """
    trace = current_trace()
    while trace is not None:
        if any(region.repeats or not traced for region in trace.regions):
            raise refuse(
                shown, "a traced condition decides how often it is drawn",
                "draw before, or use gl.random, with a key that is split in every turn",
            )  # fmt: skip
        trace = trace.parent


def _warn(shown: str, level: int) -> None:
    if _root().keys == "later":
        refuse_repeats(shown)
    warnings.warn(
        f"{shown} was drawn while tracing: a compiled program repeats this one sample; "
        "draw outside and pass it in, or use gl.random",
        BakedSample, stacklevel=level + 1,
    )  # fmt: skip


# ---- generators as objects -----------------------------------------------------------------------


@final
class StandIn:
    """A generator as a traced function sees it; outside a trace it is the generator."""

    def __init__(self, generator: Any, made: str) -> None:
        """`made`: "outside" the function, or in it with a "seed" or "without" one."""
        self._generator = generator
        self._made = made

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return type(self._generator)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._generator, name)
        if current_trace() is None or name.startswith("_") or not callable(found):
            return found
        shown = f"{type(self._generator).__name__}.{name}"
        return lambda *args, **kwargs: self._call(shown, name, found, args, kwargs)

    def _call(self, shown: str, name: str, found: Any, args: Any, kwargs: Any) -> Any:
        traced = _decides([*args, *kwargs.values()])
        _require_as_often(shown, traced)
        if traced:
            table = GENERATOR if isinstance(self._generator, np.random.Generator) else LEGACY
            return _drawn(table, lambda: self._key(shown), shown, name, args, kwargs)
        if self._repeats():
            _warn(shown, 3)
        return found(*args, **kwargs)

    def _key(self, shown: str) -> Any:
        if self._made == "seed":  # the function makes it anew at every call, with the same numbers
            return Source(self._generator, shown).key()
        return next_key(Source(self._generator if self._made == "outside" else None, shown))

    def _repeats(self) -> bool:
        """Whether a constant is another number than numpy would give at the next call."""
        keys = _root().keys  # of a compiled function, drawn.py warns
        return keys == "baked" or (self._made == "without" and keys == "later")


def stand_in(x: Any) -> Any:
    """An argument as a traced function sees it."""
    return StandIn(x, "outside") if _is_generator(x) and type(x) is not StandIn else x


def default_rng(original: Callable[..., Any], seed: Any = None) -> Any:
    """`np.random.default_rng` in a trace."""
    if type(seed) is StandIn:
        return seed
    if isinstance(seed, np.random.Generator):
        return StandIn(seed, "outside")
    return StandIn(original(seed), "without" if seed is None else "seed")


_Place = tuple[Any, str]
_lock: Final = threading.Lock()
_standing: Final[dict[tuple[int, str], tuple[Any, int]]] = {}
"""Where stand-ins stand now: the generator behind each, and how many traces need it."""


@contextmanager
def stand_ins(f: Any) -> Iterator[None]:
    """Let stand-ins take the place of the generators that `f` names, while inside."""
    places = [place for place in _places(f) if _is_generator(_read(place))]
    with _lock:
        for place in places:
            generator, count = _standing.get(_id(place), (_read(place), 0))
            if not count:
                _write(place, StandIn(generator, "outside"))
            _standing[_id(place)] = (generator, count + 1)
    try:
        yield
    finally:
        with _lock:
            for place in places:
                generator, count = _standing.pop(_id(place))
                if count > 1:
                    _standing[_id(place)] = (generator, count - 1)
                elif type(_read(place)) is StandIn:
                    _write(place, generator)


def _is_generator(x: Any) -> bool:
    return isinstance(x, _KINDS)


def _id(place: _Place) -> tuple[int, str]:
    return (id(place[0]), place[1])


def _read(place: _Place) -> Any:
    holder, name = place
    if isinstance(holder, CellType):
        try:
            return holder.cell_contents
        except ValueError:
            return None
    if isinstance(holder, FunctionType):
        return (holder.__defaults__ or ())[int(name)]
    return holder.get(name)


def _write(place: _Place, value: Any) -> None:
    holder, name = place
    if isinstance(holder, CellType):
        holder.cell_contents = value
    elif isinstance(holder, FunctionType):
        given = list(holder.__defaults__ or ())
        given[int(name)] = value
        holder.__defaults__ = tuple(given)
    else:
        holder[name] = value


def _places(f: Any) -> Iterator[_Place]:
    """Globals by name, closure cells, defaults and `self`; and what these hold."""
    while not isinstance(f, FunctionType):
        if isinstance(f, MethodType):
            yield from _attributes(f.__self__)
            f = f.__func__
        elif hasattr(f, "func"):  # functools.partial
            f = f.func
        else:
            yield from _attributes(f)
            f = vars(type(f)).get("__call__")
            if not isinstance(f, FunctionType):
                return
    named = [(f.__globals__, name) for name in _names(f.__code__) if name in f.__globals__]
    cells = [(cell, "") for cell in f.__closure__ or ()]
    defaults = [(f, str(i)) for i in range(len(f.__defaults__ or ()))]
    yield from _attributes(f.__kwdefaults__)
    for place in [*named, *cells, *defaults]:
        yield place
        yield from _attributes(_read(place))


def _attributes(x: Any) -> Iterator[_Place]:
    """The items of a dict, and what the user's own objects hold."""
    own = x if type(x) is dict else getattr(x, "__dict__", None)
    if type(own) is dict and not isinstance(x, ModuleType | FunctionType):
        yield from ((own, name) for name in list(own) if isinstance(name, str))


@functools.lru_cache(maxsize=4096)
def _names(code: CodeType) -> tuple[str, ...]:
    nested = [n for c in code.co_consts if isinstance(c, CodeType) for n in _names(c)]
    return tuple(dict.fromkeys([*code.co_names, *nested]))
