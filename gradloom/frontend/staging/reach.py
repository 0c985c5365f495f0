"""Whether an object could be seen from outside a piece of Python that has been undone."""

from __future__ import annotations

import gc
import sys
from collections import deque
from collections.abc import Sequence
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Final

from gradloom.frontend.callers import user_tables
from gradloom.frontend.trace import require_trace

_MOST: Final = 50_000
"""Objects looked at from the variables on; beyond it, from the target on, backwards."""
_MOST_HOLDERS: Final = 5_000
"""Objects looked at backwards; beyond it, an object counts as seen, which at worst refuses a
program."""
_CLOSED: Final = (ModuleType, type, CodeType, BuiltinFunctionType, FrameType, str, bytes)
_RECORDS: Final = frozenset(
    f"gradloom.frontend.{name}"
    for name in ("trace", "staging.branch", "staging.carry", "staging.places", "staging.regions")
) | {"gradloom.ir.graph", "gradloom.ir.location"}
"""Modules whose objects remember what has been undone, or hold what the graph has and no more."""


_BEGINNING: Final = "gradloom.frontend.record"
"""The module that calls the function which is traced."""


def is_reachable(target: Any, frame: FrameType, instead: dict[str, Any]) -> bool:
    """Whether `target` is found from the variables of this frame and of its callers in the trace,
    where `instead` replaces variables of the frame itself, and from the user's functions, classes
    and modules that these lead to. What lies further out sees nothing that was made in the trace
    but through these.
    """
    if type(target) is dict and "__builtins__" in target:  # the variables of a module
        return True
    roots: list[Any] = [*instead.values()]
    roots += [taker.made for taker in require_trace().waiting if hasattr(taker, "made")]
    below, globals_seen = instead, set[int]()
    above: FrameType | None = frame
    while above is not None:
        outside = above.f_globals
        if outside.get("__name__") == _BEGINNING:
            roots += above.f_locals.values()  # the arguments, which the caller sees
            break
        if not str(outside.get("__name__")).startswith("gradloom."):
            roots += [v for k, v in above.f_locals.items() if k not in below]
            roots += [] if id(outside) in globals_seen else outside.values()
            globals_seen.add(id(outside))
        below, above = {}, above.f_back
    return _finds(target, roots)


def _finds(target: Any, roots: list[Any]) -> bool:
    if any(x is target for x in roots):
        return True
    tables = {id(table) for table in user_tables()}
    seen: set[int] = set()
    todo = deque(roots)
    while todo:
        x = todo.popleft()
        if x is target:
            return True
        if id(x) in seen:
            continue
        parts = _parts(x, tables)
        if parts:
            seen.add(id(x))
            todo.extend(parts)
            if len(seen) > _MOST:
                return _is_held(target, {id(x) for x in roots if not _is_closed(x)})
    return False


def _is_held(target: Any, roots: set[int]) -> bool:
    """The same question asked backwards: what holds the target, what holds that, ... Each step asks
    every object of the process once, but what was made just now has few holders.
    """
    seen, layer = {id(target)}, [target]
    while layer:
        if len(seen) > _MOST_HOLDERS or not roots.isdisjoint(map(id, layer)):
            return True
        holders = gc.get_referrers(*layer)
        seen.update((id(layer), id(holders)))
        layer = [x for x in holders if id(x) not in seen and not _is_closed(x)]
        seen.update(map(id, layer))
    return False


def _is_closed(x: Any) -> bool:
    return isinstance(x, _CLOSED) or type(x).__module__ in _RECORDS


def _parts(x: Any, tables: set[int]) -> Sequence[Any]:
    """What an object leads to; of modules, classes and functions, the user's alone."""
    if isinstance(x, FunctionType):
        whole = x.__globals__.values() if id(x.__globals__) in tables else ()
        held = (*(x.__closure__ or ()), *(x.__defaults__ or ()), *x.__dict__.values())
        return [*held, *whole]
    if isinstance(x, ModuleType):
        return [*vars(x).values()] if id(vars(x)) in tables else ()
    if isinstance(x, type):
        module = sys.modules.get(x.__module__)
        users = module is not None and id(vars(module)) in tables
        return [*vars(x).values()] if users else ()
    return () if _is_closed(x) or not gc.is_tracked(x) else gc.get_referents(x)
