"""Pickled numbers without pickle: a file of numpy arrays and plain containers is read by a machine
of its own, which knows no other object, calls nothing that a file names, and allocates no more than
the file holds.

What numpy writes for an array (`numpy/core/src/multiarray/methods.c`, `array_reduce`) is the name
of a function, its arguments and a state; the names are compared with a list, and the numbers are
taken out of the bytes once their count is that of the shape. Every other name is refused.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from typing import Any, Final, final

import numpy as np

from gradloom.ir.errors import FileError

_MODULES: Final = ("numpy.core.multiarray", "numpy._core.multiarray")
_ARRAY: Final = {(m, "_reconstruct") for m in _MODULES}
_SCALAR: Final = {(m, "scalar") for m in _MODULES}
_BUFFER: Final = {(m, "_frombuffer") for m in ("numpy.core.numeric", "numpy._core.numeric")}
_CLASS: Final = ("numpy", "ndarray")
_DTYPE: Final = ("numpy", "dtype")
_ENCODE: Final = ("_codecs", "encode")  # how protocols before 3 write bytes
_ORDERED: Final = ("collections", "OrderedDict")
_KNOWN: Final = {*_ARRAY, *_SCALAR, *_BUFFER, _CLASS, _DTYPE, _ENCODE, _ORDERED}
_KINDS: Final = "biufc"


@final
@dataclass(frozen=True, slots=True)
class _Name:
    """A global that a file names, and that is never looked up."""

    module: str
    name: str


@final
@dataclass(slots=True)
class _Dtype:
    text: str
    order: str = "="

    def of(self) -> np.dtype[Any]:
        # Only letters and sizes: a text such as "f8,O" names a record with objects in it.
        if not (2 <= len(self.text) <= 4 and self.text[0] in _KINDS and self.text[1:].isdecimal()):
            raise FileError(f"it holds an array of dtype {self.text!r:.60}, and numbers are due")
        if self.order not in "<>|=":
            raise FileError(f"it holds an array of byte order {self.order!r:.20}")
        try:
            return np.dtype(("" if self.order in "|=" else self.order) + self.text)
        except TypeError as error:
            raise FileError(f"it holds an array of dtype {self.text!r}, which is none") from error


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Array:
    """An array whose numbers are still to come, as its state; `keys` name it in the memo."""

    keys: list[int] = field(default_factory=list)


@final
class _Mark:
    """Where the items of a container begin on the stack."""


_MARK: Final = _Mark()
_INSIDE: Final = (_Mark, _Name, _Dtype, _Array)
"""What stands on the stack for a while, and is no plain data."""


def read_plain(data: bytes) -> Any:
    """The object in these pickled bytes: numbers, texts, bytes, None, tuples, lists, dicts whose
    keys are texts, numbers or tuples of them, and arrays of numbers.

    Raises `FileError` for anything else, before any of it could run.

    >>> import pickle, numpy as np
    >>> read_plain(pickle.dumps({"a": np.arange(3), ("b", "c"): None}))
    {'a': array([0, 1, 2]), ('b', 'c'): None}
    """
    machine = _Machine()
    try:
        for op, given, _ in pickletools.genops(data):
            step = _STEPS.get(op.name)
            if step is None:
                raise FileError(f"it holds the opcode {op.name}, which plain numbers do not need")
            step(machine, given)
    except FileError:
        raise
    except (
        IndexError, KeyError, ValueError, TypeError, OverflowError, UnicodeError,
    ) as error:  # fmt: skip
        raise FileError(f"it is no pickled data, or is cut short: {error}") from error
    if len(machine.stack) != 1 or machine.unfinished or type(machine.stack[0]) in _INSIDE:
        raise FileError("it is no pickled data: it does not end with one whole object")
    return machine.stack[0]


@final
class _Machine:
    """The stack and the memo of pickle's virtual machine."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.unfinished = 0

    def marked(self) -> list[Any]:
        """The items above the last mark, taken off with it."""
        for i in range(len(self.stack) - 1, -1, -1):
            if self.stack[i] is _MARK:
                items = self.stack[i + 1 :]
                del self.stack[i:]
                return items
        raise FileError("it is no pickled data: a mark is missing")

    def named(self, module: Any, name: Any) -> None:
        """A global: refused unless it is one of those that numpy's arrays need."""
        if (module, name) not in _KNOWN:
            raise FileError(
                f"it names {str(module)[:60]}.{str(name)[:60]}, and only numbers, texts, arrays "
                "and plain containers are read",
                hint="have the program that writes it store numpy arrays, as x.numpy() gives them",
            )
        self.stack.append(_Name(module, name))

    def reduce(self) -> None:
        """A call that the file asks for: one of four that make numbers, and nothing is called."""
        given, function = self.stack.pop(), self.stack.pop()
        if not isinstance(function, _Name) or not isinstance(given, tuple):
            raise FileError("it is no pickled data: a call of what is no function")
        key = (function.module, function.name)
        if key in _ARRAY:
            self.stack.append(_Array())
            self.unfinished += 1
        elif key == _DTYPE and isinstance(given[0], str):
            self.stack.append(_Dtype(given[0]))
        elif key in _SCALAR:
            self.stack.append(_array(given[1], given[0], ())[()])
        elif key in _BUFFER:
            raw, dtype, shape, order = given
            self.stack.append(_array(raw, dtype, shape, order))
        elif key == _ENCODE and isinstance(given[0], str) and given[1] in ("latin1", "latin-1"):
            self.stack.append(given[0].encode("latin1"))
        elif key == _ORDERED and not given:
            self.stack.append({})
        else:
            raise FileError(f"it calls {function.module}.{function.name} as numpy does not")

    def build(self) -> None:
        """The state of an array or a dtype."""
        state, x = self.stack.pop(), self.stack[-1]
        if isinstance(x, _Dtype) and isinstance(state, tuple):
            x.order = state[1]
        elif isinstance(x, _Array) and isinstance(state, tuple) and len(state) == 5:
            _, shape, dtype, is_fortran, raw = state
            self.stack[-1] = _array(raw, dtype, shape, "F" if is_fortran else "C")
            # Its state holds numbers alone, so that only the memo can have seen it unfinished.
            self.memo.update(dict.fromkeys(x.keys, self.stack[-1]))
            self.unfinished -= 1
        else:
            raise FileError("it sets the state of what has none")

    def put_items(self, items: list[Any]) -> None:
        """Keys and values, by turns, into the dict on top."""
        table = self.stack[-1]
        if type(table) is not dict or len(items) % 2:
            raise FileError("it is no pickled data: items for what is no dict")
        for key, value in zip(items[::2], items[1::2], strict=True):
            # Nested tuples are hashed by recursion, which a file could make as deep as it likes.
            parts = key if type(key) is tuple else (key,)
            if len(parts) > 8 or not all(type(part) in (str, int, float, bool) for part in parts):
                raise FileError("it holds a key that is no text, number or pair of them")
            table[key] = _outside(value)

    def append(self, items: list[Any]) -> None:
        """Items for the list on top."""
        if type(self.stack[-1]) is not list:
            raise FileError("it is no pickled data: items for what is no list")
        self.stack[-1].extend(map(_outside, items))

    def wrap(self, count: int) -> None:
        """The last `count` items as a tuple."""
        items = self.stack[-count:]
        if len(items) != count or any(item is _MARK for item in items):
            raise FileError("it is no pickled data: a tuple without its items")
        self.stack[-count:] = [tuple(items)]


def _outside(x: Any) -> Any:
    """What goes into a dict or list: plain data."""
    if type(x) in _INSIDE:
        raise FileError("it holds a type, or an array without its numbers, where a number is due")
    return x


def _array(raw: Any, dtype: Any, shape: Any, order: Any = "C") -> np.ndarray:
    """The array in these bytes; they must be as many as the shape asks for."""
    if not isinstance(raw, bytes | bytearray) or not isinstance(dtype, _Dtype):
        raise FileError("it holds an array of objects, and numbers are due")
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise FileError("it holds an array without a shape")
    if len(shape) > 32 or order not in ("C", "F"):  # numpy 1 has no more axes
        raise FileError("it holds an array with an order or more axes than numpy knows")
    of = dtype.of()
    if prod(shape) * of.itemsize != len(raw):
        raise FileError(f"it holds an array of shape {shape} in {len(raw)} bytes")
    return np.frombuffer(bytes(raw), of).reshape(shape, order=order).astype(of.newbyteorder("="))


def _push(machine: _Machine, given: Any) -> None:
    machine.stack.append(given)


def _nothing(machine: _Machine, given: Any) -> None:
    pass


def _memoize(machine: _Machine, given: Any) -> None:
    key, top = len(machine.memo) if given is None else given, machine.stack[-1]
    machine.memo[key] = top
    if isinstance(top, _Array):
        top.keys.append(key)


def _pop(machine: _Machine, given: Any) -> None:
    machine.stack.pop()


def _pop_last(machine: _Machine) -> list[Any]:
    return [machine.stack.pop()]


def _pop_pair(machine: _Machine) -> list[Any]:
    value, key = machine.stack.pop(), machine.stack.pop()
    return [key, value]


def _dict(machine: _Machine, given: Any) -> None:
    items = machine.marked()
    machine.stack.append({})
    machine.put_items(items)


def _stack_global(machine: _Machine, given: Any) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    if type(name) is not str or type(module) is not str:
        raise FileError("it names a global by what is no text")
    machine.named(module, name)


Step = Callable[[_Machine, Any], None]
_INTEGERS: Final = ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4")
_TEXTS: Final = ("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "STRING", "BINSTRING",
                 "SHORT_BINSTRING")  # fmt: skip
_BYTES: Final = ("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8")
_STEPS: Final[dict[str, Step]] = {
    **dict.fromkeys((*_INTEGERS, "FLOAT", "BINFLOAT", *_TEXTS, *_BYTES), _push),
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), _nothing),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _memoize),
    **dict.fromkeys(
        ("GET", "BINGET", "LONG_BINGET"), lambda m, given: m.stack.append(m.memo[given])
    ),
    "NONE": lambda m, _: m.stack.append(None),
    "NEWTRUE": lambda m, _: m.stack.append(True),
    "NEWFALSE": lambda m, _: m.stack.append(False),
    "MARK": lambda m, _: m.stack.append(_MARK),
    "POP": _pop,
    "POP_MARK": lambda m, _: _nothing(m, m.marked()),
    "EMPTY_TUPLE": lambda m, _: m.stack.append(()),
    "TUPLE": lambda m, _: m.stack.append(tuple(m.marked())),
    "TUPLE1": lambda m, _: m.wrap(1),
    "TUPLE2": lambda m, _: m.wrap(2),
    "TUPLE3": lambda m, _: m.wrap(3),
    "EMPTY_LIST": lambda m, _: m.stack.append([]),
    "LIST": lambda m, _: m.stack.append(list(map(_outside, m.marked()))),
    "APPEND": lambda m, _: m.append(_pop_last(m)),
    "APPENDS": lambda m, _: m.append(m.marked()),
    "EMPTY_DICT": lambda m, _: m.stack.append({}),
    "DICT": _dict,
    "SETITEM": lambda m, _: m.put_items(_pop_pair(m)),
    "SETITEMS": lambda m, _: m.put_items(m.marked()),
    "GLOBAL": lambda m, given: m.named(*given.split(" ", 1)),
    "STACK_GLOBAL": _stack_global,
    "REDUCE": lambda m, _: m.reduce(),
    "BUILD": lambda m, _: m.build(),
}  # fmt: skip
