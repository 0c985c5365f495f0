"""isinstance, type, hasattr, len and their kin: what a traced value answers in an array's place.

A tracer calls itself an ndarray (`x.__class__`), which serves `isinstance` wherever it is asked;
here are the questions that Python asks of the object itself.
"""

from __future__ import annotations

import builtins
from typing import Any

from gradloom.frontend.builtins.choices import as_kind
from gradloom.frontend.chosen import Chosen, spread
from gradloom.frontend.growing import Growing, Grown
from gradloom.frontend.selection import Selected, is_selected
from gradloom.frontend.tracer import Tracer
from gradloom.ir.dims import Dim


def _is_traced(x: object) -> bool:
    return builtins.type(x) in (Tracer, Selected)


def isinstance_of(x: Any, classes: Any, /) -> bool:
    """What `isinstance` gives; a named size is an int."""
    if builtins.type(x) is Dim:
        return issubclass(int, classes)
    if builtins.type(x) is Chosen:
        return spread(x, lambda one: isinstance_of(one, classes))  # type: ignore[no-any-return]
    if not _is_traced(x):
        return isinstance(x, classes)
    return issubclass(x.__class__, classes)


def type_of(x: Any, /, *made: Any, **given: Any) -> Any:
    """What `type` gives: `np.ndarray`, a numpy scalar's class, or Python's."""
    if made or given:
        return builtins.type(x, *made, **given)
    if builtins.type(x) is Dim:
        return int
    if isinstance(x, Growing | Grown):
        return list
    if builtins.type(x) is Chosen:
        return spread(x, type_of)
    return x.__class__ if _is_traced(x) else builtins.type(x)


def hasattr_of(x: Any, name: str, /) -> bool:
    """What `hasattr` gives."""
    if builtins.type(x) is Chosen:
        return spread(x, lambda one: hasattr_of(one, name))  # type: ignore[no-any-return]
    return hasattr(x.__class__, name) if _is_traced(x) else hasattr(x, name)


def getattr_of(x: Any, name: str, /, *default: Any) -> Any:
    """What `getattr` gives."""
    if builtins.type(x) is Chosen:
        return spread(x, lambda one: getattr(one, name, *default))
    return getattr(x, name, *default)


def callable_of(x: Any, /) -> bool:
    """What `callable` gives."""
    if builtins.type(x) is Chosen:
        return spread(x, callable)  # type: ignore[no-any-return]
    return callable(x)


def len_of(x: Any, /) -> Any:
    """What `len` gives: a named size by name, and how many elements a mask holds, traced."""
    if builtins.type(x) is Tracer and x.ndim:
        return x.shape[0]
    if is_selected(x) and not x.axis:
        return as_kind(x.held.sum(), "weak")
    return len(x)
