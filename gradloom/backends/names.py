"""Identifiers of emitted source: generated, or a user's name that is plainly one."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable
from typing import Final, final

_IDENTIFIER: Final = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_TAKEN: Final = frozenset([*dir(builtins), *keyword.kwlist, *keyword.softkwlist])
_UNSAFE: Final = re.compile(r"[^\w .:,()<>/\-]", re.ASCII)


def is_identifier(text: str) -> bool:
    """Whether `text` may stand in source as a name: ASCII, no keyword, no builtin, no dunder."""
    return bool(_IDENTIFIER.match(text)) and text not in _TAKEN and not text.startswith("__")


def comment(text: str) -> str:
    """`text` as it may stand behind a `#`: one line of harmless characters."""
    return _UNSAFE.sub("?", text)[:120]


@final
class Names:
    """Hands out names that differ from each other and from the reserved ones."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._used = set(reserved)
        self._next: dict[str, int] = {}

    def reserve(self, name: str) -> None:
        """Never hand out `name`."""
        self._used.add(name)

    def claim(self, wanted: str, stem: str = "v") -> str:
        """`wanted` when it is a free identifier, else a numbered name with this stem."""
        if is_identifier(wanted) and wanted not in self._used:
            self._used.add(wanted)
            return wanted
        return self.fresh(stem)

    def fresh(self, stem: str = "v") -> str:
        """The next free numbered name: `v0`, `v1`, ..."""
        number = self._next.get(stem, 0)
        while (name := f"{stem}{number}") in self._used:
            number += 1
        self._next[stem] = number + 1
        self._used.add(name)
        return name
