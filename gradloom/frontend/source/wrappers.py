"""Callables that call the user's functions by themselves, made to call the converted ones."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from dataclasses import is_dataclass
from types import CellType, FunctionType, SimpleNamespace
from typing import Any, Final

from gradloom.frontend.source.rebuild import with_cells
from gradloom.ir.errors import GradloomError

Convert = Callable[[Any], Any]
_MISSING: Final = object()


def constructor(kind: Any, convert: Convert) -> Any:
    """What makes an instance as calling the class does, by its converted `__new__` and `__init__`;
    the class itself where it has none of the user's.
    """
    post = getattr(kind, "__post_init__", None) if is_dataclass(kind) else None
    methods = [f for f in (kind.__new__, kind.__init__, post) if type(f) is FunctionType]
    if all(convert(f) is f for f in methods):
        return kind

    def construct(*args: Any, **kwargs: Any) -> Any:
        made = convert(kind.__new__)(kind, *args, **kwargs)
        if issubclass(type(made), kind):
            if type(post) is FunctionType:
                _set_post(made, convert)
            done = convert(type(made).__init__)(made, *args, **kwargs)
            if done is not None:
                raise TypeError(f"__init__() should return None, not {type(done).__name__!r}")
        return made

    return construct


def _set_post(made: Any, convert: Convert) -> None:
    """Have the `__init__` that a dataclass generates call the converted `__post_init__`.

    It stands on the instance until it is called; an instance with slots has no room for it.
    """
    own = getattr(made, "__dict__", None)
    if own is None:
        return

    def post(*args: Any) -> Any:
        del own["__post_init__"]
        return convert(type(made).__post_init__)(made, *args)

    own["__post_init__"] = post


def remembering(cached: Any, convert: Convert, region: Callable[[], Hashable]) -> Any:
    """What an `lru_cache` keeps of its converted function's results, for this trace alone.

    Traced arguments have no hash: a call with one is made anew.
    """
    function = cached.__wrapped__
    typed = cached.cache_parameters()["typed"]
    results: dict[Hashable, dict[Any, Any]] = {}

    @functools.wraps(function, updated=())
    def remembered(*args: Any, **kwargs: Any) -> Any:
        kept = results.setdefault(region(), {})
        key: Any = (args, tuple(kwargs.items()))
        if typed:
            key = (key, tuple(map(type, args)), tuple(map(type, kwargs.values())))
        try:
            found = kept.get(key, _MISSING)
        except (TypeError, GradloomError):
            return convert(function)(*args, **kwargs)
        if found is _MISSING:
            found = kept[key] = convert(function)(*args, **kwargs)
        return found

    return remembered


def opened(wrapper: FunctionType, convert: Convert) -> FunctionType:
    """A library's wrapper of a user's function around the converted function: contextlib's
    context managers, functools' single dispatch, decorators of installed packages.
    """
    cells = wrapper.__closure__ or ()
    names = wrapper.__code__.co_freevars
    made = [_refilled(n, cell, wrapper, convert) for n, cell in zip(names, cells, strict=True)]
    same = all(a is b for a, b in zip(made, cells, strict=True))
    return wrapper if same else with_cells(wrapper, tuple(made))


def _refilled(name: str, cell: CellType, wrapper: Any, convert: Convert) -> CellType:
    """The cell, or one that holds what it should hold in a trace."""
    try:
        held = cell.cell_contents
    except ValueError:  # still empty
        return cell
    made = held
    if held is wrapper.__wrapped__:
        made = convert(held)
    elif wrapper.__globals__ is vars(functools):
        made = _dispatching(name, held, convert)
    return cell if made is held else CellType(made)


def _dispatching(name: str, held: Any, convert: Convert) -> Any:
    """The part of a single dispatch that chooses the function, made to choose a converted one."""
    if name == "dispatch" and callable(held):
        return lambda kind: convert(held(kind))
    if name == "self" and isinstance(held, functools.singledispatchmethod):  # until Python 3.12
        chosen = held.dispatcher.dispatch
        return SimpleNamespace(
            dispatcher=SimpleNamespace(dispatch=lambda kind: convert(chosen(kind)))
        )
    return held
