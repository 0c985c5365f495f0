"""What a namespace can do: `__array_namespace_info__`."""

from __future__ import annotations

from typing import Any, final

from gradloom import backends
from gradloom.array_api.dtypes import KINDS, STANDARD, DType
from gradloom.array_api.places import Place, at, default_place
from gradloom.ir.errors import ShapeError


@final
class Info:
    """The answers of a namespace about itself."""

    def __init__(self, place: Place | None = None) -> None:
        self._bound = place

    @property
    def _place(self) -> Place:
        return self._bound or default_place()

    def capabilities(self) -> dict[str, Any]:
        """Which optional parts of the standard are there."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        """The device on which new arrays are made."""
        return self._place.device

    def devices(self) -> list[str]:
        """What `device=` may name."""
        return list(backends.get(self._place.backend).devices())

    def default_dtypes(self, *, device: Any = None) -> dict[str, DType]:
        """The dtype that each kind of Python number becomes; positions are "indexing"."""
        at(self._place, device)
        return {
            "real floating": STANDARD["float64"],
            "complex floating": STANDARD["complex128"],
            "integral": STANDARD["int64"],
            "indexing": STANDARD["int64"],
        }

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, DType]:
        """The dtypes by name; of one kind, or of a tuple of kinds, if asked."""
        at(self._place, device)
        kinds = ("bool", "numeric") if kind is None else kind if type(kind) is tuple else (kind,)
        for one in kinds:
            if one not in KINDS:
                raise ShapeError(f"dtypes: there is no kind {one!r}", hint=f"kinds: {list(KINDS)}")
        letters = "".join(KINDS[k] for k in kinds)
        return {name: dtype for name, dtype in STANDARD.items() if dtype.kind in letters}


def __array_namespace_info__() -> Info:
    """What `gl.array_api` can do, and where its new arrays live."""
    return Info()
