"""Whose a file is: the user's, or a library's that is left as it is."""

from __future__ import annotations

import os
import sysconfig
from typing import Final

from gradloom.ir.shipped import FOLDERS, PACKAGE

_NOTATION: Final = f"{PACKAGE}frontend{os.sep}notation{os.sep}runtime{os.sep}"
"""What a program in the notation calls: parts of the program."""
_STDLIB: Final = tuple(
    {os.path.realpath(p) + os.sep for k, p in sysconfig.get_paths().items() if "stdlib" in k}
    | {p + os.sep for k, p in sysconfig.get_paths().items() if "stdlib" in k}
)
_INSTALLED: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_owners: dict[str, str] = {}


def owner(file: str) -> str:
    """Which library a file belongs to, in words; "" where it is the user's."""
    found = _owners.get(file)
    if found is None:
        found = _owners[file] = _owner(file)
    return found


def _owner(file: str) -> str:
    if file.startswith(PACKAGE):
        return "" if file.startswith((*FOLDERS, _NOTATION)) else "gradloom"
    for folder in _INSTALLED:
        if folder in file:
            name = file.partition(folder)[2].partition(os.sep)[0].removesuffix(".py")
            return f"the installed package {name}"
    if file.startswith((*_STDLIB, "<frozen ", "<__array_function__")):
        return "Python's standard library"
    return ""
