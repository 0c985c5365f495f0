"""Seconds and bytes in a few characters."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Seconds in three digits.

    >>> duration(0.00123), duration(75.0)
    ('1.23 ms', '75 s')
    """
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} us"


def size(nbytes: int) -> str:
    """Bytes in three digits.

    >>> size(2_500_000)
    '2.5 MB'
    """
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if nbytes >= scale:
            return f"{nbytes / scale:.3g} {unit}"
    return f"{nbytes} B"
