"""Tangents and cotangents that are zero in some places, whatever they are multiplied by.

`np.where(x > 0, np.log(x), 0)` takes nothing from the logarithm at x = 0, so the logarithm's
derivative there, inf, has no part in the result. A cotangent of zeros there would not do: 0 * inf
is nan. So the transpose of `where` gives a `Masked` cotangent: numbers, and the places where they
count. Elementwise rules are applied to the numbers, and the zeros are put in at the end, when no
partial derivative is to come; that takes no more nodes than zeros put in at once. Forward mode does
the same for `np.log(np.where(x > 0, x, 0))`, so that both modes give 0 where x < 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Final, final

from gradloom.ir import ops as o
from gradloom.ir.graph import Operand
from gradloom.ir.ops.rules import zeros_like

# ---- masks ---------------------------------------------------------------------------------------


@final
@dataclass(frozen=True, slots=True)
class Later:
    """A condition that is computed when it is asked for; `key` says which one it is."""

    key: tuple[object, ...]
    make: Callable[[], Operand] = field(compare=False)
    made: list[Operand] = field(default_factory=list, compare=False)


Condition = Operand | Later
Fact = tuple[Condition, bool]
"""A condition, and whether it holds or fails."""
Mask = tuple[tuple[Fact, ...], ...]
"""The places where, of one of the terms, all facts are true."""

EVERYWHERE: Final[Mask] = ((),)
NOWHERE: Final[Mask] = ()

_MOST: Final = 16
"""A mask of more terms becomes one condition: comparing terms takes time by their square."""


def operand_of(mask: Mask) -> Operand:
    """The mask as a bool operand."""
    whole: Operand | None = None
    for term in mask:
        part: Operand | None = None
        for fact in term:
            part = _holds(fact) if part is None else o.logical_and(part, _holds(fact))
        assert part is not None, "a mask of every place is never asked for"
        whole = part if whole is None else o.logical_or(whole, part)
    assert whole is not None, "a mask of no place is never asked for"
    return whole


def computed(condition: Condition) -> Operand:
    """The condition as an operand."""
    if not isinstance(condition, Later):
        return condition
    if not condition.made:
        condition.made.append(condition.make())
    return condition.made[0]


def _holds(fact: Fact) -> Operand:
    condition, keep = fact
    result: Operand = computed(condition) if keep else o.logical_not(computed(condition))
    return result


def both(a: Mask, b: Mask) -> Mask:
    """Where both masks hold."""
    joined = [tuple(dict.fromkeys(p + q)) for p, q in product(a, b)]
    return tuple(t for t in joined if not any(_opposite(fact) in t for fact in t))


def either(a: Mask, b: Mask) -> Mask:
    """Where one of the masks holds, in few terms: c, or not c, is everywhere."""
    terms = list(dict.fromkeys(a + b))
    while len(terms) <= _MOST and (fewer := _shortened(terms)) is not None:
        terms = fewer
    mask = tuple(terms)
    return mask if len(mask) <= _MOST else (((Later((mask,), lambda: operand_of(mask)), True),),)


def _opposite(fact: Fact) -> Fact:
    return fact[0], not fact[1]


def _shortened(terms: list[tuple[Fact, ...]]) -> list[tuple[Fact, ...]] | None:
    """The terms without one that is not needed, or with a shorter one; None when all are."""
    for i, j in product(range(len(terms)), repeat=2):
        p, q = set(terms[i]), terms[j]
        if i != j and p <= set(q):
            return terms[:j] + terms[j + 1 :]
        for fact in q if i != j else ():
            if _opposite(fact) in p and p - {_opposite(fact)} <= set(q):
                return [*terms[:j], tuple(f for f in q if f != fact), *terms[j + 1 :]]
    return None


# ---- cotangents ----------------------------------------------------------------------------------


@final
class Masked:
    """A cotangent that is `numbers` where `pending` holds and zero elsewhere; what it is multiplied
    by counts where `support` holds, which lies inside `pending`.
    """

    __slots__ = ("_whole", "numbers", "pending", "support")

    def __init__(self, numbers: Operand, support: Mask, pending: Mask) -> None:
        self.numbers = numbers
        self.support = support
        self.pending = pending
        self._whole: Operand | None = None

    def whole(self) -> Operand:
        """The cotangent with its zeros."""
        if self._whole is None:
            self._whole = _selected(self.numbers, self.pending)
        return self._whole


Cotangent = Operand | Masked


def _selected(x: Operand, mask: Mask) -> Operand:
    if mask == EVERYWHERE:
        return x
    if len(mask) == 1 and len(mask[0]) == 1:
        ((condition, keep),) = mask[0]
        parts = (x, zeros_like(x)) if keep else (zeros_like(x), x)
        chosen: Operand = o.where(computed(condition), *parts)
        return chosen
    result: Operand = o.where(operand_of(mask), x, zeros_like(x))
    return result


def masked(numbers: Operand, condition: Operand, keep: bool) -> Masked:
    """The cotangent that counts where the condition holds (fails, unless `keep`)."""
    mask: Mask = (((condition, keep),),)
    return Masked(numbers, mask, mask)


def whole(ct: Cotangent) -> Operand:
    """The cotangent as an operand."""
    return ct.whole() if isinstance(ct, Masked) else ct


def added(a: Cotangent, b: Cotangent) -> Cotangent:
    """The sum of two cotangents, zero where both are."""
    if not (isinstance(a, Masked) and isinstance(b, Masked)):
        return whole(a) + whole(b)
    if (a.support, a.pending) == (b.support, b.pending):
        return Masked(a.numbers + b.numbers, a.support, a.pending)
    support = either(a.support, b.support)
    total = a.whole() + b.whole()
    return total if support == EVERYWHERE else Masked(total, support, EVERYWHERE)
