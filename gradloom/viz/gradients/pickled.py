"""Numbers as pickle writes them, for programs that read nothing else: plain containers and arrays.

The bytes name four things, all of numpy's, by the names that every numpy since 1.0 knows (numpy 2
itself writes newer ones, which numpy 1 does not find). `read_plain` reads them back, and so does
`pickle.load`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from gradloom.ir.errors import NotSupported

_START: Final = b"\x80\x04"
"""Protocol 4, which Python 3.4 and later read; bytes of more than 4 GB need it."""
_RECONSTRUCT: Final = b"cnumpy.core.multiarray\n_reconstruct\n"
_NDARRAY: Final = b"cnumpy\nndarray\n"
_DTYPE: Final = b"cnumpy\ndtype\n"


def pickled(value: Any) -> bytes:
    """The pickled bytes of numbers, texts, None, tuples, lists, dicts and arrays of numbers.

    Raises `NotSupported` for anything else. Nothing is shared: an array that stands twice is
    written twice.

    >>> import pickle, numpy as np
    >>> pickle.loads(pickled({("a", "b"): None, "c": np.arange(3)}))
    {('a', 'b'): None, 'c': array([0, 1, 2])}
    """
    return b"".join((_START, *_written(value), b"."))


def _written(value: Any) -> Iterator[bytes]:
    kind = type(value)
    if value is None:
        yield b"N"
    elif kind is bool:
        yield b"\x88" if value else b"\x89"
    elif kind is int:
        yield b"I%d\n" % value
    elif kind is float:
        yield b"G" + struct.pack(">d", value)
    elif kind is str:
        data = value.encode("utf-8", "surrogatepass")
        yield b"X" + struct.pack("<I", len(data)) + data
    elif kind is tuple:
        yield from _several(b"(", value, b"t")
    elif kind is list:
        yield from _several(b"](", value, b"e")
    elif kind is dict:
        yield from _several(b"}(", (x for item in value.items() for x in item), b"u")
    elif isinstance(value, np.generic | np.ndarray) and value.dtype.kind in "biufc":
        yield from _array(np.asarray(value))
    else:
        raise NotSupported(f"{kind.__name__} is written into no file: numbers and arrays are")


def _several(before: bytes, values: Any, after: bytes) -> Iterator[bytes]:
    yield before
    for value in values:
        yield from _written(value)
    yield after


def _array(array: np.ndarray) -> Iterator[bytes]:
    """As numpy itself does (`array_reduce`): an empty array, and then its state."""
    yield _RECONSTRUCT + b"(" + _NDARRAY + b"(I0\ntC\x01btR"
    yield b"(I1\n"
    yield from _written(array.shape)
    letters, order = array.dtype.str[1:], array.dtype.str[0]
    yield _DTYPE
    yield from _written((letters, False, True))
    yield b"R"
    yield from _written((3, order, None, None, None, -1, -1, 0))
    yield b"b\x89"
    data = array.tobytes("C")
    yield b"\x8e" + struct.pack("<Q", len(data))
    yield data
    yield b"tb"
