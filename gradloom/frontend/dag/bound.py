"""What belongs to one process: it is neither copied nor pickled."""

from __future__ import annotations

from typing import Any, SupportsIndex

from gradloom.ir.errors import NotSupported


class Bound:
    """A graph and its parts. A copy of one would share values and names with the other."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        raise NotSupported(
            f"{self!r} is neither copied nor pickled: its functions and values are this process's",
            hint="call the function that builds the graph again, or pickle a value: node.get()",
        )
