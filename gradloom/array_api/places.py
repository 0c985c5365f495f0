"""Which backend and device arrays live on, and how numbers get there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom import backends
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import DtypeError, NotSupported, ShapeError, TraceError
from gradloom.ir.location import user_location


@final
@dataclass(frozen=True, slots=True)
class Place:
    """A backend by name, and a device of it as that backend's framework calls it."""

    backend: str
    device: str = "cpu"


NUMPY: Final = Place("numpy")
_default: ContextVar[Place] = ContextVar("array_api_place", default=NUMPY)
_ROOTS: Final = {"torch": "torch", "jax": "jax", "jaxlib": "jax", "tensorflow": "tensorflow"}
"""The package of a tensor's class -> the backend, so that none is imported to be asked."""


def place_named(backend: str, device: str | None = None) -> Place:
    """The place that a user names; raises `NotSupported` for a backend or device not there."""
    found = backends.get(backend)
    devices = found.devices()
    if device is not None and device not in devices:
        raise NotSupported(
            f"backend {found.name} has no device {device!r}",
            hint=f"its devices are {', '.join(devices)}",
        )
    return Place(found.name, device or devices[0])


def default_place() -> Place:
    """Where new arrays are made: the innermost `use(...)`, else numpy."""
    return _default.get()


@contextmanager
def use(backend: str, device: str | None = None) -> Iterator[None]:
    """Inside, the functions of `gl.array_api` make their new arrays on this backend and device.

    Arrays that exist stay where they are, and so do results computed from them.

    >>> from gradloom import array_api as xp
    >>> with xp.use("numpy"):
    ...     xp.zeros(2).device
    'cpu'
    """
    token = _default.set(place_named(backend, device))
    try:
        yield
    finally:
        _default.reset(token)


def at(place: Place, device: Any) -> Place:
    """`place` on the device that a user's `device=` names; raises `ValueError` for none of
    its own.
    """
    if device is None or device == place.device:
        return place
    known = backends.get(place.backend).devices()
    if device not in known:
        raise ShapeError(
            f"there is no device {device!r} on backend {place.backend}",
            location=user_location(), hint=f"its devices are {', '.join(known)}",
        )  # fmt: skip
    return Place(place.backend, device)


def backend_of(value: Any) -> str | None:
    """The backend whose array this is; "traced" for a traced value, None for anything else."""
    kind = type(value)
    try:
        return _kinds[kind]
    except KeyError:
        found = _kinds[kind] = _backend_of_kind(kind, value)
        return found


_kinds: Final[dict[type, str | None]] = {np.ndarray: "numpy", Tracer: "traced"}


def _backend_of_kind(kind: type, value: Any) -> str | None:
    if issubclass(kind, np.ndarray | np.generic):
        return "numpy"
    for base in kind.__mro__:
        name = _ROOTS.get(base.__module__.partition(".")[0])
        if name is not None and backends.get(name).is_native(value):
            return name
    return None


def place_of(value: Any) -> Place:
    """Where a value lives; a traced value counts as numpy's, as in the program it stands for."""
    name = backend_of(value)
    if name in ("numpy", "traced"):
        return NUMPY
    if name is None:
        raise DtypeError(f"{type(value).__name__} is no array", location=user_location())
    return Place(name, _device_of(name, value))


def _device_of(name: str, value: Any) -> str:
    if name == "jax":
        (device,) = value.devices()
        kind = {"gpu": "cuda"}.get(device.platform, device.platform)
        return f"{kind}:{device.id}"
    if name == "tensorflow":
        return str(value.device).rpartition("device:")[2]
    return str(value.device)


def dtype_in(value: Any) -> np.dtype:
    """The dtype of any backend's array, as numpy's."""
    found = value.dtype
    if isinstance(found, np.dtype):
        return found
    name = getattr(found, "name", None) or str(found).rpartition(".")[2]
    return np.dtype(name)


def put(array: np.ndarray, place: Place) -> Any:
    """A numpy array as an array of that place."""
    if place == NUMPY:
        return array
    return backends.get(place.backend).from_numpy(array, place.device)


def fetched(value: Any) -> np.ndarray:
    """The numbers of an array that lives anywhere, as a numpy array."""
    name = backend_of(value)
    if name in ("numpy", "traced"):
        return np.asarray(value)
    if name is None:
        raise DtypeError(f"{type(value).__name__} is no array", location=user_location())
    return np.asarray(backends.get(name).to_numpy(value))


def refuse_in_trace(name: str) -> None:
    """Raise `TraceError` where a framework's own array, met in a trace, would become a
    constant.
    """
    if current_trace() is not None:
        raise TraceError(
            f"{name}: an array of another backend than numpy is met inside a traced function",
            location=user_location(),
            hint="compile the function for its backend, gl.compile(gl.grad(f), backend='torch'), "
            "and pass the array as an argument",
        )
