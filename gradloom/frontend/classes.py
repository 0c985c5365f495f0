"""The user's classes while a trace runs: what Python calls by itself of them (operators,
properties, descriptors, context managers) is rewritten as what the user calls is.

The methods are replaced on their classes, by functions that call the rewritten ones in threads that
trace without values, and those that are written in all others. When the last trace has ended, the
classes are what they were.
"""

from __future__ import annotations

import functools
import sys
from collections import deque
from collections.abc import Iterator
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any, Final

import numpy as np

from gradloom.frontend.chosen import Chosen
from gradloom.frontend.growing import Grown
from gradloom.frontend.source.converted import convertible
from gradloom.frontend.source.owners import owner
from gradloom.frontend.trace import stack
from gradloom.frontend.tracer import Tracer

_LEFT: Final = frozenset(
    f"__{name}__"
    for name in (
        "new", "init", "init_subclass", "class_getitem", "set_name", "getattribute", "hash", "del",
        "repr", "str", "format", "bytes", "dir", "sizeof", "reduce", "reduce_ex", "getstate",
        "setstate", "getnewargs", "getnewargs_ex", "copy", "deepcopy", "prepare", "instancecheck",
        "subclasscheck", "subclasshook", "bool", "fspath", "annotate", "annotate_func",
    )
)  # fmt: skip
"""Methods that decide nothing by values, or whose result Python wants to be one of its own."""
_MOST: Final = 2_000
"""Objects looked into per trace, for the classes of what they hold."""
_HEAP, _IMMUTABLE = 1 << 9, 1 << 8  # Py_TPFLAGS_HEAPTYPE, Py_TPFLAGS_IMMUTABLETYPE
_PLAIN: Final = frozenset(
    {bool, int, float, complex, str, bytes, type(None), np.ndarray, np.dtype, ModuleType}
    | {Tracer, Chosen, Grown}
)
_replaced: dict[type, dict[str, tuple[Any, Any]]] = {}
"""The classes opened now: name -> what the user wrote, and what stands there."""


def restore() -> None:
    """Make all classes what they were."""
    while _replaced:
        kind, names = _replaced.popitem()
        for name, (original, ours) in names.items():
            if vars(kind).get(name) is ours:
                type.__setattr__(kind, name, original)


def meet(*values: Any) -> None:
    """Open the classes of these, of what they hold, and of what functions among them refer to."""
    seen: set[int] = set()
    todo = list(values)
    while todo and len(seen) < _MOST:
        x = todo.pop()
        kind = type(x)
        if kind in _PLAIN or id(x) in seen:
            continue
        seen.add(id(x))
        if kind is FunctionType:
            todo += _referred(x)
        elif isinstance(x, list | tuple | set | frozenset | deque):
            todo += list(x)[:100]
            open_class(kind)
        elif isinstance(x, dict | MappingProxyType):
            todo += list(x.values())[:100]
            open_class(kind)
        elif isinstance(x, type):
            open_class(x)
        elif isinstance(x, functools.partial):
            todo += [x.func, *x.args, *x.keywords.values()]
        elif open_class(kind):
            todo += list(getattr(x, "__dict__", {}).values())
        elif hasattr(x, "__func__"):
            todo += [x.__self__, x.__func__]


def _referred(function: FunctionType) -> list[Any]:
    """The user's objects and classes that a function of theirs refers to by name."""
    if owner(function.__code__.co_filename):
        return []
    outside = function.__globals__
    found = [outside[n] for n in function.__code__.co_names if n in outside]
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # still empty
            continue
    # what the module's other functions refer to is met when they are called
    return [x for x in found if type(x) is not FunctionType] + list(function.__defaults__ or ())


def open_class(kind: type) -> bool:
    """Let Python call the rewritten methods of a class; whether any of them is the user's."""
    is_users = False
    for base in kind.__mro__:
        if base in _replaced:
            is_users = True
        elif base is not object and not _is_library(base):
            is_users = True
            _replaced[base] = {}
            for name, original, ours in list(_replacements(base)):
                type.__setattr__(base, name, ours)
                _replaced[base][name] = original, ours
    return is_users


def is_users_class(kind: type) -> bool:
    """Whether a class is written by the user, in Python."""
    return kind not in _PLAIN and not _is_library(kind)


@functools.lru_cache(maxsize=4096)
def _file_of(module: str) -> str:
    return getattr(sys.modules.get(module), "__file__", None) or ""


def _is_library(kind: type) -> bool:
    module = kind.__module__
    if module in ("builtins", "typing", "abc", "enum", "collections"):
        return True
    if not kind.__flags__ & _HEAP or kind.__flags__ & _IMMUTABLE:  # it is written in C
        return True
    file = _file_of(module) if module != "__main__" else ""
    return bool(file) and bool(owner(file))


def _replacements(kind: type) -> Iterator[tuple[str, Any, Any]]:
    """The name, the original and the replacement of what Python calls by itself."""
    for name, held in list(vars(kind).items()):
        if type(held) is FunctionType:
            special = name.startswith("__") and name.endswith("__") and name not in _LEFT
            if special and not convertible(held):
                yield name, held, _rewritten(held)
        elif type(held) is property:
            parts = [f and _rewritten(f) for f in (held.fget, held.fset, held.fdel)]
            yield name, held, property(parts[0], parts[1], parts[2], held.__doc__)
        elif type(held) is functools.cached_property:
            made = functools.cached_property(_rewritten(held.func))
            made.__set_name__(kind, held.attrname or name)
            yield name, held, made
        elif hasattr(type(held), "__get__") and type(held) not in _PLAIN:
            open_class(type(held))


def _rewritten(function: Any) -> Any:
    """A function that runs rewritten in a trace without values, and as it is elsewhere."""
    if type(function) is not FunctionType or convertible(function):
        return function

    @functools.wraps(function)
    def method(*args: Any, **kwargs: Any) -> Any:
        trace = stack.trace
        if trace is None or trace.converter is None:
            return function(*args, **kwargs)
        return trace.converter.c(function)(*args, **kwargs)

    _codes.add(_code_of(method))
    return method


def _code_of(method: Any) -> CodeType:
    code: CodeType = method.__code__
    return code


_codes: Final[set[CodeType]] = set()


def as_written(function: Any) -> Any:
    """What the user wrote in the place of a function that stands in a class now."""
    is_ours = type(function) is FunctionType and function.__code__ in _codes
    return function.__wrapped__ if is_ours else function
