"""Tensors of a framework among what numpy programs are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradloom import backends
from gradloom.ir.errors import DtypeError

_BACKEND: Final = {"torch": "torch", "jax": "jax", "jaxlib": "jax", "tensorflow": "tensorflow"}
"""Whose arrays the classes of a package are."""


def framework_of(x: Any) -> str:
    """The backend that a tensor belongs to; "" for everything else."""
    found = _BACKEND.get(type(x).__module__.partition(".")[0], "")
    return found if found and hasattr(x, "dtype") and hasattr(x, "shape") else ""


def as_numpy(x: Any) -> Any:
    """A tensor as an array of numpy's; anything else as it is."""
    framework = framework_of(x)
    return backends.get(framework).to_numpy(x) if framework else x


def refuse_tensors(leaves: Sequence[Any], names: Sequence[str]) -> None:
    """Raise for tensors, with which a traced program of numpy's cannot compute."""
    for x, name in zip(leaves, names, strict=True):
        framework = framework_of(x)
        if framework:
            raise DtypeError(
                f"argument {name} is a {framework} {type(x).__name__}, and this program is traced "
                "for numpy's arrays",
                hint=f"pass a numpy array; gl.compile(f, {framework!r}) and gl.to_{framework}(f) "
                "take tensors",
            )
