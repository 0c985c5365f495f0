"""What `gl.compile(backend=...)` means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradloom import backends
from gradloom.backends.backend import Backend

if TYPE_CHECKING:
    from gradloom.runtime.remote import Remote


def target(backend: Any) -> Backend | Remote:
    """The backend of a name, or the cluster that "cluster" or a session stands for."""
    if isinstance(backend, str) and backend != "cluster":
        return backends.get("numpy" if backend == "auto" else backend)
    from gradloom.runtime.remote import remote

    return remote(backend)
