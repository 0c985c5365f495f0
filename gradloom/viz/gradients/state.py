"""What a reader of the debugger has chosen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, final

from gradloom.ir.errors import ArgumentError

Region = tuple[int, int, int, int]
"""First row, row after the last, first column, column after the last."""
Offset = tuple[int, int]
"""Rows and columns that padding adds before a picture's own."""
TOP: Final = 2_000
"""Links of a flow that are shown unless told otherwise: more lines than a reader tells apart."""


@final
@dataclass(frozen=True, slots=True)
class State:
    """Which element is looked at, and how.

    `node` is an element (flat index) of layer number `layer`. A link counts as strong when its
    value (`absolute`: |value|) is above `threshold`. `z` is what an empty cell becomes when it is
    toggled. The chosen node is marked in the input and the target at its place minus their
    `offsets`. `regions` are the parts of pictures that are shown, by name; `leads` the choice on
    the leading axes of a layer; `quantity` what a layer's cells show; `file` the name to save to.
    """

    layer: int = 0
    node: int = 0
    threshold: float = 0.0
    absolute: bool = False
    z: float = 1.0
    quantity: Literal["gradient", "activation", "product"] = "gradient"
    file: str = ""
    input_offset: Offset = (0, 0)
    target_offset: Offset = (0, 0)
    regions: Mapping[str, Region] = field(default_factory=dict)
    leads: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """The same, as a page keeps it."""
        return {
            "layer": self.layer, "node": self.node, "threshold": self.threshold,
            "absolute": self.absolute, "z": self.z, "quantity": self.quantity, "file": self.file,
            "offsets": {"input": list(self.input_offset), "target": list(self.target_offset)},
            "regions": {name: list(region) for name, region in self.regions.items()},
            "leads": {name: list(lead) for name, lead in self.leads.items()},
        }  # fmt: skip


def chosen_in(data: Any) -> dict[str, Any]:
    """What a page says that its reader has chosen, by the names of `State`; what it does not tell
    is left out. Raises `ArgumentError` where it is of no such kind.

    >>> chosen_in({"layer": 2, "threshold": 0.5, "offsets": {"input": [1, 0]}})
    {'layer': 2, 'threshold': 0.5, 'input_offset': (1, 0)}
    """
    told = dict(data) if isinstance(data, dict) else {"state": data}
    offsets = told.pop("offsets", {})
    for picture in ("input", "target"):
        if isinstance(offsets, dict) and picture in offsets:
            told[f"{picture}_offset"] = offsets[picture]
    for name, value in told.items():
        if name not in _KINDS or not _KINDS[name](value):
            raise ArgumentError(f"a page cannot choose {name[:40]!r} as {str(value)[:80]!r}")
    return {name: _settled(value) for name, value in told.items()}


def _settled(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return {k: tuple(x) for k, x in value.items()} if isinstance(value, dict) else value


def _is_whole(x: Any) -> bool:
    return isinstance(x, int) and not isinstance(x, bool) and abs(x) < 1 << 53  # exact in JSON


def _is_number(x: Any) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x)


def _are_whole(x: Any, count: int = 0) -> bool:
    return isinstance(x, list) and len(x) == (count or len(x)) and all(map(_is_whole, x))


def _by_name(x: Any, count: int = 0) -> bool:
    return isinstance(x, dict) and all(_are_whole(one, count) for one in x.values())


_KINDS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "layer": _is_whole, "node": _is_whole, "threshold": _is_number, "z": _is_number,
    "absolute": lambda x: isinstance(x, bool), "file": lambda x: isinstance(x, str),
    "quantity": lambda x: x in ("gradient", "activation", "product"),
    "input_offset": lambda x: _are_whole(x, 2), "target_offset": lambda x: _are_whole(x, 2),
    "regions": lambda x: _by_name(x, 4), "leads": _by_name,
}  # fmt: skip
