"""The backends by name. Each is loaded when first asked for; its framework when something is built
for it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Final

from gradloom.backends.backend import Backend
from gradloom.ir.errors import NotSupported


def _numpy() -> Backend:
    from gradloom.backends.numpy.run import BACKEND

    return BACKEND


def _torch() -> Backend:
    from gradloom.backends.torch.run import BACKEND

    return BACKEND


def _jax() -> Backend:
    from gradloom.backends.jax.run import BACKEND

    return BACKEND


def _tensorflow() -> Backend:
    from gradloom.backends.tensorflow.run import BACKEND

    return BACKEND


_ALIASES: Final = {"np": "numpy", "pytorch": "torch", "tf": "tensorflow"}
_factories: dict[str, Callable[[], Backend]] = {
    "numpy": _numpy, "torch": _torch, "jax": _jax, "tensorflow": _tensorflow,
}  # fmt: skip
_loaded: dict[str, Backend] = {}


def get(name: str) -> Backend:
    """The backend called `name` (`tf` and `pytorch` are names too); raises `NotSupported` when
    there is none.
    """
    name = _ALIASES.get(name, name)
    found = _loaded.get(name)
    if found is None:
        factory = _factories.get(name)
        if factory is None:
            raise NotSupported(
                f"there is no backend called {name!r}", hint=f"backends: {', '.join(_factories)}"
            )
        found = _loaded[name] = factory()
    return found


def register_backend(name: str, factory: Callable[[], Backend]) -> None:
    """Make `get(name)` give what `factory` makes, on first use."""
    _factories[name] = factory
    _loaded.pop(name, None)


def known() -> tuple[str, ...]:
    """Every backend there is, installed or not."""
    return tuple(_factories)


def available() -> tuple[str, ...]:
    """The backends whose package is installed (found, not imported)."""
    return tuple(
        n
        for n in _factories
        if importlib.util.find_spec(get(n).package.partition(".")[0]) is not None
    )
