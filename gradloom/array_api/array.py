"""The array object: a handle on a backend's array, or on a traced value."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, final

import numpy as np
import optree

from gradloom.array_api.places import backend_of, dtype_in, fetched, place_of
from gradloom.frontend.opened import OPENED
from gradloom.frontend.signature import NAMESPACE
from gradloom.ir.errors import DtypeError, ShapeError, TraceError
from gradloom.ir.location import user_location


@final
class Array:
    """An array of the array-API standard; make one with `asarray`, `zeros` and their kin.

    It holds a numpy array, a tensor of another backend, or, inside `gl.trace`, `gl.grad` and the
    rest, a traced value; `x.raw` is what it holds. Operators and indexing are those of the
    standard: kinds of dtypes do not mix. It is a pytree of one leaf, so every transform takes and
    gives it.

    >>> from gradloom import array_api as xp
    >>> x = xp.asarray([1.0, 2.0])
    >>> x * 2 + x[0]
    Array([3., 5.], dtype=float64)
    """

    __slots__ = ("__weakref__", "_value")
    __array_ufunc__ = None  # `ndarray + Array` is Array's to answer, and no ufunc reads one unseen
    __hash__ = None  # type: ignore[assignment]

    _value: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> Array:
        """Raises `DtypeError`: functions make arrays."""
        raise DtypeError(
            "an Array is made by functions, not by its class",
            location=user_location(), hint="write  gl.array_api.asarray(...)",
        )  # fmt: skip

    @classmethod
    def _of(cls, value: Any) -> Array:
        made = object.__new__(cls)
        made._value = value
        return made

    # ---- what it is ------------------------------------------------------------------------------

    @property
    def raw(self) -> Any:
        """The numpy array, tensor or traced value that it holds."""
        return self._value

    @property
    def dtype(self) -> np.dtype:
        """The dtype."""
        return dtype_in(self._value)

    @property
    def device(self) -> str:
        """The device that the array lives on, as its backend calls it; "cpu" while traced."""
        return place_of(self._value).device

    @property
    def backend(self) -> str:
        """The name of the backend that the array lives on; "numpy" while traced."""
        return place_of(self._value).backend

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._value.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the axes."""
        found = self._value.shape
        return found if type(found) is tuple else tuple(map(int, found))

    @property
    def size(self) -> int:
        """The number of elements."""
        count = 1
        for size in self.shape:
            count *= size
        return count

    # ---- as Python numbers -----------------------------------------------------------------------

    def _number(self, what: str) -> Any:
        if self.ndim:
            raise DtypeError(
                f"{what} of an array of shape {self.shape}: only arrays without axes are numbers",
                location=user_location(), hint="index it, or reduce it with all, any or sum",
            )  # fmt: skip
        value = self._value
        return fetched(value) if backend_of(value) not in ("numpy", "traced") else value

    def _refuse_kind(self, what: str, kinds: str) -> None:
        if self.dtype.kind not in kinds:
            raise DtypeError(
                f"{what} of an array of {self.dtype}",
                location=user_location(), hint="convert it with astype",
            )  # fmt: skip

    def __bool__(self) -> bool:
        return bool(self._number("bool()"))

    def __int__(self) -> int:
        self._refuse_kind("int()", "biuf")
        return int(self._number("int()"))

    def __float__(self) -> float:
        self._refuse_kind("float()", "biuf")
        return float(self._number("float()"))

    def __complex__(self) -> complex:
        return complex(self._number("complex()"))

    def __index__(self) -> int:
        self._refuse_kind("operator.index()", "iu")
        number = self._number("operator.index()")
        return int(number.__index__())

    # ---- as a sequence ---------------------------------------------------------------------------

    def __len__(self) -> int:
        if not self.ndim:
            raise DtypeError("len() of an array without axes", location=user_location())
        return self.shape[0]

    def __iter__(self) -> Iterator[Array]:
        if not self.ndim:
            raise DtypeError("iteration over an array without axes", location=user_location())
        return (self[i] for i in range(self.shape[0]))  # type: ignore[index]

    # ---- to others -------------------------------------------------------------------------------

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The numbers as a numpy array; raises `TraceError` or `ValueNeeded` while traced."""
        if backend_of(self._value) == "traced":
            return np.asarray(self._value.__array__(dtype))
        if backend_of(self._value) != "numpy" and copy is False:
            raise ShapeError("numpy cannot see this backend's memory", location=user_location())
        return np.array(fetched(self._value), dtype=dtype, copy=copy)

    def __dlpack__(
        self,
        /,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[Any, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """The capsule through which another library reads the memory; raises `BufferError` or
        `TraceError` where there is none to read.
        """
        memory = self._memory()
        if dl_device is not None and tuple(dl_device) == tuple(memory.__dlpack_device__()):
            dl_device = None  # not every framework takes a wish that it need not do
        if backend_of(memory) == "tensorflow":
            max_version = None  # it knows one version, which every reader takes
        wishes = {"max_version": max_version, "dl_device": dl_device, "copy": copy}
        stated = {k: v for k, v in {**wishes, "stream": stream}.items() if v is not None}
        return memory.__dlpack__(**stated)

    def __dlpack_device__(self, /) -> tuple[Any, int]:
        """The kind and number of the device, as DLPack counts them."""
        kind, number = self._memory().__dlpack_device__()
        return kind, number

    def _memory(self) -> Any:
        if backend_of(self._value) == "traced":
            raise TraceError(
                "a traced array has no memory to hand over",
                location=user_location(), hint="return it from the traced function first",
            )  # fmt: skip
        return self._value

    def __copy__(self) -> Array:
        return Array._of(_copied(self._value))

    def __deepcopy__(self, memo: Any) -> Array:
        return Array._of(_copied(self._value))

    def __reduce__(self) -> Any:
        return _restored, (self.__array__(),)

    def __format__(self, spec: str) -> str:
        return format(self._number("a format"), spec) if spec else repr(self)

    def __repr__(self) -> str:
        value = self._value
        if backend_of(value) == "traced":
            return f"Array({value!r})"
        place = place_of(value)
        where = "" if place.backend == "numpy" else f", device={place.device!r} of {place.backend}"
        text = np.array2string(
            fetched(value), separator=", ", prefix="Array(", threshold=_threshold()
        )
        return f"Array({text}, dtype={self.dtype}{where})"


def _threshold() -> int:
    return int(min(np.get_printoptions()["threshold"], sys.maxsize))


def _copied(value: Any) -> Any:
    """A value that no write to the array reaches; other backends' tensors are never written."""
    return value.copy() if backend_of(value) in ("numpy", "traced") else value


def _restored(array: np.ndarray) -> Array:
    return Array._of(array)


def _leaf(array: Any) -> tuple[tuple[Any], None, None]:
    return (array._value,), None, None


def _rebuilt(_: Any, children: Any) -> Any:
    """The array around a leaf. Of an array in the place of a leaf, as in the Jacobian of arrays
    with respect to arrays, that array.
    """
    (child,) = children
    return child if type(child) is Array else Array._of(child)


# optree's types know collections alone
optree.register_pytree_node(Array, _leaf, _rebuilt, namespace=NAMESPACE)  # type: ignore[arg-type]
OPENED[Array] = lambda x: [("._value", "", x._value)]
