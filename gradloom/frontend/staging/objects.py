"""What rewritten code reads and writes: containers, attributes, plain arrays."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from types import MemberDescriptorType, MethodWrapperType
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.builtins import len_of
from gradloom.frontend.chosen import Chosen, spread
from gradloom.frontend.creation import traced_copy
from gradloom.frontend.growing import Growing, Grown, is_grown, state_of
from gradloom.frontend.handled import require_unhandled
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.selection import Selected
from gradloom.frontend.staging.items import Listed
from gradloom.frontend.staging.lists import Keyed, Placed
from gradloom.frontend.staging.places import CONTAINERS, free_variable, global_variable
from gradloom.frontend.staging.twins import require_alone
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer, any_tracer
from gradloom.ir.errors import DtypeError
from gradloom.ir.location import user_location


def attribute(owner: Any, name: str) -> Any:
    """The owner, whose attribute is about to change."""
    trace = current_trace()
    if trace is not None and type(owner) is not Tracer:
        if trace.twins:
            require_alone(trace, owner)
        if trace.regions:
            trace.regions[-1].note_attribute(owner, name)
    return owner


def outer(names: tuple[str, ...], given: Callable[[], Any]) -> None:
    """Note variables of the functions around, or of the module, that a function is about to set.

    `given` is a function that refers to them.
    """
    trace = current_trace()
    if trace is None or not trace.regions:
        return
    cells = dict(zip(given.__code__.co_freevars, given.__closure__ or (), strict=True))
    for name in names:
        cell = cells.get(name)
        trace.regions[-1].note_place(
            global_variable(given.__globals__, name) if cell is None else free_variable(cell, name)
        )


def _setting(set: Callable[..., None]) -> Callable[..., None]:
    """`setattr` and its kin, of an attribute that is noted before."""

    def change(owner: Any, name: str, *value: Any) -> None:
        attribute(owner, name)
        set(owner, name, *value)

    return change


SETTING: Final[Mapping[Any, Callable[..., None]]] = {
    f: _setting(f) for f in (setattr, delattr, object.__setattr__, object.__delattr__)
}
"""What sets attributes without saying so in the syntax -> what notes them before."""


def changing(f: Any) -> Any:
    """What to call in place of a method written in C that may change the object it belongs to:
    `super().__setattr__`, `xs.__setitem__`, `list.append`.
    """
    owner = getattr(f, "__self__", None)
    if type(f) is MethodWrapperType and f.__name__ in ("__setattr__", "__delattr__"):
        set = SETTING[getattr(object, f.__name__)]
        return partial(set, owner)
    if type(f) is MethodWrapperType:
        content(owner)
        return f
    return _noting_first(f) if issubclass(f.__objclass__, CONTAINERS) else f


def _noting_first(f: Any) -> Callable[..., Any]:
    def change(owner: Any, *args: Any, **kwargs: Any) -> Any:
        return f(content(owner), *args, **kwargs)

    return change


def content(owner: Any) -> Any:
    """The owner, which is about to change if it holds other things."""
    kind = type(owner)
    if kind is int or kind is float or kind is Tracer:
        return owner
    if kind is np.ndarray or isinstance(owner, CONTAINERS):
        trace = current_trace()
        if trace is not None and trace.twins:
            require_alone(trace, owner)
        if trace is not None and trace.regions:
            trace.regions[-1].note_content(owner)
    return owner


def holding(owner: Any, key: Any) -> None:
    """Note `owner[key]`, which is about to change in place, where that is a list or an array."""
    is_known = type(key) is not Tracer and type(key) is not Chosen
    if isinstance(owner, list | dict | tuple) and not is_grown(owner) and is_known:
        try:
            held = owner[key]
        except (LookupError, TypeError):
            return  # the statement itself tells
        content(held)


def holding_attribute(owner: Any, name: str) -> None:
    """Note `owner.name`, which is about to change in place, where that is a list or an array."""
    own = getattr(owner, "__dict__", None)
    if isinstance(own, dict) and name in own:
        content(own[name])
    elif isinstance(getattr(type(owner), name, None), MemberDescriptorType):
        content(getattr(owner, name, None))


def place(owner: Any) -> Any:
    """What takes `owner[key] = ...`, where the key may be traced; it is about to change."""
    owner = content(owner)
    kind, trace = type(owner), current_trace()
    if kind is dict and trace is not None and trace.labels:
        return Keyed(owner)
    is_list = kind is list or kind is Growing
    return Placed(owner) if is_list and trace is not None else owner


# ---- plain arrays and lists -------------------------------------------------------------------


def _references(x: Any) -> int:
    return sys.getrefcount(x)


_FRESH: Final = _references(np.arange(3))
"""References to an array that only the call it is passed to knows."""


def owned(x: Any) -> Any:
    """An array of integers that was just made, as one that traced values can be stored in: it is
    assigned to a variable that is written in place.
    """
    if type(x) is not np.ndarray or x.dtype.kind not in "biu" or x.base is not None:
        return x
    return traced_copy(x) if sys.getrefcount(x) <= _FRESH and current_trace() is not None else x


def indexed(x: Any) -> Any:
    """What takes a key in place of `x`, where the key may be traced and `x` may be plain."""
    kind = type(x)
    plain = kind is np.ndarray or kind is list or kind is tuple or kind is Growing
    return _Plain(x) if plain else x


def item(x: Any, key: Any) -> Any:
    """`x[key]`, where the key may be traced and `x` may be plain."""
    kind = type(key)
    if kind is Chosen:
        return spread(key, lambda one: item(x, one))
    if kind is int or kind is str:
        return x[key]
    if kind is Tracer or kind is tuple:
        _require_no_handler(key)
    if type(x) is Tracer:
        return x[key]
    if kind is Tracer and isinstance(x, dict):
        error = DtypeError(
            f"a traced number ({key.aval}) is no key of a dict: the program alone knows it",
            location=user_location(),
            hint="put the values into one array, and index that: np.stack([...])[i]",
        )
        error.is_refusal = True
        raise error
    return indexed(x)[key]


def _require_no_handler(key: Any) -> None:
    """Raise where the key is a traced number, and a `try` waits for it to be out of range."""
    trace = current_trace()
    if trace is None or not trace.tries:
        return
    parts = key if type(key) is tuple else (key,)
    if any(type(k) is Tracer and k.dtype.kind in "iu" and not _is_number(k) for k in parts):
        require_unhandled(IndexError, "an index that is out of range")


def length(f: Callable[..., Any], x: Any) -> Any:
    """`f(x)`, where f is `len`: of a list whose length is traced, that number; a named size."""
    kind = type(x)
    if kind in _COUNTED:
        return f(x)
    if kind is Chosen:
        return spread(x, partial(length, f))
    if f is len and kind is Grown:
        return state_of(x).length
    if f is len and (kind is Tracer or kind is Selected):
        return len_of(x)
    return f(x)


_COUNTED: Final = frozenset({tuple, list, Growing, dict, str, np.ndarray})
"""Types whose length Python tells."""


@final
class _Plain:
    """A plain array, list or tuple that a traced value may index."""

    __slots__ = ("_held",)

    def __init__(self, held: Any) -> None:
        self._held = held

    def __getitem__(self, key: Any) -> Any:
        held = self._held
        if type(held) is np.ndarray:
            return lift(held)[key] if any_tracer(key) else held[key]
        if type(key) is Tracer and not _is_number(key):
            return Listed(held).at(key)
        return held[key]


def _is_number(key: Tracer) -> bool:
    """Whether a traced index is known; one that is no integer is left to Python, to refuse."""
    trace = current_trace()
    if trace is None or key.ndim or key.dtype.kind not in "iu":
        return True
    return trace.constant_of(key) is not None
