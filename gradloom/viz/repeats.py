"""Where a sequence repeats itself: the turns of an unrolled loop, the equal layers of a model.

Equality of two stretches is that of their polynomial hashes (Karp and Rabin 1987), so that a long
sequence is read in one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, final

_MODULUS: Final = (1 << 61) - 1  # a Mersenne prime: two stretches collide once in 10^18
_BASE: Final = 1_000_003
_TRIES: Final = 16
"""So many later places of a mark are tried as the start of the second turn: a helper that is called
more often in one turn hides the loop around it."""
_MANY: Final = 8
_LEAST_TURN: Final = 4
_LEAST_WHOLE: Final = 24
"""A repeat is worth a name when it has so many turns, or so many nodes in a turn or in all; of less
one sees at a glance that it is the same again."""


@final
@dataclass(frozen=True, slots=True)
class Repeat:
    """From `start`, `length` marks that come `count` times, one after another."""

    start: int
    length: int
    count: int

    @property
    def end(self) -> int:
        """The place after the last mark."""
        return self.start + self.length * self.count


def repeats(marks: Sequence[int], sizes: Sequence[int]) -> list[Repeat]:
    """The repeats of a sequence from left to right, which don't overlap; of several that start at
    one place the shortest. `sizes` says how much stands behind each mark.

    >>> repeats([7, 1, 2, 1, 2, 1, 2, 9], [4] * 8)
    [Repeat(start=1, length=2, count=3)]
    """
    equal = _comparer(marks)
    following = _following(marks)
    found: list[Repeat] = []
    at = 0
    while at < len(marks):
        repeat = _repeat_at(at, following, equal, sizes)
        if repeat is None:
            at += 1
        else:
            found.append(repeat)
            at = repeat.end
    return found


def _repeat_at(
    start: int,
    following: Sequence[int],
    equal: Callable[[int, int, int], bool],
    sizes: Sequence[int],
) -> Repeat | None:
    second, small = following[start], 0
    for _ in range(_TRIES):
        length = second - start
        if second + length > len(following):
            return None
        # Several turns of a repeat too small to tell are a repeat too: one of them says no more.
        if equal(start, second, length) and not (small and length % small == 0):
            repeat = Repeat(start, length, _turns(start, length, len(following), equal))
            if _worth(sum(sizes[start:second]), repeat.count):
                return repeat
            small = small or length
        second = following[second]
    return None


def _turns(start: int, length: int, end: int, equal: Callable[[int, int, int], bool]) -> int:
    count = 2
    while start + (count + 1) * length <= end and equal(start, start + count * length, length):
        count += 1
    return count


def _worth(turn: int, count: int) -> bool:
    return count >= _MANY or turn >= _LEAST_TURN or turn * count >= _LEAST_WHOLE


def _following(marks: Sequence[int]) -> list[int]:
    """For each place the next with the same mark, else one beyond any."""
    beyond = 2 * len(marks)
    following = [beyond] * len(marks)
    seen: dict[int, int] = {}
    for place in range(len(marks) - 1, -1, -1):
        following[place] = seen.get(marks[place], beyond)
        seen[marks[place]] = place
    return following


def _comparer(marks: Sequence[int]) -> Callable[[int, int, int], bool]:
    """Whether two stretches, by their starts and their length, are equal."""
    sums, powers = [0], [1]
    for mark in marks:
        sums.append((sums[-1] * _BASE + mark + 1) % _MODULUS)
        powers.append(powers[-1] * _BASE % _MODULUS)

    def hashed(start: int, length: int) -> int:
        return (sums[start + length] - sums[start] * powers[length]) % _MODULUS

    return lambda a, b, length: hashed(a, length) == hashed(b, length)
