"""Attributes and numbers as Python source: what each type writes, and nothing that a graph could
smuggle in.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.ir.errors import NotSupported
from gradloom.ir.types import Dim


def number(value: np.generic | complex) -> str:
    """A scalar as a Python number that has exactly its value."""
    plain: Any = (
        value.item() if isinstance(value, np.generic) and value.dtype.kind in "biufc" else value
    )
    if isinstance(plain, bool | int):
        return repr(plain)
    if isinstance(plain, complex):
        return f"complex({_real(plain.real)}, {_real(plain.imag)})"
    return _real(float(plain))


def _real(value: float) -> str:
    return repr(value) if math.isfinite(value) else f'float("{value}")'


def dim_text(dim: int | Dim, name_of: Callable[[str], str]) -> str:
    """A dimension as an expression over the names of the sizes."""
    if not isinstance(dim, Dim):
        return repr(int(dim))
    terms = []
    for symbols, coefficient in dim.terms:
        factors = [name_of(symbol) for symbol in symbols]
        if coefficient != 1 or not factors:
            factors.insert(0, repr(int(coefficient)))
        terms.append(" * ".join(factors))
    return " + ".join(terms).replace("+ -", "- ")


def literal_text(value: Any, name_of: Callable[[str], str]) -> str:
    """An attribute as source; raises `NotSupported` for a type that has no literal."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, Dim):
        return dim_text(value, name_of)
    if isinstance(value, str):
        return ascii(str(value))
    if isinstance(value, int | float | complex | np.generic):
        return number(value)
    if isinstance(value, tuple | list):
        inside = ", ".join(literal_text(v, name_of) for v in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    raise NotSupported(f"an attribute of type {type(value).__name__} has no source text")
