"""What a call in rewritten code calls: the user's functions rewritten, Python's builtins with their
meaning for traced values, everything else as it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from types import (
    BuiltinFunctionType,
    MethodDescriptorType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.builtins import (
    BUILTINS,
    HIGHER_ORDER,
    METHODS,
    calling,
    method_of,
    methods_by_kind,
)
from gradloom.frontend.chosen import Chosen, spread
from gradloom.frontend.growing import Growing
from gradloom.frontend.patches import DIRECT
from gradloom.frontend.source.converter import Converter
from gradloom.frontend.staging.advanced import advance
from gradloom.frontend.staging.grown import extend_by, install_methods_on_grown
from gradloom.frontend.staging.items import by_number as _by_number
from gradloom.frontend.staging.lists import PLACED
from gradloom.frontend.staging.managers import Suppressing
from gradloom.frontend.staging.objects import SETTING, changing
from gradloom.frontend.staging.places import CONTAINERS
from gradloom.frontend.staging.sifting import SIFTING
from gradloom.frontend.staging.twins import CHANGING, require_alone
from gradloom.frontend.staging.whole import WHOLE, first_of
from gradloom.frontend.trace import Trace, current_trace, stack
from gradloom.frontend.tracer import Tracer


def _extend(xs: list[Any], others: Any, /) -> None:
    """`list.extend`"""
    extend_by(xs, others)


_METHODS: Final = methods_by_kind({**METHODS, **PLACED, (list, "extend"): _extend})
_IN_C: Final = frozenset({MethodDescriptorType, MethodWrapperType, WrapperDescriptorType})


def call(f: Any) -> Any:
    """The function to call in place of `f`."""
    trace = stack.trace
    if trace is None:
        return f
    if type(f) is Chosen:
        return partial(_called, f)
    converter = trace.converter
    if converter is None:
        return DIRECT.get(id(f), f)
    if type(f) is BuiltinFunctionType:
        kind = type(f.__self__)
        if kind is not ModuleType:
            made = method_of(f, _METHODS) or f
            if trace.regions or trace.twins or trace.advanced:
                _noted(trace, f)
                return partial(_noting, made) if f.__name__ in _CONSUMING else made
            return made
    if type(f) is MethodWrapperType and f.__name__ == "__next__":
        advance(f.__self__, trace)
    if trace.regions and type(f) in _IN_C:
        return SETTING[f] if f in SETTING else changing(f)
    made = converter.c(f)
    if (trace.regions or trace.twins or trace.advanced) and _is_in_c(f):
        return partial(_noting, made)
    if made is not f:
        return made
    if type(f) is partial and id(f.func) in DIRECT:
        return partial(DIRECT[id(f.func)], *f.args, **f.keywords)
    return DIRECT.get(id(f), f)


def _called(f: Chosen, *args: Any, **kwargs: Any) -> Any:
    """What the function gives that it is."""
    return spread(f, lambda one: call(one)(*args, **kwargs))


def appending(x: Growing) -> Callable[[Any], None]:
    """The `append` of a list that rewritten code has made."""
    trace = stack.trace
    f = x.append
    if trace is not None and (trace.regions or trace.twins):
        _noted(trace, f)
    return f


_MANY: Final = 20_000


@final
class Functions(dict[Any, Any]):
    """What `call` gave in place of functions and classes, by these, while the traces of one
    converter run: rewritten code looks here first.
    """

    def __init__(self, converter: Converter) -> None:
        super().__init__()
        self._converter = converter

    def __missing__(self, f: Any) -> Any:
        made = call(f)
        trace = stack.trace
        if _is_in_c(f):
            return made  # what it is, the regions that are open decide
        if trace is not None and trace.converter is self._converter:
            if len(self) >= _MANY:  # a loop may make a closure per turn
                self.clear()
            self[f] = made
        return made


def _noted(trace: Trace, f: Any) -> None:
    """A method in C that may change its list: `out.append`."""
    owner = f.__self__
    if type(owner) is np.ndarray or (type(owner) is not Tracer and isinstance(owner, CONTAINERS)):
        _note(trace, f, owner)


def _note(trace: Trace, f: Any, owner: Any) -> None:
    """Keep what a container holds that a function in C may change."""
    if trace.twins and getattr(f, "__name__", "") in CHANGING:
        require_alone(trace, owner)
    if trace.regions:
        trace.regions[-1].note_content(owner)


def _noting(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`f(...)`, which may change the lists that it is given, and advance iterators: insort, zip."""
    trace = current_trace()
    if trace is None:
        return f(*args, **kwargs)
    for x in args:
        if type(x) is not Tracer and isinstance(x, CONTAINERS):
            _note(trace, f, x)
        else:
            advance(x, trace)
    return f(*args, **kwargs)


def _is_in_c(f: Any) -> bool:
    """Whether it is written in C, and may change or go through what it is given."""
    if type(f) is type:
        return f.__module__ in _MODULES and f is not type
    return type(f) is BuiltinFunctionType and f not in _ASKING


_ASKING: Final = frozenset(
    {iter, isinstance, issubclass, id, callable, hasattr, getattr, repr, hash, print, format}
)
"""Functions that leave what they are given as it is."""
_MODULES: Final = frozenset({"builtins", "itertools", "collections"})
_CONSUMING: Final = frozenset({"extend", "extendleft", "join", "update", "fromkeys", "union"})
"""Methods that go through an iterator to its end."""


def by_number(f: Any) -> Callable[..., Any]:
    """The function to call in place of one that makes what a `for` goes through."""
    return _by_number(f) or call(f)


install_methods_on_grown()
_BUILTINS: Final = {**BUILTINS, **WHOLE, **SIFTING}
KNOWN: Final[Mapping[Any, Callable[..., Any]]] = {
    **_BUILTINS,
    contextlib.suppress: Suppressing,
    next: first_of,
    setattr: SETTING[setattr],
    delattr: SETTING[delattr],
    **{f: calling(f, _BUILTINS.get(f, f), call) for f in HIGHER_ORDER},
}
"""The builtins that something else stands for."""
