"""Variables that have no value where a flag is set: what comes after such a jump has them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import final

from gradloom.frontend.source.syntax import assigned


@final
@dataclass(frozen=True, slots=True)
class Settles:
    """What an `if` knows: on one of its ways, none of the flags is set."""

    flags: tuple[str, ...]
    names: tuple[str, ...]
    """Variables that may have no value where one is."""
    way: bool


def settled_by(flags: Collection[str], before: Sequence[ast.stmt], way: bool) -> Settles | None:
    """What an `if` knows on this way of the variables that the statements before it set; None where
    they set none.
    """
    names = tuple([name for name in assigned(before) if not name.startswith("_gl_")])
    return Settles(tuple(sorted(flags)), names, way) if names else None
