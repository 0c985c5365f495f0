"""Whether a function gives the same for the same arguments and does nothing else, as far as its
code and all that the code refers to can tell. Only such a one may run elsewhere as a traced
program; of any other it is said what speaks against it.

What is not known to be harmless speaks against it: prints, files, clocks, random numbers, variables
that are changed, objects and containers that may change. (A compiled program stays in this process
and reads such values anew, so `gradloom.frontend.purity` asks less of it.)
"""

from __future__ import annotations

import builtins
import dis
import functools
import os
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final

import numpy as np

from gradloom.frontend.environment import loaded_globals
from gradloom.frontend.purity import PLAIN
from gradloom.ir.shipped import PACKAGE, is_ours

_BUILTINS: Final = frozenset({
    "abs", "all", "any", "bool", "complex", "dict", "divmod", "enumerate", "filter", "float",
    "frozenset", "int", "isinstance", "issubclass", "len", "list", "map", "max", "min", "pow",
    "range", "reversed", "round", "set", "slice", "sorted", "sum", "tuple", "type", "zip",
    "iter", "next", "__name__",
})  # fmt: skip
"""Of Python's own names those that read and change nothing but their arguments."""
_LIBRARIES: Final = ("numpy", "math", "cmath", "operator", "_operator", "scipy.special",
                     "scipy.linalg", "scipy.fft")  # fmt: skip
_OURS: Final = ("gradloom.frontend.nn", "gradloom.frontend.numpy", "gradloom.frontend.scipy",
                "gradloom.frontend.random", "gradloom.frontend.transforms",
                "gradloom.frontend.jacobians", "gradloom.frontend.compile")  # fmt: skip
"""Modules of gradloom whose functions are functions of their arguments alone."""
_MACHINERY: Final = tuple(f"{PACKAGE}{part}{os.sep}" for part in ("frontend", "passes", "ir"))
_ATTRIBUTES: Final = frozenset({
    "random", "load", "loadtxt", "genfromtxt", "fromfile", "fromregex", "memmap", "open_memmap",
    "DataSource", "save", "savez", "savez_compressed", "savetxt", "tofile", "dump", "dumps",
    "errstate", "seterr", "geterr", "seterrcall", "geterrcall", "setbufsize", "getbufsize",
    "set_printoptions", "get_printoptions", "printoptions", "show_config", "show_runtime", "info",
    "test", "testing", "ctypeslib", "lib", "core", "_core", "setflags", "flags", "strides",
    "at", "resize", "format", "array_str", "array_repr", "array2string", "format_float_positional",
    "format_float_scientific", "__repr__", "__str__", "__format__",
    "ctypes", "__array_interface__", "__dict__", "__globals__", "__class__", "__builtins__",
})  # fmt: skip
"""What reads or changes more than numbers, on numpy's modules and arrays: files, generators, modes
of computing, the way in which an array lies in memory (which a worker does not know), texts of
numbers (a trace has none), and what writes into arrays that are closed to it.
"""
_EXPRESSION: Final = ("LOAD_", "BUILD_", "FORMAT_", "CALL", "PRECALL", "PUSH_NULL", "KW_NAMES",
                      "BINARY_", "CACHE", "COPY", "CONVERT_VALUE")  # fmt: skip
"""The instructions between a text and the error that it is put into, on one line of the program."""
_ORDERS: Final = ("K", "A")
"""Orders of elements that depend on how an array lies in memory."""


Seen = dict[int, object]
"""The functions that were looked at, by identity."""


def why_hidden(function: Callable[..., Any]) -> str:
    """What a function may read or change beside its arguments; "" where there is nothing.

    >>> why_hidden(lambda x: np.tanh(x) * 2)
    ''
    >>> why_hidden(lambda x: print(x))
    'it uses print'
    """
    return next(_against(function, {}), "")


def why_changing(value: Any) -> str:
    """Why a value that a function refers to may be another one at the next call; "" where it may
    not. Arrays are read anew at every call.

    >>> why_changing((1, "a", np.ones(2))), why_changing([1])
    ('', 'a list, which may change')
    """
    return next(_value(value, {}), "")


def _against(function: Any, seen: Seen) -> Iterator[str]:
    if id(function) in seen:
        return
    seen[id(function)] = function
    if isinstance(function, functools.partial):
        yield from _against(function.func, seen)
        for value in (*function.args, *function.keywords.values()):
            yield from _bound(value, "the arguments of a partial", seen)
    elif isinstance(function, MethodType):
        yield f"it is a method of a {type(function.__self__).__name__}, which may change"
    elif _is_made_of_another(function):
        yield from _against(function.__wrapped__, seen)
    elif _is_shipped(function):
        return
    elif isinstance(function, FunctionType) and not (_is_by_us(function) or _is_library(function)):
        yield from _written(function, seen)
    else:
        yield f"it is {_named(function)}"


def _is_made_of_another(function: Any) -> bool:
    """Whether gradloom made it of a function: `gl.grad(f)`, `gl.compile(f)`."""
    ours = _is_by_us(function) or is_ours(type(function).__module__)
    return ours and callable(getattr(function, "__wrapped__", None))


def _is_by_us(function: Any) -> bool:
    code = getattr(function, "__code__", None)
    return isinstance(code, CodeType) and code.co_filename.startswith(_MACHINERY)


def _written(function: FunctionType, seen: Seen) -> Iterator[str]:
    """What speaks against a function that is written in Python."""
    yield from _globals(function, seen)
    yield from _code(function.__code__)
    wrapped = getattr(function, "__wrapped__", None)
    if isinstance(wrapped, FunctionType):
        yield from _against(wrapped, seen)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            content = cell.cell_contents
        except ValueError:
            yield f"it uses {name}, which has no value yet"
            continue
        yield from _bound(content, name, seen)
    for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        yield from _bound(value, "a default argument", seen)


def _code(code: CodeType) -> Iterator[str]:
    found = list(dis.get_instructions(code))
    writes = any(isinstance(constant, str) and "%" in constant for constant in code.co_consts)
    for i, instruction in enumerate(found):
        name = instruction.argval
        match instruction.opname:
            case "STORE_GLOBAL" | "DELETE_GLOBAL":
                yield f"it changes the global {name}"
            case "STORE_DEREF" | "DELETE_DEREF" if name in code.co_freevars:
                yield f"it changes {name} of the function around it"
            case "STORE_ATTR" | "DELETE_ATTR":
                yield f"it changes the attribute {name}"
            case "IMPORT_NAME" | "IMPORT_FROM":
                yield f"it imports {name}"
            case "LOAD_ATTR" | "LOAD_METHOD" if name in _ATTRIBUTES:
                yield f"it uses .{name}"
            case "FORMAT_VALUE" | "FORMAT_SIMPLE" | "FORMAT_WITH_SPEC":
                if not _is_raised(found[i + 1 :]):
                    yield "it writes values as text"
            case "BINARY_OP" if writes and instruction.argrepr.startswith("%"):
                yield "it writes values as text"
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        elif constant in _ORDERS and isinstance(constant, str):
            yield f"it may depend on how arrays lie in memory ({constant!r})"


def _is_raised(following: Iterable[dis.Instruction]) -> bool:
    """Whether a text that was just written goes into an error, and nowhere else."""
    for instruction in following:
        if instruction.opname == "RAISE_VARARGS":
            return True
        if not instruction.opname.startswith(_EXPRESSION):
            return False
    return False


def _globals(function: FunctionType, seen: Seen) -> Iterator[str]:
    for name, attributes in loaded_globals(function.__code__):
        if name not in function.__globals__:
            if name not in _BUILTINS and not _is_error(name):
                yield f"it uses {name}"
            continue
        value, label, left = function.__globals__[name], name, list(attributes)
        while left and isinstance(value, ModuleType):
            label = f"{label}.{left[0]}"
            value = getattr(value, left.pop(0), None)
        if left and isinstance(value, FunctionType) and not _is_library(value):
            yield f"it uses {label}.{left[0]}"  # functions may carry values that change
        yield from _bound(value, label, seen)


def _bound(value: Any, label: str, seen: Seen) -> Iterator[str]:
    """What speaks against a value that the function refers to by this name."""
    if callable(value) and not isinstance(value, PLAIN):
        for reason in _against(value, seen):
            yield f"it uses {label}" if reason.startswith("it is ") else f"in {label}: {reason}"
        return
    for reason in _value(value, seen):
        yield f"it refers to {label}, {reason}"


def _value(value: Any, seen: Seen) -> Iterator[str]:
    if isinstance(value, PLAIN) or value is Ellipsis or isinstance(value, np.dtype | range):
        if value in _ORDERS and isinstance(value, str):
            yield "an order that depends on how arrays lie in memory"
    elif isinstance(value, slice):
        yield from _value((value.start, value.stop, value.step), seen)
    elif type(value) is tuple or type(value) is frozenset:
        for item in value:
            yield from _value(item, seen)
    elif type(value) is np.ndarray:
        if value.dtype.kind not in "biufc":
            yield f"an array of {value.dtype}"
    elif callable(value):
        yield from _against(value, seen)
    else:
        article = "an" if type(value).__name__[0] in "aeiou" else "a"
        yield f"{article} {type(value).__name__}, which may change"


def _is_shipped(function: Any) -> bool:
    """Whether this is one of the functions and classes that are known to be harmless."""
    if isinstance(function, np.ufunc):
        return True
    name, module = getattr(function, "__name__", ""), getattr(function, "__module__", None)
    if module == "builtins":
        return name in _BUILTINS or _is_error(name)
    if _is_by_us(function):
        return _is_of(module or "", _OURS)
    return _is_library(function) and name not in _ATTRIBUTES


def _is_library(function: Any) -> bool:
    """Whether it is of a library of functions that only compute; a method is bound to something."""
    owner = getattr(function, "__self__", None)
    module = getattr(function, "__module__", None) or ""
    if "random" in module.split(".") or not (owner is None or isinstance(owner, ModuleType)):
        return False
    return _is_of(module, _LIBRARIES)


def _is_of(module: str, known: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in known)


def _is_error(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, Exception)


def _named(function: Any) -> str:
    name = getattr(function, "__qualname__", None)
    return str(name) if isinstance(name, str) else f"a {type(function).__name__}"
