"""LAPACK's own storage of a QR factorisation: Householder vectors below R, and their factors."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array
from gradloom.frontend.numpy.views import fresh
from gradloom.frontend.tracer import refuse
from gradloom.ir.graph import Operand
from gradloom.ir.types import Dim


def reflectors(x: Operand, mode: str) -> Any:
    """What np.linalg.qr(mode="raw") gives: vectors and R, transposed, and the factors tau.

    Column after column, as LAPACK's geqr2 does; mode "economic" is the first alone, not transposed.
    """
    rows, cols = x.type.shape[-2:]
    if isinstance(rows, Dim) or isinstance(cols, Dim):
        raise refuse("np.linalg.qr", f"mode='{mode}' of a matrix with a named number of rows")
    a: Array = fresh(x)
    taus = [_reflect(a, i) for i in range(min(rows, cols))]
    if mode in ("economic", "e"):
        warnings.warn("The 'economic' option is deprecated.", DeprecationWarning, stacklevel=2)
        return a
    none = np.zeros((*a.shape[:-2], 0), a.dtype)
    return np.swapaxes(a, -1, -2), np.stack(taus, axis=-1) if taus else as_array(none)


def _reflect(a: Array, i: int) -> Array:
    """The factor of reflector i, which is applied to what is right of column i in `a`."""
    x = a[..., i:, i]
    first, rest = x[..., 0], x[..., 1:]
    trivial = np.all(rest == 0, axis=-1) & (np.imag(first) == 0)
    length = np.linalg.norm(np.where(trivial[..., None], np.ones_like(x), x), axis=-1)
    beta = -np.copysign(length, np.real(first))
    tau = np.where(trivial, 0, (beta - first) / beta).astype(a.dtype)
    divisor = np.where(trivial, 1, first - beta)
    below = (rest / divisor[..., None]).astype(a.dtype)
    v = np.concatenate([np.ones_like(x[..., :1]), below], axis=-1)
    right = a[..., i:, i + 1 :]
    product = np.conj(v)[..., None, :] @ right
    a[..., i:, i + 1 :] = right - (np.conj(tau)[..., None] * v)[..., None] * product
    a[..., i, i] = np.where(trivial, first, beta)
    a[..., i + 1 :, i] = below
    return tau
