"""A single number and its text, in its own dtype: what is printed reads back to the same bits.

    true   -3   2.5   1e-08   inf   -nan   (1.0, -0.0)   nan_7ff8000000000001

A nan whose payload is not the usual one stands as all its bits.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

import numpy as np

from gradloom.ir.errors import ParseError
from gradloom.ir.types import DType, dtype_name, is_inexact

MAX_DIGITS: Final = 400
"""A number with more characters is refused; a float64 needs about 25."""
_INTEGER: Final = re.compile(r"-?[0-9]+\Z")
_DECIMAL: Final = re.compile(r"-?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?\Z")
_NAN_BITS: Final = re.compile(r"nan_([0-9a-f]+)\Z")
_SPECIAL: Final = {"inf": np.inf, "-inf": -np.inf, "nan": np.nan}

ScalarText = str | tuple[str, str]
"""One real number, or the two parts of a complex one."""


def scalar_text(value: Any) -> str:
    """A number as text that reads back to the same bits."""
    array = np.asarray(value)
    kind = array.dtype.kind
    if kind == "b":
        return "true" if array else "false"
    if kind in "iu":
        return str(int(array))
    if kind == "c":
        re_part, im_part = array.reshape(1).view(_part(array.dtype))
        return f"({_float_text(re_part)}, {_float_text(im_part)})"
    return _float_text(array[()])


def _part(dtype: DType) -> DType:
    return np.dtype(f"f{dtype.itemsize // 2}")


def _float_text(value: Any) -> str:
    number = float(value)  # Python's: numpy's tests warn of signalling nans
    if math.isnan(number):
        return _nan_text(value)
    if math.isinf(number):
        return "-inf" if number < 0 else "inf"
    if value.dtype.itemsize == 8:
        return repr(number)
    # numpy's shortest digits; those of the equal float64 where they do not read back the same.
    text = str(value)
    return text if _DECIMAL.match(text) and _same(text, value) else repr(number)


def _same(text: str, value: Any) -> bool:
    return bool(_cast(float(text), value.dtype).tobytes() == value.tobytes())


def _cast(number: float, dtype: DType) -> Any:
    with np.errstate(all="ignore"):
        return np.asarray(number, np.float64).astype(dtype)[()]


def _nan_bits(dtype: DType) -> int:
    """The bits of the usual nan: of the positive one."""
    sign = 1 << (dtype.itemsize * 8 - 1)
    return int(_bits_of(_cast(np.nan, dtype))) & ~sign


def _bits_of(value: Any) -> Any:
    return np.asarray(value).view(f"u{value.dtype.itemsize}")[()]


def _nan_text(value: Any) -> str:
    bits, usual = int(_bits_of(value)), _nan_bits(value.dtype)
    if bits == usual:
        return "nan"
    width = value.dtype.itemsize * 2
    return "-nan" if bits == usual | 1 << (width * 4 - 1) else f"nan_{bits:0{width}x}"


def read_scalar(text: ScalarText, dtype: DType) -> np.generic:
    """The number that `text` writes; raises `ParseError` where the dtype cannot hold it."""
    if dtype.kind == "c":
        parts = text if isinstance(text, tuple) else (text, "0.0")
        pair = np.array([_read_float(part, _part(dtype)) for part in parts])
        result: np.generic = pair.view(dtype)[0]
        return result
    if isinstance(text, tuple):
        raise ParseError(f"a complex number cannot be {dtype_name(dtype)}")
    if dtype.kind == "b":
        if text not in ("true", "false"):
            raise ParseError(f"{shown(text)} is not a bool", hint="expected true or false")
        return np.bool_(text == "true")
    return _read_integer(text, dtype) if not is_inexact(dtype) else _read_float(text, dtype)


def _read_integer(text: str, dtype: DType) -> np.generic:
    if not _INTEGER.match(text) or len(text) > MAX_DIGITS:
        raise ParseError(f"{shown(text)} is not an integer, as {dtype_name(dtype)} needs")
    number, limits = int(text), np.iinfo(dtype)
    if not limits.min <= number <= limits.max:
        raise ParseError(
            f"{shown(text)} does not fit {dtype_name(dtype)}", hint=f"{limits.min} to {limits.max}"
        )
    result: np.generic = dtype.type(number)
    return result


def _read_float(text: str, dtype: DType) -> Any:
    if text in _SPECIAL:
        return _special(text, _SPECIAL[text], dtype)
    bits = _NAN_BITS.match(text)
    if text == "-nan" or bits:
        pattern = int(bits[1], 16) if bits else _nan_bits(dtype) | 1 << (dtype.itemsize * 8 - 1)
        return _nan_of(text, pattern, dtype)
    if not _DECIMAL.match(text) or len(text) > MAX_DIGITS:
        raise ParseError(f"{shown(text)} is not a number, as {dtype_name(dtype)} needs")
    result = _cast(float(text), dtype)
    if not math.isfinite(float(result)):
        message = f"{shown(text)} is too large for {dtype_name(dtype)}"
        raise ParseError(message, hint="write inf for infinity")
    return result


def _special(text: str, number: float, dtype: DType) -> Any:
    result = _cast(number, dtype)
    if math.isnan(number) != math.isnan(float(result)):
        raise ParseError(f"{dtype_name(dtype)} has no {text}")
    return result


def _nan_of(text: str, pattern: int, dtype: DType) -> Any:
    if pattern >> dtype.itemsize * 8:
        raise ParseError(f"{shown(text)} has more bits than {dtype_name(dtype)}")
    result = np.array(pattern, f"u{dtype.itemsize}").view(dtype)[()]
    if not math.isnan(float(result)):
        raise ParseError(f"{shown(text)} is no nan of {dtype_name(dtype)}")
    return result


def shown(text: str, limit: int = 40) -> str:
    """`text` as an error message can show it: short, and printable."""
    kept = text if len(text) <= limit else text[: limit - 3] + "..."
    return printable(kept)


def printable(text: str) -> str:
    """`text` on one line, anything that does not print as `\\u{1b}`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text)
