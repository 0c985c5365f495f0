"""Functions of math and numpy that a program holds where no module shows them: in a variable of a
function around, a default argument, a dict, a list, an attribute.

While a trace runs, their traced forms stand there, as they do in modules (`patches.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from types import CellType, FunctionType, MethodType, ModuleType
from typing import Any, Final

import numpy as np

from gradloom.frontend.classes import is_users_class
from gradloom.frontend.source.owners import owner
from gradloom.frontend.tracer import Tracer

_MOST: Final = 300
"""Objects looked into per trace."""
_PLAIN: Final = frozenset(
    {bool, int, float, complex, str, bytes, type(None), np.ndarray, Tracer, ModuleType}
)
Put = Callable[[Any], None]


def places(*values: Any) -> Iterator[tuple[Any, Put]]:
    """What these hold, as far as it can be replaced: each thing, and what puts another there."""
    seen: set[int] = set()
    todo = list(values)
    while todo and len(seen) < _MOST:
        x = todo.pop()
        if type(x) in _PLAIN or id(x) in seen:
            continue
        seen.add(id(x))
        for held, put in _inside(x):
            yield held, put
            todo.append(held)
        todo += _beyond(x)


def _inside(x: Any) -> Iterator[tuple[Any, Put]]:
    if isinstance(x, dict | list):
        keys = list(x) if isinstance(x, dict) else range(len(x))
        for key in [*keys][:_MOST]:
            yield x[key], functools.partial(x.__setitem__, key)
    elif type(x) is FunctionType and not owner(x.__code__.co_filename):
        yield from _of_function(x)
    elif type(x) is functools.partial:
        yield x.func, functools.partial(_set_function, x)
    elif isinstance(x, type) and is_users_class(x):
        for name, held in list(vars(x).items()):
            yield held, functools.partial(type.__setattr__, x, name)
    elif is_users_class(type(x)):
        yield type(x), _nothing
        yield from _inside(getattr(x, "__dict__", {}))


def _of_function(f: FunctionType) -> Iterator[tuple[Any, Put]]:
    for cell in f.__closure__ or ():
        try:
            held = cell.cell_contents
        except ValueError:  # still empty
            continue
        yield held, functools.partial(CellType.cell_contents.__set__, cell)
    for i, held in enumerate(f.__defaults__ or ()):
        yield held, functools.partial(_set_default, f, i)
    yield from _inside(f.__kwdefaults__ or {})


def _set_default(f: FunctionType, i: int, value: Any) -> None:
    given = list(f.__defaults__ or ())
    given[i] = value
    f.__defaults__ = tuple(given)


def _set_function(f: Any, value: Any) -> None:
    f.__setstate__((value, f.args, f.keywords, vars(f)))


def _nothing(value: Any) -> None:
    """What stands there stays."""


def _beyond(x: Any) -> list[Any]:
    """What else a value leads to: the module's variables that a function names."""
    if type(x) is MethodType:
        return [x.__self__, x.__func__]
    if isinstance(x, tuple):
        return [*x][:_MOST]
    if type(x) is not FunctionType or owner(x.__code__.co_filename):
        return []
    return [x.__globals__[n] for n in x.__code__.co_names if n in x.__globals__]
