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
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

import numpy as np

from gradloom.frontend import libraries, mathematics, proxies
from gradloom.frontend.callers import calls, is_users, user_tables
from gradloom.frontend.numpy import polynomial
from gradloom.frontend.numpy.dispatch import FUNCTIONS, call_function
from gradloom.frontend.numpy.lift import cast, lift, result_dtype, stacked
from gradloom.frontend.numpy.views import fresh, is_in_order, link
from gradloom.frontend.trace import current_trace, require_trace
from gradloom.frontend.tracer import Tracer, any_tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.ops.rules import broadcast


class BakedSample(UserWarning):
    """A random number was drawn while a function was traced; the program would repeat it for
    ever.
    """


LEGACY: Final = np.random.mtrand._rand
"""The generator behind np.random's functions."""


# ---- creation: fresh arrays that can be written --------------------------------------------------


def _fresh(result: Any) -> Any:
    """A plain array as a traced one, so that traced values can be stored in it."""
    if type(result) is np.ndarray and result.dtype.kind in "fcbiu":
        made = Tracer(require_trace(), lift(result).here(require_trace()), "array")
        made.in_order = result.flags.c_contiguous
        return made
    return result


def _filled(shape: Any, value: Any, dtype: Any, order: str) -> Any:
    """`np.full` for shapes with named dimensions and traced values."""
    given = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    sizes = tuple(s if isinstance(s, Dim) else s.__index__() for s in given)
    x = lift(value)
    wanted = result_dtype([x]) if dtype is None else np.dtype(dtype)
    made = fresh(broadcast(cast(x.here(require_trace()), wanted), sizes))
    made.in_order = order == "C"
    return made


def _zeros(original: Any, shape: Any, dtype: Any = float, order: str = "C", **kwargs: Any) -> Any:
    return _filled(shape, 0, float if dtype is None else dtype, order)


def _ones(original: Any, shape: Any, dtype: Any = None, order: str = "C", **kwargs: Any) -> Any:
    return _filled(shape, 1, float if dtype is None else dtype, order)


def _full(
    original: Any, shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", **kwargs: Any
) -> Any:
    return _filled(shape, fill_value, dtype, order)


def _array(
    original: Any,
    object: Any,
    dtype: Any = None,
    *args: Any,
    copy: Any = True,
    ndmin: int = 0,
    **kwargs: Any,
) -> Any:
    if not any_tracer(object):
        return _creates(original, object, dtype, *args, copy=copy, ndmin=ndmin, **kwargs)
    made = stacked(object, None if dtype is None else np.dtype(dtype))
    if dtype is not None:
        made = made.astype(dtype)
    made = fresh(made.here(require_trace()), object if type(object) is Tracer else None)
    made.in_order = made.in_order and kwargs.get("order") in (None, "C", "K", "A")
    while made.ndim < ndmin:
        made = made[None]
    return made


def _asarray(original: Any, a: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
    if type(a) is Tracer and a.kind == "array" and (dtype is None or np.dtype(dtype) == a.dtype):
        return a
    if any_tracer(a):
        return _array(original, a, dtype)
    return original(a, dtype, *args, **kwargs)


def _ordered(in_c: bool) -> Callable[..., Any]:
    """ascontiguousarray, asfortranarray: the array itself where it lies so, else a copy."""

    def replacement(original: Any, a: Any, dtype: Any = None, **kwargs: Any) -> Any:
        x = _asarray(np.asarray, a, dtype)
        if type(x) is not Tracer:
            return original(a, dtype, **kwargs)
        if not x.ndim:
            return x.reshape(1)
        if (in_c or x.ndim == 1) and x.alias is None and x.links is None and is_in_order(x):
            return x
        made = fresh(x.here(require_trace()))
        made.in_order, made.frozen = in_c, x.frozen
        link(x, made)
        return made

    return replacement


def _arange(original: Any, *args: Any, **kwargs: Any) -> Any:
    if any(isinstance(x, Dim) for x in args):
        return _symbolic_arange(*args, **kwargs)
    result = original(*args, **kwargs)
    return _fresh(result) if result.dtype.kind in "fc" else result


def _symbolic_arange(*args: Any, dtype: Any = None) -> Any:
    start, stop = (0, args[0]) if len(args) == 1 else args[:2]
    step = args[2] if len(args) > 2 else 1
    if step != 1:
        raise TypeError("np.arange over a named dimension has step 1 only")
    made = wrap(o.iota(dtype=np.dtype(np.int64), shape=(stop - start,), axis=0), "array")
    made = made if start == 0 else made + start
    return made if dtype is None else made.astype(dtype)


def _creates(original: Any, *args: Any, **kwargs: Any) -> Any:
    """The original, its float results made traced (integers stay plain: they are sizes and
    indices).
    """
    result = original(*args, **kwargs)
    return (
        _fresh(result) if isinstance(result, np.ndarray) and result.dtype.kind in "fc" else result
    )


def _like(original: Any, a: Any, *args: Any, **kwargs: Any) -> Any:
    """zeros_like and its kin give writable traced arrays also for plain ones."""
    return original(a, *args, **kwargs) if any_tracer(a) else _fresh(original(a, *args, **kwargs))


def _broadcast_shapes(original: Any, *shapes: Any) -> Any:
    from gradloom.frontend.numpy.lift import broadcast_shapes

    return broadcast_shapes(
        "np.broadcast_shapes", [s if isinstance(s, tuple) else (s,) for s in shapes]
    )


def _isscalar(original: Any, x: Any) -> bool:
    return x.kind != "array" if type(x) is Tracer else bool(original(x))


# ---- random --------------------------------------------------------------------------------------


def _random(name: str) -> Callable[..., Any]:
    def replacement(original: Any, *args: Any, **kwargs: Any) -> Any:
        warnings.warn(
            f"np.random.{name} was drawn while tracing: "
            "a compiled program repeats this one sample; "
            "draw outside and pass it in",
            BakedSample,
            stacklevel=3,
        )
        result = original(*args, **kwargs)
        return (
            _fresh(result)
            if isinstance(result, np.ndarray) and result.dtype.kind == "f"
            else result
        )

    return replacement


# ---- the table, and switching it -----------------------------------------------------------------

_NUMPY: Final[dict[str, Callable[..., Any]]] = {
    "array": _array,
    "asarray": _asarray,
    "asanyarray": _asarray,
    "ascontiguousarray": _ordered(True),
    "asfortranarray": _ordered(False),
    "zeros": _zeros,
    "ones": _ones,
    "empty": _zeros,
    "full": _full,
    "arange": _arange,
    "eye": _creates,
    "identity": _creates,
    "tri": _creates,
    "linspace": _creates,
    "logspace": _creates,
    "geomspace": _creates,
    "fromfunction": _creates,
    "fromiter": _creates,
    "zeros_like": _like,
    "ones_like": _like,
    "empty_like": _like,
    "full_like": _like,
    "copy": _like,
    "diag": _creates,
    "broadcast_shapes": _broadcast_shapes,
    "isscalar": _isscalar,
}

_STATE: Final = frozenset({"seed", "get_state", "set_state"})
_RANDOM: Final = tuple(
    name
    for name, function in vars(np.random).items()
    if getattr(function, "__self__", None) is LEGACY and name not in _STATE
)


_POLYNOMIALS: Final = tuple(getattr(np.poly1d, n) for n in polynomial.METHODS)


def _guarded(
    original: Callable[..., Any], ours: Callable[..., Any], names: frozenset[str]
) -> Callable[..., Any]:
    # Methods of numpy's own classes in Python are reached by any expression; some by each other.
    inner = original in _POLYNOMIALS
    method = inner or original is np.vectorize.__call__

    @functools.wraps(original)
    def replacement(*args: Any, **kwargs: Any) -> Any:
        if current_trace() is None:
            return original(*args, **kwargs)
        frame = sys._getframe(1)
        if not (inner or is_users(frame)) or not (
            method or calls(frame, names, (replacement, original))
        ):
            return original(*args, **kwargs)
        if "like" in kwargs:
            kwargs.pop("like")
        return ours(original, *args, **kwargs)

    return replacement


def _reaching(function: Callable[..., Any]) -> Callable[..., Any]:
    """The traced form of a function also for what numpy's dispatch does not look at.

    `np.mean([x, y])`, `np.take(constants, x)`, `np.repeat(constants, x)`: numpy would ask the
    traced value for numbers.
    """

    def replacement(original: Any, *args: Any, **kwargs: Any) -> Any:
        if any_tracer(args) or any(any_tracer(v) for v in kwargs.values()):
            return call_function(function, args, kwargs)
        return original(*args, **kwargs)

    return replacement


def _homes() -> Iterator[tuple[ModuleType, str, Callable[..., Any]]]:
    """Where numpy offers the functions that have a traced form: module, public name, function."""
    known = {id(function) for function in FUNCTIONS}
    for module in (np, np.linalg, np.fft):
        for name, value in list(vars(module).items()):
            if id(value) in known and not name.startswith("_"):
                yield module, name, value


def _build() -> list[tuple[Any, str, Any, Any]]:
    rows: list[tuple[Any, str, Callable[..., Any]]] = [(np, n, f) for n, f in _NUMPY.items()]
    rows += [(math, n, mathematics.traced(n)) for n in mathematics.NAMES]
    rows += [(np.random, n, _random(n)) for n in _RANDOM]
    rows += [(np.vectorize, "__call__", proxies.vectorized)]
    rows += [(np.poly1d, n, f) for n, f in polynomial.METHODS.items()]
    rows += [(m, n, _reaching(f)) for m, n, f in _homes() if m is not np or n not in _NUMPY]
    return _guards(rows) + [(np, n, getattr(np, n), proxy) for n, proxy in proxies.JOINED.items()]


def _guards(rows: list[tuple[Any, str, Callable[..., Any]]]) -> list[tuple[Any, str, Any, Any]]:
    """Module, name, original and guarded replacement for each row."""
    names: dict[int, set[str]] = {}
    for m, n, _ in rows:
        names.setdefault(id(getattr(m, n)), set()).add(n)
    made = []
    for m, n, f in rows:
        original = getattr(m, n)
        made.append((m, n, original, _guarded(original, f, frozenset(names[id(original)]))))
    return made


_rows: Final = _build()
_replacement: Final = {id(original): (original, ours) for _, _, original, ours in _rows}
_original: Final = {id(ours): original for _, _, original, ours in _rows}
_lock: Final = threading.Lock()
_depth = 0
_imported: list[tuple[dict[str, Any], str, Any]] = []
_scanned: dict[int, tuple[int, list[str]]] = {}
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
            _install(_rows)
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
    _rows.extend(rows)
    _replacement.update({id(original): (original, ours) for _, _, original, ours in rows})
    _original.update({id(ours): original for _, _, original, ours in rows})
    _scanned.clear()
    if _depth > 1:
        _install(rows)


def _install(rows: list[tuple[Any, str, Any, Any]]) -> None:
    for module, name, _, ours in rows:
        setattr(module, name, ours)
    for table in user_tables():
        for name in _imported_names(table):
            original = table.get(name)
            row = _replacement.get(id(original))
            if row is not None:
                _imported.append((table, name, original))
                table[name] = row[1]


def _restore() -> None:
    for module, name, original, _ in _rows:
        setattr(module, name, original)
    while _imported:
        table, name, original = _imported.pop()
        table[name] = original


def _imported_names(table: dict[str, Any]) -> list[str]:
    """The names of a module's table that are numpy's or math's functions, remembered while its
    size stays.
    """
    known = _scanned.get(id(table))
    if known is None or known[0] != len(table):
        names = [name for name, value in list(table.items()) if id(value) in _replacement]
        _scanned[id(table)] = known = (len(table), names)
    return known[1]
