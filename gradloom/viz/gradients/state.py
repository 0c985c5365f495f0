"""What a reader of the debugger has chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, final

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
