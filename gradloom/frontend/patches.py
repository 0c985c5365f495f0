"""What numpy and math names mean while a trace runs, for functions that no protocol reaches.

The names are replaced on their modules, and where a user's module imported them by name. Each
replacement passes straight through in threads that trace nothing, and for callers inside numpy,
scipy and other libraries.
"""

from __future__ import annotations

import functools
import math
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

import numpy as np

from gradloom.frontend import (
    classes,
    creation,
    iterators,
    libraries,
    listed,
    mathematics,
    observers,
    proxies,
    vectorized,
)
from gradloom.frontend.callers import calls, is_users, user_tables
from gradloom.frontend.growing import is_grown
from gradloom.frontend.held import places
from gradloom.frontend.numpy import polynomial
from gradloom.frontend.numpy.arguments import require_keywords
from gradloom.frontend.numpy.dispatch import FUNCTIONS, call_function
from gradloom.frontend.numpy.told import told
from gradloom.frontend.random.generators import default_rng, sampled
from gradloom.frontend.random.sources import Source
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import any_tracer
from gradloom.ir.location import user_location

LEGACY: Final = np.random.mtrand._rand
"""The generator behind np.random's functions."""


# ---- random --------------------------------------------------------------------------------------


def _random(name: str) -> Callable[..., Any]:
    source = Source(LEGACY, f"np.random.{name}")

    def replacement(original: Any, *args: Any, **kwargs: Any) -> Any:
        return sampled(source, name, original, args, kwargs)

    return replacement


# ---- the table, and switching it -----------------------------------------------------------------

_STATE: Final = frozenset({"seed", "get_state", "set_state"})
_RANDOM: Final = tuple(
    name
    for name, function in vars(np.random).items()
    if getattr(function, "__self__", None) is LEGACY and name not in _STATE
)


DIRECT: Final[dict[int, Callable[..., Any]]] = {}
"""The traced forms of replaced functions by their id, for callers of the user's own."""
_POLYNOMIALS: Final = tuple(getattr(np.poly1d, n) for n in polynomial.METHODS)


def _guarded(
    home: Any, name: str, ours: Callable[..., Any], names: frozenset[str]
) -> Callable[..., Any]:
    original = getattr(home, name)
    # A call with a traced value in hand is the user's, however the function was reached.
    # Methods of numpy's own classes in Python are reached by any expression; some by each other.
    inner = original in _POLYNOMIALS
    method = inner or isinstance(home, type)
    vectorized = inner or home is np.vectorize
    what = "np.vectorize" if vectorized else f"{home.__name__.replace('numpy', 'np', 1)}.{name}"

    @functools.wraps(original)
    def replacement(*args: Any, **kwargs: Any) -> Any:
        if current_trace() is None:
            return original(*args, **kwargs)
        frame = sys._getframe(1)
        if not (inner or is_users(frame)) or not (
            method
            or any_tracer(args)
            or any_tracer([*kwargs.values()])
            or calls(frame, names, (replacement, original))
        ):
            return original(*args, **kwargs)
        return direct(*args, **kwargs)

    @functools.wraps(original)
    def direct(*args: Any, **kwargs: Any) -> Any:
        if current_trace() is None:
            return original(*args, **kwargs)
        try:
            require_keywords(kwargs)
            kwargs.pop("like", None)
            return ours(original, *args, **kwargs)
        except Exception as error:
            shown = told(error, what, user_location())
            if shown is error:
                raise
            raise shown from error

    DIRECT[id(replacement)] = DIRECT[id(original)] = direct
    return replacement


def _reaching(function: Callable[..., Any]) -> Callable[..., Any]:
    """The traced form of a function also for what numpy's dispatch does not look at.

    `np.mean([x, y])`, `np.take(constants, x)`, `np.repeat(constants, x)`: numpy would ask the
    traced value for numbers.
    """

    def replacement(original: Any, *args: Any, **kwargs: Any) -> Any:
        if any_tracer(args) or any(any_tracer(v) for v in kwargs.values()):
            if any(map(is_grown, args)):
                args = tuple([x.as_array() if is_grown(x) else x for x in args])
            return call_function(function, args, kwargs)
        return original(*args, **kwargs)

    return replacement


def _homes() -> Iterator[tuple[ModuleType, str, Callable[..., Any]]]:
    """Where numpy offers the functions that have a traced form: module, public name, function."""
    known = {id(function) for function in FUNCTIONS}
    for module in (np, np.linalg, np.fft, np.emath):
        for name, value in list(vars(module).items()):
            if id(value) in known and not name.startswith("_"):
                yield module, name, value


def _build() -> list[tuple[Any, str, Any, Any]]:
    rows: list[tuple[Any, str, Callable[..., Any]]] = [
        (np, n, f) for n, f in creation.TABLE.items()
    ]
    rows += [(math, n, mathematics.traced(n)) for n in mathematics.NAMES]
    rows += [(np.random, n, _random(n)) for n in _RANDOM]
    rows += [(np.random, "default_rng", default_rng)]
    rows += [(np.vectorize, "__call__", vectorized.vectorized)]
    rows += [(np.poly1d, n, f) for n, f in polynomial.METHODS.items()]
    rows += list(observers.rows())
    rows += [(m, n, _reaching(f)) for m, n, f in _homes() if m is not np or n not in creation.TABLE]
    objects = {**proxies.INDEXED, **iterators.CLASSES, **listed.LISTED}
    return _guards(rows) + [(np, n, getattr(np, n), proxy) for n, proxy in objects.items()]


def _guards(rows: list[tuple[Any, str, Callable[..., Any]]]) -> list[tuple[Any, str, Any, Any]]:
    """Module, name, original and guarded replacement for each row."""
    names: dict[int, set[str]] = {}
    for m, n, _ in rows:
        names.setdefault(id(getattr(m, n)), set()).add(n)
    made = []
    for m, n, f in rows:
        original = getattr(m, n)
        made.append((m, n, original, _guarded(m, n, f, frozenset(names[id(original)]))))
    return made


_Homes = list[tuple[Any, dict[str, Any], dict[str, Any]]]
"""A module or class, with the replacements and the originals of its names."""


def _by_home(rows: list[tuple[Any, str, Any, Any]]) -> _Homes:
    homes: dict[int, tuple[Any, dict[str, Any], dict[str, Any]]] = {}
    for home, name, original, ours in rows:
        _, replacements, originals = homes.setdefault(id(home), (home, {}, {}))
        replacements[name], originals[name] = ours, original
    return list(homes.values())


_rows: Final = _build()
_homes_now: Final = _by_home(_rows)
_replacement: Final = {id(original): (original, ours) for _, _, original, ours in _rows}
_original: Final = {id(ours): original for _, _, original, ours in _rows}
_lock: Final = threading.Lock()
_depth = 0
_imported: list[tuple[dict[str, Any], str, Any]] = []
_held: list[tuple[Callable[[Any], None], Any]] = []
_scanned: dict[int, tuple[dict[str, Any], int, list[str]]] = {}
_waiting: Final = set(libraries.MODULES)


def original_of(value: Any) -> Any:
    """What stands under a name when no trace runs: the original of a replacement, else the value
    itself.
    """
    return _original.get(id(value), value)


def replacement_of(value: Any) -> Any:
    """What stands under a name while a trace runs, in this thread or another."""
    row = _replacement.get(id(value))
    return value if row is None else row[1]


@contextmanager
def patched() -> Iterator[None]:
    """Replace the names while inside; the last one out puts them back."""
    global _depth
    with _lock:
        _depth += 1
        arrived = [name for name in _waiting if libraries.is_there(name)]
        if arrived:
            _add(arrived)
        if _depth == 1:
            _install(_homes_now)
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                _restore()


def _add(arrived: list[str]) -> None:
    """Add the rows of libraries that were imported since."""
    rows = _guards([row for name in arrived for row in libraries.rows(name)])
    _waiting.difference_update(arrived)
    _homes_now.extend(_by_home(rows))
    _replacement.update({id(original): (original, ours) for _, _, original, ours in rows})
    _original.update({id(ours): original for _, _, original, ours in rows})
    _scanned.clear()
    if _depth > 1:
        _install(_by_home(rows))


def _put(home: Any, names: dict[str, Any]) -> None:
    """Set names; a plain module's table takes them all at once, which every trace pays for."""
    if type(home) is ModuleType:
        vars(home).update(names)
        return
    for name, value in names.items():
        setattr(home, name, value)


def _install(homes: _Homes) -> None:
    for home, replacements, _ in homes:
        _put(home, replacements)
    for table in user_tables():
        for name in _imported_names(table):
            original = table.get(name)
            row = _replacement.get(id(original))
            if row is not None:
                _imported.append((table, name, original))
                table[name] = row[1]


def reach(*values: Any) -> None:
    """Replace what these hold of the replaced functions as well, until the last trace has ended."""
    for held, put in places(*values):
        row = _replacement.get(id(held))
        if row is not None:
            with _lock:
                _held.append((put, row[0]))
            put(row[1])


def _restore() -> None:
    for home, _, originals in _homes_now:
        _put(home, originals)
    classes.restore()
    while _held:
        put, original = _held.pop()
        put(original)
    while _imported:
        table, name, original = _imported.pop()
        table[name] = original


def _imported_names(table: dict[str, Any]) -> list[str]:
    """The names of a module's table that are numpy's or math's functions, remembered while its
    size stays.
    """
    known = _scanned.get(id(table))
    if known is None or known[1] != len(table):
        names = [name for name, value in list(table.items()) if id(value) in _replacement]
        # The table is held, so that no other takes its id.
        _scanned[id(table)] = known = (table, len(table), names)
    return known[2]
