"""One definition, three ways to run: on numpy, into a trace, or compiled for another backend.

The body of every function of the standard is a numpy program. Arrays of numpy and traced values
go through it as they are; for arrays of another backend it is traced once per types and static
arguments, compiled for that backend, and kept.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

import numpy as np

from gradloom import backends
from gradloom.array_api.array import Array
from gradloom.array_api.dtypes import dtype_beside, is_number
from gradloom.array_api.places import (
    NUMPY,
    Place,
    backend_of,
    dtype_in,
    place_of,
    put,
    refuse_in_trace,
)
from gradloom.frontend.record import record
from gradloom.frontend.signature import rebuild
from gradloom.frontend.spec import ShapeDtypeStruct
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, is_tracer, wrap
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location
from gradloom.passes import pipeline

P = ParamSpec("P")
R = TypeVar("R")

_programs: Final[dict[Any, Callable[..., Any]]] = {}
_MANY: Final = 4096
"""Programs kept: those of a long session with ever new shapes do not fill the memory."""


def function(body: Callable[P, R]) -> Callable[P, R]:
    """The public function whose meaning is `body`, a numpy program.

    Arrays in give arrays out. Plain numpy arrays and traced values, with no `Array` among them,
    give what numpy gives.
    """

    @functools.wraps(body)
    def public(*args: P.args, **kwargs: P.kwargs) -> R:
        result: R = run(body, args, kwargs)
        return result

    return public


def run(body: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What `body` gives on these arguments, where they live."""
    found: list[Any] = []
    given = tuple([_raw(x, found) for x in args])
    named = {k: _raw(v, found) for k, v in kwargs.items()}
    if not found:
        return _on_numpy(body, given, named)
    place = common_place(body.__name__, found)
    if place == NUMPY:
        return wrapped(_on_numpy(body, given, named))
    refuse_in_trace(body.__name__)
    return wrapped(_on_backend(body, place, given, named))


def numeric(body: Callable[P, R]) -> Callable[P, R]:
    """As `function`, for bodies whose operands may be Python numbers beside arrays.

    On another backend than numpy they become arrays of the dtype beside them, so that a new
    number is no new program.
    """
    plain = function(body)

    @functools.wraps(body)
    def public(*args: P.args, **kwargs: P.kwargs) -> R:
        beside = next((x for x in reversed(args) if type(x) is Array), None)
        if beside is None or type(beside._value) in (np.ndarray, Tracer):
            return plain(*args, **kwargs)
        given: Any = [_beside(x, beside) for x in args]
        named: Any = {k: _beside(v, beside) for k, v in kwargs.items()}
        return plain(*given, **named)

    return public


def _beside(x: Any, array: Array) -> Any:
    """A number as an array where `array` lives; anything else itself."""
    if not is_tracer(x) and isinstance(x, np.generic) and not is_number(x):
        return Array._of(put(np.asarray(x), place_of(array._value)))
    dtype = dtype_beside(x, array.dtype) if is_number(x) else None
    return x if dtype is None else Array._of(put(np.asarray(x, dtype), place_of(array._value)))


def common_place(name: str, values: list[Any]) -> Place:
    """Where all of these live; raises `ValueError` where they live apart."""
    if all(type(v) is np.ndarray for v in values):
        return NUMPY
    places = dict.fromkeys(place_of(v) for v in values)
    if len(places) > 1:
        refuse_in_trace(name)
        a, b, *_ = [f"{p.backend} ({p.device})" for p in places]
        raise ShapeError(
            f"{name}: one array lives on {a} and another on {b}",
            location=user_location(),
            hint="bring one of them over: to_device on the same backend, from_dlpack from another",
        )
    return next(iter(places))


def _raw(x: Any, found: list[Any]) -> Any:
    """`x` with the values behind its `Array`s, which are noted in `found`."""
    if type(x) is Array:
        found.append(x._value)
        return x._value
    if type(x) is tuple:
        return tuple([_raw(y, found) for y in x])
    if type(x) is list:
        return [_raw(y, found) for y in x]
    return x


def wrapped(result: Any) -> Any:
    """Arrays in a result, also in tuples and lists, as `Array`s."""
    if type(result) is Tracer:
        return Array._of(settled(result))
    if isinstance(result, tuple):
        parts = [wrapped(r) for r in result]
        return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
    if type(result) is list:
        return [wrapped(r) for r in result]
    if isinstance(result, np.generic):
        return Array._of(np.asarray(result))
    return result if backend_of(result) is None else Array._of(result)


def settled(x: Tracer) -> Tracer:
    """A traced value as an array: a number without axes could not be written in place."""
    return x if x.kind == "array" else wrap(x.here(require_trace()), "array")


def _on_numpy(body: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`body` run as it stands: no other backend warns of an overflow, so numpy does not either."""
    with np.errstate(all="ignore"):
        return body(*args, **kwargs)


# ---- other backends ------------------------------------------------------------------------------


def _on_backend(
    body: Callable[..., Any], place: Place, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """`body` compiled for the place, on its own tensors."""
    tensors: list[Any] = []
    shape = _outline((args, kwargs), place.backend, tensors)
    key = (body, place, shape, tuple([(dtype_in(t), tuple(t.shape)) for t in tensors]))
    program = _programs.get(key)
    if program is None:
        if len(_programs) >= _MANY:
            _programs.pop(next(iter(_programs)))
        program = _programs[key] = _compiled(body, place, args, kwargs, tensors)
    return program(*tensors)


def _outline(x: Any, backend: str, tensors: list[Any]) -> Any:
    """A key for everything in the arguments that is no tensor; the tensors go into `tensors`."""
    if isinstance(x, tuple | list):
        return (type(x).__name__, *[_outline(y, backend, tensors) for y in x])
    if isinstance(x, dict):
        return tuple([(k, _outline(v, backend, tensors)) for k, v in sorted(x.items())])
    if isinstance(x, slice):
        return ("slice", x.start, x.stop, x.step)
    if backend_of(x) == backend:
        tensors.append(x)
        return "tensor"
    if isinstance(x, np.ndarray):
        raise ShapeError(
            f"a numpy array beside arrays of {backend}",
            location=user_location(), hint="bring it over with asarray",
        )  # fmt: skip
    return (type(x).__name__, repr(x) if isinstance(x, float | complex) else x)


def _compiled(
    body: Callable[..., Any],
    place: Place,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    tensors: list[Any],
) -> Callable[..., Any]:
    def call(*leaves: Any) -> Any:
        rest = iter(leaves)
        given, named = _filled((args, kwargs), place.backend, rest)
        return body(*given, **named)

    call.__name__ = body.__name__
    specs = tuple([ShapeDtypeStruct(tuple(map(int, t.shape)), dtype_in(t)) for t in tensors])
    recorded = record(call, specs, {}, values=False)
    graph, _ = pipeline.run(recorded.graph, "default")
    program = backends.get(place.backend).build(graph, device=place.device)
    signature = recorded.signature
    return lambda *given: rebuild(signature, program(*given), lambda value, leaf: value)


def _filled(x: Any, backend: str, leaves: Any) -> Any:
    """The arguments with traced values in the places of tensors."""
    if isinstance(x, tuple | list):
        return type(x)([_filled(y, backend, leaves) for y in x])
    if isinstance(x, dict):
        return {k: _filled(v, backend, leaves) for k, v in sorted(x.items())}
    return next(leaves) if backend_of(x) == backend else x
