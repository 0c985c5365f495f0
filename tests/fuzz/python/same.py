"""Whether what a traced program leaves is what Python leaves: values, kinds and structure."""

from __future__ import annotations

from typing import Any

import numpy as np

_KINDS = "biufc"


class Different(AssertionError):
    """Two results that should be one."""


def require_same(ours: Any, theirs: Any, where: str = "result", exact: bool = True) -> None:
    """Equal structure, values, shapes and dtypes. A Python number may come as one of numpy's, and
    as one of a wider kind: `0 if t else x` is a float both ways. `exact`: scalars and arrays of
    rank 0 are told apart.
    """
    if isinstance(theirs, list | tuple):
        if type(ours) is not type(theirs) or len(ours) != len(theirs):
            raise Different(f"{where}: {ours!r} instead of {theirs!r}")
        for i, (x, y) in enumerate(zip(ours, theirs, strict=True)):
            require_same(x, y, f"{where}[{i}]", exact)
    elif isinstance(theirs, dict):
        if not isinstance(ours, dict) or list(ours) != list(theirs):
            raise Different(f"{where}: {ours!r} instead of {theirs!r}")
        for key, y in theirs.items():
            require_same(ours[key], y, f"{where}[{key!r}]", exact)
    elif isinstance(theirs, np.ndarray | np.generic):
        _require_same_array(ours, theirs, where, exact)
    elif isinstance(theirs, bool | int | float):
        _require_same_number(ours, theirs, where)
    elif type(ours) is not type(theirs) or (isinstance(theirs, str) and ours != theirs):
        raise Different(f"{where}: {ours!r} instead of {theirs!r}")


def _require_same_array(ours: Any, theirs: Any, where: str, exact: bool) -> None:
    kinds = (isinstance(ours, np.ndarray), isinstance(theirs, np.ndarray))
    if exact and kinds[0] is not kinds[1]:
        raise Different(f"{where}: {type(ours).__name__} instead of {type(theirs).__name__}")
    if np.shape(ours) != theirs.shape:
        raise Different(f"{where}: shape {np.shape(ours)} instead of {theirs.shape}")
    if np.asarray(ours).dtype != theirs.dtype:
        raise Different(f"{where}: dtype {np.asarray(ours).dtype} instead of {theirs.dtype}")
    if not close(ours, theirs):
        raise Different(f"{where}: {ours!r} instead of {theirs!r}")


def _require_same_number(ours: Any, theirs: Any, where: str) -> None:
    made = np.asarray(ours)
    if made.shape or _KINDS.index(made.dtype.kind) < _KINDS.index(np.asarray(theirs).dtype.kind):
        raise Different(f"{where}: {ours!r} instead of {theirs!r}")
    if not close(ours, theirs):
        raise Different(f"{where}: {ours!r} instead of {theirs!r}")


def close(a: Any, b: Any, tolerance: float = 1e-9) -> bool:
    """Equal but for rounding; NaN equals NaN."""
    return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True))


def numbers(x: Any) -> list[Any]:
    """The numbers and arrays of a result, in order."""
    if isinstance(x, list | tuple):
        return [leaf for part in x for leaf in numbers(part)]
    if isinstance(x, dict):
        return [leaf for key in sorted(x) for leaf in numbers(x[key])]
    return [x] if hasattr(x, "dtype") or isinstance(x, bool | int | float) else []


def is_float(x: Any) -> bool:
    """Whether a number or array is one of floats."""
    return isinstance(x, float) or (hasattr(x, "dtype") and x.dtype.kind == "f")


def is_moderate(x: Any) -> bool:
    """Whether all numbers are finite and none so large that rounding shows."""
    return all(bool(np.all(np.abs(leaf) < 1e8)) for leaf in numbers(x))
