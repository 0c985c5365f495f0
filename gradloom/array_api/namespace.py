"""Namespaces bound to a backend, and which one an array belongs to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final, final

from gradloom.array_api.array import Array
from gradloom.array_api.info import Info
from gradloom.array_api.places import Place, default_place, place_named, place_of, use
from gradloom.ir.errors import NotSupported

VERSION: Final = "2024.12"
_VERSIONS: Final = ("2021.12", "2022.12", "2023.12", VERSION)
_MAKERS: Final = frozenset({
    "arange", "asarray", "empty", "eye", "from_dlpack", "full", "linspace", "ones", "zeros",
    "fftfreq", "rfftfreq",
})  # fmt: skip
"""Functions that make arrays of none; a bound namespace makes them on its own place."""


@final
class Namespace:
    """The functions of `gl.array_api`, new arrays being made on one backend and device."""

    def __init__(self, place: Place, module: ModuleType) -> None:
        self._place = place
        self._module = module
        self.__name__ = f"{module.__name__}[{place.backend}]"

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if name in _MAKERS:
            found = _bound(found, self._place)
        elif isinstance(found, ModuleType):
            found = Namespace(self._place, found)
        setattr(self, name, found)
        return found

    def __array_namespace_info__(self) -> Info:
        """What this namespace can do."""
        return Info(self._place)

    def __dir__(self) -> list[str]:
        return dir(self._module)

    def __repr__(self) -> str:
        return f"<namespace {self.__name__} on {self._place.device}>"


def _bound(function: Callable[..., Any], place: Place) -> Callable[..., Any]:
    @functools.wraps(function)
    def public(*args: Any, **kwargs: Any) -> Any:
        with use(place.backend, place.device):
            return function(*args, **kwargs)

    return public


def namespace(backend: str = "numpy", device: str | None = None) -> Any:
    """The namespace whose new arrays live on this backend and device; the same object for the
    same two.

    >>> xp = namespace("numpy")
    >>> xp.ones(2) + xp.arange(2.0)
    Array([1., 2.], dtype=float64)
    """
    return _namespace(place_named(backend, device))


@functools.cache
def _namespace(place: Place) -> Namespace:
    from gradloom import array_api

    return Namespace(place, array_api)


def namespace_of(array: Array, api_version: str | None) -> Any:
    """`gl.array_api` itself where it makes arrays beside this one, else a bound namespace."""
    if api_version not in (None, *_VERSIONS):
        raise NotSupported(
            f"there is no version {api_version!r} of the array API here",
            hint=f"versions: {', '.join(_VERSIONS)}",
        )
    from gradloom import array_api

    place = place_of(array._value)
    return array_api if place == default_place() else _namespace(place)
