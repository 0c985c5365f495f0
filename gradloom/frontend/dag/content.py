"""What a call depends on, as a digest: its function's code with all that the code refers to, and
the content of its arguments. Where that cannot be told whole, it says why.
"""

from __future__ import annotations

import hashlib
import struct
import sys
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.dag.tables import NoBytes, kind_of, to_bytes

_VERSION: Final = f"1 {sys.version_info[:3]} {np.__version__}"
"""Of this format, of Python (bytecode changes with it) and of numpy."""


_LIBRARIES: Final = sys.stdlib_module_names | {"numpy", "scipy", "pandas", "polars"}
"""What changes with its version alone."""


class Untold(Exception):
    """Something that a call depends on has no content that can be told; the text says what."""


def digest_of(function: Callable[..., Any], values: Sequence[Any]) -> str:
    """64 letters that are the same for the same function and arguments; raises `Untold`.

    >>> digest_of(len, [[1, 2]]) == digest_of(len, [[1, 2]])
    True
    >>> digest_of(len, [[1, 2]]) == digest_of(len, [[1, 3]])
    False
    """
    content = _Content()
    content.add(function)
    content.add(list(values))
    return content.digest()


@final
class _Content:
    """A digest of everything that is added; each part says its class and length, so that no two
    lists of parts are one text.
    """

    def __init__(self) -> None:
        self._sum = hashlib.sha256(_VERSION.encode())
        self._functions: dict[FunctionType, int] = {}
        self._open: list[int] = []

    def digest(self) -> str:
        """The digest of what was added."""
        return self._sum.hexdigest()

    def _put(self, kind: str, data: bytes = b"") -> None:
        head = kind.encode()
        self._sum.update(struct.pack("<QQ", len(head), len(data)) + head)
        self._sum.update(data)

    def add(self, value: Any) -> None:
        """Any value, or function, that can be told whole."""
        kind = type(value)
        if value is None or value is Ellipsis or kind in (bool, int, float, complex, str):
            self._put(kind.__name__, repr(value).encode("utf-8", "surrogatepass"))
        elif kind is bytes:
            self._put("bytes", value)
        elif isinstance(value, np.ndarray | np.generic):
            self._array(value)
        elif kind in (tuple, list, dict):
            self._container(value)
        elif (table := kind_of(value)) is not None:
            self._table(value, table)
        elif isinstance(value, FunctionType):
            self._function(value)
        elif kind is CodeType:
            self._code(value)
        else:
            self._named(value)

    def _array(self, value: Any) -> None:
        if type(value) is not np.ndarray and not isinstance(value, np.generic):
            raise Untold(f"a {type(value).__name__}")
        array = np.asarray(value)
        if array.dtype.hasobject or array.dtype.kind == "V":
            raise Untold(f"an array of {array.dtype}")
        self._put(f"{type(value).__name__} {array.dtype.str} {array.shape}", array.tobytes())

    def _table(self, value: Any, kind: str) -> None:
        try:
            self._put(f"{kind} {_version(kind)}", to_bytes(value))
        except NoBytes as error:
            raise Untold(str(error)) from error

    def _container(self, value: Any) -> None:
        if id(value) in self._open:
            raise Untold(f"a {type(value).__name__} that holds itself")
        self._open.append(id(value))
        self._put(type(value).__name__, str(len(value)).encode())
        for item in value.items() if isinstance(value, dict) else value:
            if isinstance(value, dict):
                self.add(item[0])
                self.add(item[1])
            else:
                self.add(item)
        self._open.pop()

    def _function(self, function: FunctionType) -> None:
        if function in self._functions:  # it calls itself, or is called a second time
            self._put("again", str(self._functions[function]).encode())
            return
        self._functions[function] = len(self._functions)
        self._put("function")
        self._code(function.__code__)
        self.add(function.__defaults__)
        self.add(function.__kwdefaults__)
        for cell in function.__closure__ or ():
            self.add(cell.cell_contents)
        for name in sorted(_names(function.__code__)):
            if name in function.__globals__:
                self._put("global", name.encode())
                self.add(function.__globals__[name])

    def _code(self, code: CodeType) -> None:
        self._put("code", code.co_code)
        names = (*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars)
        self.add((*names, code.co_argcount, code.co_kwonlyargcount, code.co_flags))
        self._put("constants", str(len(code.co_consts)).encode())
        for constant in code.co_consts:
            self.add(
                constant if not isinstance(constant, frozenset) else sorted(constant, key=repr)
            )

    def _named(self, value: Any) -> None:
        """What a library offers under a name, of the version that is installed."""
        if isinstance(value, ModuleType):
            if value.__name__.split(".")[0] not in _LIBRARIES:
                raise Untold(f"the module {value.__name__}, which may change")
            self._put("module", f"{value.__name__} {_version(value.__name__)}".encode())
            return
        builtin = isinstance(value, BuiltinFunctionType | np.ufunc | type)
        name, module = getattr(value, "__qualname__", None), getattr(value, "__module__", None)
        if isinstance(value, np.ufunc):
            name, module = value.__name__, "numpy"
        owner = getattr(value, "__self__", None)
        bound = owner is not None and not isinstance(owner, ModuleType)
        shipped = (module or "").split(".")[0] in _LIBRARIES
        if not builtin or bound or not shipped or not isinstance(name, str):
            raise Untold(f"{name or 'a ' + type(value).__name__}")
        self._put("named", f"{module}.{name} {_version(str(module))}".encode())


def _names(code: CodeType) -> set[str]:
    """The names that code and the functions in it look up."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found


def _version(module: str) -> str:
    """The version of a library, which its functions have too."""
    top = sys.modules.get(module.split(".")[0])
    return str(getattr(top, "__version__", ""))
