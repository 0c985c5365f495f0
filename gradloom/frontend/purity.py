"""What may give another answer in every call: random numbers, clocks, files, what prints."""

from __future__ import annotations

import builtins
import datetime
import sysconfig
from types import BuiltinFunctionType, CodeType, EllipsisType, FunctionType, MethodType, ModuleType
from typing import Any, Final

import numpy as np

from gradloom.ir.location import _user_file
from gradloom.ir.shipped import is_ours

STDLIB: Final = sysconfig.get_paths()["stdlib"]
PURE_BUILTINS: Final = frozenset({
    "abs", "all", "any", "bool", "callable", "complex", "dict", "divmod", "enumerate", "filter",
    "float", "frozenset", "hasattr", "int", "isinstance", "issubclass", "len", "list", "map",
    "max", "min", "pow", "range", "reversed", "round", "set", "slice", "sorted", "str", "sum",
    "super", "tuple", "type", "zip", "ValueError", "TypeError", "AssertionError", "RuntimeError",
    "KeyError", "IndexError", "Exception", "NotImplementedError", "StopIteration", "True",
    "False", "None", "__name__", "object", "iter", "next", "repr", "format", "hash", "chr", "ord",
})  # fmt: skip
PLAIN: Final = (bool, int, float, complex, str, bytes, type(None), np.generic)
_FIXED: Final = (*PLAIN, np.ndarray, list, tuple, dict, set, frozenset, slice, range, EllipsisType)
"""Values that give no other answer in another call, or whose parts are looked at in turn."""
_PURE_MODULES: Final = ("operator", "_operator", "functools", "_functools", "itertools", "scipy")
"""Modules of functions, `scipy.stats` apart, whose answers depend on their arguments alone."""
_CLOCKS: Final = (datetime.date, datetime.datetime)
"""Classes that tell the time."""
_OUTSIDE: Final = ("logging", "io", "_io", "os", "socket", "subprocess")
"""Modules whose objects tell or ask the world outside."""


def why_impure(value: Any, label: str) -> str:
    """The label of what may give another answer in every call: anything that is not known to be
    a pure function.
    """
    if isinstance(value, type) and value in _CLOCKS:
        return label
    if isinstance(value, (*_FIXED, type, np.ufunc)):
        return ""
    module = (
        value.__name__
        if isinstance(value, ModuleType)
        else getattr(value, "__module__", None) or type(value).__module__
    )
    if module == "builtins" and getattr(value, "__name__", None) in PURE_BUILTINS:
        return "" if getattr(builtins, value.__name__, None) is value else label
    root = str(module).partition(".")[0]
    if root in _OUTSIDE or "random" in str(module) or "random" in label.split("."):
        return label
    if root in ("numpy", "math") or is_ours(str(module)) or isinstance(value, MethodType):
        return ""
    functions = FunctionType | BuiltinFunctionType
    if isinstance(value, functions) and root in _PURE_MODULES and "stats" not in str(module):
        return ""
    if isinstance(value, FunctionType):
        return "" if is_users(value.__code__) else label
    return (
        label
        if isinstance(value, ModuleType | BuiltinFunctionType) or not hasattr(value, "__dict__")
        else ""
    )


def is_users(code: CodeType) -> bool:
    """Whether the code is the user's own, of no library."""
    return _user_file(code.co_filename) and not code.co_filename.startswith(STDLIB)
