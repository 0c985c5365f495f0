"""scipy.linalg on traced values: its functions by those of numpy.linalg."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gradloom.frontend.numpy import linalg


def det(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """The determinant."""
    return linalg.det(a)


TABLE: Final[Mapping[str, Callable[..., Any]]] = {"det": det}
