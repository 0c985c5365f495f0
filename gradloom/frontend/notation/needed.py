"""The packages that the notation needs, which are an extra."""

from __future__ import annotations

from importlib import import_module

from gradloom.ir.errors import BackendMissing


def require() -> None:
    """Import what the notation's programs call; raises BackendMissing, which names the extra."""
    try:
        import_module("gradloom.frontend.notation.runtime")
    except ModuleNotFoundError as error:
        raise BackendMissing(
            f"the notation needs the packages pipescript and pyccolo ({error})",
            hint="pip install 'gradloom[notebook]'",
        ) from error
