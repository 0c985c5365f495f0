"""Libraries that ask a traced value for its numbers: which function the user called there."""

from __future__ import annotations

import ast
import linecache
import os
import sys
from types import FrameType
from typing import Any, Final

from gradloom.frontend.scipy import refused
from gradloom.ir.errors import NotSupported, TraceError, ValueNeeded
from gradloom.ir.location import Location

_INSTALLED: Final = f"{os.sep}site-packages{os.sep}"
_PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_KNOWN: Final = ("numpy", "gradloom")
"""Packages that have their own words for what a trace does not do."""
_HARMLESS: Final = (ast.Name, ast.Attribute, ast.Load)


def asked_by_library(depth: int, active: bool) -> TraceError | NotSupported | None:
    """The error that names the library's function that the user called, where a library's Python
    code asks, so many calls up; None where it is the user or numpy. `active`: the value is being
    differentiated.
    """
    frame: FrameType | None = sys._getframe(depth + 1)
    library: FrameType | None = None
    while frame is not None and _is_installed(frame):
        library = frame if _root(frame) not in _KNOWN else library
        frame = frame.f_back
    if frame is None or library is None:
        return None
    name = _called(frame, library)
    location = Location(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname)
    if _has_traced_form(name):
        message = f"{name} is called by a reference that the trace does not see"
        hint = f"write {name}(...) in the function"
    else:
        message, hint = f"{name} has no traced form: it asks for plain numbers", refused.hint(name)
    error = (NotSupported if active else ValueNeeded)(message, location=location, hint=hint)
    error.is_told = True
    return error


def _is_installed(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return file.startswith((_PACKAGE, "<__array_function__")) or _INSTALLED in file


def _root(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name.partition(".")[0]


def _has_traced_form(name: str) -> bool:
    from gradloom.frontend.libraries import MODULES  # which needs the tracer, that asks here
    from gradloom.frontend.scipy.distributions import FAMILIES

    module, _, function = name.rpartition(".")
    return function in MODULES.get(module, {}) or module.removeprefix("scipy.stats.") in FAMILIES


# ---- what the user called ------------------------------------------------------------------------


def _called(user: FrameType, library: FrameType) -> str:
    """The function as the user may write it."""
    function = _function_at(user)
    if function is None or not getattr(function, "__qualname__", ""):
        return _public(library.f_globals.get("__name__", ""), library.f_code.co_qualname)
    module: str = getattr(function, "__module__", None) or ""
    owner: Any = getattr(function, "__self__", None)
    if module.startswith("scipy.stats.") and isinstance(getattr(owner, "name", None), str):
        return f"scipy.stats.{owner.name}.{function.__name__}"  # a distribution is an object
    return _public(module, function.__qualname__)


def _public(home: str, name: str) -> str:
    """The shortest path by which the function is found, without the modules that are a library's
    own business.
    """
    name, parts = name.removesuffix(".__init__"), home.split(".")
    for count in range(1, len(parts)):
        path = ".".join(parts[:count])
        if callable(getattr(sys.modules.get(path), name.partition(".")[0], None)):
            return f"{path}.{name}"
    return ".".join([*[part for part in parts if not part.startswith("_")], name])


def _function_at(frame: FrameType) -> Any:
    """What the call that a frame is at calls, where looking at it again calls nothing."""
    text = _text_at(frame)
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if not isinstance(call, ast.Call):
            return None
        if not all(isinstance(node, _HARMLESS) for node in ast.walk(call.func)):
            return None
        found = eval(ast.unparse(call.func), frame.f_globals, frame.f_locals)
    except Exception:  # the source is not what runs, or has no such name any more
        return None
    return getattr(found, "__wrapped__", found)


def _text_at(frame: FrameType) -> str:
    """The expression that a frame is at, as it is written."""
    line, end, start, stop = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    if line is None or end is None:
        return ""
    file = frame.f_code.co_filename
    lines = [linecache.getline(file, i).encode() for i in range(line, end + 1)]
    lines[-1] = lines[-1][:stop]
    lines[0] = lines[0][start:]
    return b"".join(lines).decode()
