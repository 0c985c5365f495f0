"""Numbers on axes: scales from numbers to pixels, round ticks, and numbers in a few characters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, final

from gradloom.ir.errors import ArgumentError

Unit = Literal["count", "bytes", "seconds"]
_SI: Final = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_BINARY: Final = tuple((1024.0**i, f"{p}iB") for i, p in zip((4, 3, 2, 1), "TGMK", strict=True))


@final
@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers from `low` to `high` as pixels from `start` to `end`: evenly, or by their logarithms.

    >>> Scale(0, 10, 100, 200).at(5)
    150.0
    >>> Scale(1, 100, 0, 200, log=True).at(10)
    100.0
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ArgumentError(
                f"an axis from {self.low:g} to {self.high:g}", hint="give it two finite ends"
            )
        if self.log and self.low <= 0:
            raise ArgumentError(
                f"a logarithmic axis that begins at {self.low:g}", hint="begin above 0"
            )

    def at(self, number: float) -> float:
        """The pixel of a number; one outside of the scale stands at its nearer end."""
        inside = min(max(number, self.low), self.high)
        low, high, x = (
            (math.log(self.low), math.log(self.high), math.log(inside))
            if self.log
            else (self.low, self.high, inside)
        )
        return self.start + (x - low) / (high - low) * (self.end - self.start)


def scale_over(
    numbers: Iterable[float], start: float, end: float, *, log: bool = False, zero: bool = False
) -> Scale:
    """A scale that holds all the finite numbers, and 0 if asked; whole decades if logarithmic."""
    kept = [float(x) for x in numbers if math.isfinite(x) and (not log or x > 0)]
    if log:
        low = 10.0 ** math.floor(math.log10(min(kept, default=1.0)))
        high = 10.0 ** math.ceil(math.log10(max(kept, default=10.0)))
        return Scale(low, high if high > low else low * 10, start, end, log=True)
    low, high = min(kept, default=0.0), max(kept, default=1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        high = low + (abs(low) or 1.0)
    return Scale(low, high, start, end)


def round_ticks(low: float, high: float, most: int = 6, unit: Unit = "count") -> tuple[float, ...]:
    """Round numbers from low to high, evenly apart and `most` at the most: multiples of 1, 2 or 5
    times a power of 10; of a power of 2 for bytes.

    >>> round_ticks(0, 9.5)
    (0.0, 2.0, 4.0, 6.0, 8.0)
    >>> round_ticks(0, 3 * 1024, unit="bytes")
    (0.0, 1024.0, 2048.0, 3072.0)
    """
    for step in _steps((high - low) / max(most, 1), unit):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= max(most, 1):
            return tuple(i * step + 0.0 for i in range(first, last + 1))
    return ()


def _steps(least: float, unit: Unit) -> Iterator[float]:
    """Round steps, growing, from the last one below `least`."""
    if not math.isfinite(least) or least <= 0:
        return
    if unit == "bytes":
        power = max(math.floor(math.log2(least)), 0)
        yield from (2.0 ** (power + i) for i in range(4))
        return
    power = math.floor(math.log10(least))
    for more in range(3):
        yield from (m * 10.0 ** (power + more) for m in (1, 2, 5))


def log_ticks(
    low: float, high: float, most: int = 8
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The powers of 10 from low to high that get a number, and the ticks between that get none.

    Where fewer than two powers lie there, 2 and 5 times a power get numbers too.

    >>> log_ticks(1, 1000)[0]
    (1.0, 10.0, 100.0, 1000.0)
    """
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    step = max(1, math.ceil((last - first + 1) / most))
    between = tuple(
        _kept(
            (
                m * 10.0**p
                for p in range(first, last + 1)
                for m in (range(2, 10) if step == 1 else (1,))
            ),
            low,
            high,
        )
    )
    powers = tuple(_kept((10.0**p for p in range(first, last + 1, step)), low, high))
    if len(powers) >= 2:
        return powers, between
    numbered = tuple(
        _kept((m * 10.0**p for p in range(first, last + 1) for m in (1, 2, 5)), low, high)
    )
    return numbered, between


def _kept(numbers: Iterable[float], low: float, high: float) -> Iterator[float]:
    return (x for x in numbers if low * (1 - 1e-9) <= x <= high * (1 + 1e-9))


def short_text(number: float, unit: str = "") -> str:
    """A number in three digits and a prefix.

    >>> short_text(1234567, "FLOP/s"), short_text(0.25), short_text(0)
    ('1.23 MFLOP/s', '0.25', '0')
    """
    if not math.isfinite(number):
        return f"{number} {unit}".rstrip()
    for size, letter in _SI:
        if abs(number) >= size * 0.9995:
            return f"{_three(number / size)} {letter}{unit}"
    return f"{_three(number)} {unit}".rstrip()


def byte_text(nbytes: float) -> str:
    """Bytes in three digits and a binary unit.

    >>> byte_text(1536), byte_text(0), byte_text(3 * 1024**2), byte_text(1023)
    ('1.5 KiB', '0 B', '3 MiB', '1020 B')
    """
    for size, unit in _BINARY:
        if abs(nbytes) >= size:
            return f"{_three(nbytes / size)} {unit}"
    return f"{_three(nbytes)} B"


def time_text(seconds: float) -> str:
    """Seconds in three digits and a fitting unit.

    >>> time_text(0.00125), time_text(2), time_text(3e-8), time_text(90)
    ('1.25 ms', '2 s', '30 ns', '90 s')
    """
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if abs(seconds) >= size * 0.9995:
            return f"{_three(seconds / size)} {unit}"
    return f"{_three(seconds * 1e9)} ns" if seconds else "0 s"


def number_text(number: float, unit: Unit = "count") -> str:
    """A number as its unit writes it."""
    if unit == "bytes":
        return byte_text(number) if number else "0"
    return time_text(number) if unit == "seconds" else short_text(number)


def _three(number: float) -> str:
    """The number in three digits, without an exponent where one can do without."""
    if number == 0 or 1e-4 <= abs(number) < 1e4:
        rounded = float(f"{number:.3g}")
        return f"{rounded:.10f}".rstrip("0").rstrip(".")
    return f"{number:.3g}"
