"""What a pipeline holds once a `when` has ended it."""

from __future__ import annotations

from typing import Any

from pipescript.constants import pipeline_null as NULL

__all__ = ["NULL", "is_over"]


def is_over(x: Any) -> bool:
    """Whether a pipeline has ended.

    It stands outside of `runtime/`, whose functions a trace reads: asking which object this is
    would be asking for a value that a trace does not have.
    """
    return x is NULL
