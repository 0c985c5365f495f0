"""Files of memory in this process's address space. Unlike `mmap.mmap`, none keeps a descriptor:
a process may open few of those, and may have thousands of values in shared memory.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from typing import Any, Final, final

import numpy as np

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_ssize_t,
]  # fmt: skip
_libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_FAILED: Final = ctypes.c_void_p(-1).value


@final
class _Region:
    """Mapped memory, until nobody refers to it; numpy reads `__array_interface__`."""

    __slots__ = ("__array_interface__", "_address", "_size", "_unmap")

    def __init__(self, descriptor: int, size: int, is_writable: bool, is_shared: bool) -> None:
        kind = mmap.MAP_SHARED if is_shared else mmap.MAP_PRIVATE
        protection = mmap.PROT_READ | (mmap.PROT_WRITE if is_writable else 0)
        self._size, self._unmap = 0, _libc.munmap
        address = _libc.mmap(None, size, protection, kind, descriptor, 0)
        if address == _FAILED:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        self._address, self._size = address, size
        self.__array_interface__ = {
            "shape": (size,), "typestr": "|u1", "data": (address, not is_writable), "version": 3,
        }  # fmt: skip

    def __del__(self) -> None:
        if self._size:
            self._unmap(self._address, self._size)


def mapped(descriptor: int, size: int, is_writable: bool) -> np.ndarray[Any, Any]:
    """The first `size` bytes of a file, shared with all who map it; OSError where they cannot be
    mapped. The descriptor may be closed.
    """
    return np.asarray(_Region(descriptor, size, is_writable, True))


def own(descriptor: int, size: int) -> np.ndarray[Any, Any]:
    """The same, writable, and what is written is seen here alone."""
    return np.asarray(_Region(descriptor, size, True, False))


class _Lent:
    """An array's memory, without the mark that it is read only."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self._array = array
        given = array.__array_interface__
        self.__array_interface__ = {**given, "data": (given["data"][0], False)}


def lent(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The same memory as an array that frameworks take in without a copy, for those who do not
    write: where it is mapped read only, writing would end the process.
    """
    return np.asarray(_Lent(array)).view(array.dtype)  # numpy tells of bfloat16 as of bare bytes
