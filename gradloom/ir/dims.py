"""Dimensions: whole numbers, and integer polynomials over named sizes that are at least 1.

A `Dim` is in normal form, so equal dimensions are equal objects: `2*n + n == 3*n`. A dimension
without symbols is a plain `int`. What cannot be decided (is `n` larger than 5?) raises and asks for
a concrete size.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, final

from gradloom.ir import hooks
from gradloom.ir.errors import ShapeError

Monomial = tuple[str, ...]
DimLike = "int | Dim"
_ONE: Final[Monomial] = ()
_EXPANDED_DEGREE: Final = 6
"""A product of 6 symbols has 64 terms in `_from_one`."""
_MAX_TERMS: Final = 5_000
"""Of a product: no program has nearly as many, and a hostile text could ask for all of 60**8."""
_NAME: Final = re.compile(r"[^\W\d]\w*\Z")


@final
class Dim:
    """An integer polynomial over symbols: sorted `(symbols, coefficient)` terms, none zero."""

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]) -> None:
        self.terms = terms
        self._hash = hash(terms)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Dim):
            return self is other or self.terms == other.terms
        return NotImplemented if not isinstance(other, int) else False

    def __str__(self) -> str:
        return " + ".join(_term_text(mono, coef) for mono, coef in self.terms).replace("+ -", "- ")

    __repr__ = __str__

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names in it, sorted."""
        return tuple(sorted({name for mono, _ in self.terms for name in mono}))

    def __add__(self, other: Any) -> int | Dim:
        return _add(self, other, 1) if isinstance(other, int | Dim) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Any) -> int | Dim:
        return _add(self, other, -1) if isinstance(other, int | Dim) else NotImplemented

    def __rsub__(self, other: Any) -> int | Dim:
        return _add(-self, other, 1) if isinstance(other, int | Dim) else NotImplemented

    def __neg__(self) -> Dim:
        return Dim(tuple((mono, -coef) for mono, coef in self.terms))

    def __mul__(self, other: Any) -> int | Dim:
        if not isinstance(other, int | Dim):
            return NotImplemented
        if len(self.terms) * len(_terms(other)) > _MAX_TERMS:
            raise ShapeError(f"a product of {len(self.terms)} and {len(_terms(other))} terms")
        out: dict[Monomial, int] = {}
        for mono, coef in self.terms:
            for mono2, coef2 in _terms(other):
                key = tuple(sorted(mono + mono2))
                out[key] = out.get(key, 0) + coef * coef2
        return _normal(out)

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> int | Dim:
        if not isinstance(other, int | Dim):
            return NotImplemented
        quotient = exact_quotient(self, other)
        if quotient is None:
            raise undecidable(f"{self} // {other}")
        return quotient

    def __rfloordiv__(self, other: int) -> int | Dim:
        raise undecidable(f"{other} // {self}")

    def __mod__(self, other: Any) -> int:
        if exact_quotient(self, other) is None:
            raise undecidable(f"{self} % {other}")
        return 0

    def __rmod__(self, other: int) -> int:
        raise undecidable(f"{other} % {self}")

    def __lt__(self, other: int | Dim) -> bool:
        return _decided(_below(self - other, 0), self, "<", other)

    def __le__(self, other: int | Dim) -> bool:
        return _decided(_below(self - other, 1), self, "<=", other)

    def __gt__(self, other: int | Dim) -> bool:
        return not _decided(_below(self - other, 1), self, ">", other)

    def __ge__(self, other: int | Dim) -> bool:
        return not _decided(_below(self - other, 0), self, ">=", other)

    def __truediv__(self, other: Any) -> Any:
        return hooks.of("dim_divide")(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return hooks.of("dim_divide")(other, self)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return hooks.of("ufunc")(ufunc, method, inputs, kwargs)

    def __index__(self) -> int:
        raise undecidable(f"int({self})")

    def __bool__(self) -> bool:
        if _below(self, 0) is True or _below(self, 1) is False:
            return True
        raise undecidable(f"bool({self})")

    def evaluate(self, sizes: Mapping[str, int]) -> int:
        """The number it stands for, given a size for each symbol."""
        total = 0
        for mono, coef in self.terms:
            for name in mono:
                coef *= sizes[name]
            total += coef
        return total

    def substitute(self, sizes: Mapping[str, int | Dim]) -> int | Dim:
        """The dimension with some symbols replaced."""
        total: int | Dim = 0
        for mono, coef in self.terms:
            product: int | Dim = coef
            for name in mono:
                product = product * (sizes[name] if name in sizes else symbol(name))
            total = total + product
        return total


def _below(value: int | Dim, limit: int) -> bool | None:
    """Whether `value < limit` for all sizes; None when that depends on them, or cannot be told."""
    low, minus_high = _lower(value), _lower(-value)
    if minus_high is not None and -minus_high < limit:
        return True
    return False if low is not None and low >= limit else None


def _decided(answer: bool | None, a: Dim, relation: str, b: int | Dim) -> bool:
    if answer is None:
        raise undecidable(f"{a} {relation} {b}")
    return answer


def undecidable(question: str) -> ShapeError:
    """The error for a question about sizes that has no single answer."""
    return ShapeError(
        f"{question} cannot be decided: a named dimension stands for every size >= 1",
        hint="give a concrete size in the spec where the program depends on it",
    )


def symbol(name: str) -> Dim:
    """The dimension called `name`, a word."""
    if _NAME.match(name) is None or not name.isidentifier():  # not n², which is no square
        raise ShapeError(
            f"{name!r} cannot name a dimension", hint="use letters, digits and underscores"
        )
    return Dim((((name,), 1),))


def evaluate(dim: int | Dim, sizes: Mapping[str, int]) -> int:
    """The number a dimension stands for."""
    return dim.evaluate(sizes) if isinstance(dim, Dim) else dim


def substitute(dim: int | Dim, sizes: Mapping[str, int | Dim]) -> int | Dim:
    """`dim` with some symbols replaced."""
    return dim if isinstance(dim, int) else dim.substitute(sizes)


def exact_quotient(a: int | Dim, b: int | Dim) -> int | Dim | None:
    """The q with a == q * b, or None when there is none (polynomial long division)."""
    if isinstance(a, int) and isinstance(b, int):
        return a // b if b and a % b == 0 else None
    divisor = _terms(b)
    if not divisor:
        return None
    lead, lead_coef = divisor[-1]
    rest = dict(_terms(a))
    quotient: dict[Monomial, int] = {}
    while rest:
        if len(quotient) > _MAX_TERMS:
            return None
        mono, coef = max(rest.items(), key=lambda item: _order(item[0]))
        missing = _divide_monomial(mono, lead)
        if missing is None or coef % lead_coef:
            return None
        quotient[missing] = coef // lead_coef
        for other, other_coef in divisor:
            key = tuple(sorted(missing + other))
            value = rest.get(key, 0) - quotient[missing] * other_coef
            rest[key] = value
            if not value:
                del rest[key]
    return _normal(quotient)


def _divide_monomial(mono: Monomial, by: Monomial) -> Monomial | None:
    left = list(mono)
    for name in by:
        if name not in left:
            return None
        left.remove(name)
    return tuple(left)


def _order(mono: Monomial) -> tuple[int, Monomial]:
    return len(mono), mono


def _terms(value: int | Dim) -> tuple[tuple[Monomial, int], ...]:
    if isinstance(value, Dim):
        return value.terms
    return ((_ONE, int(value)),) if value else ()


def _normal(terms: Mapping[Monomial, int]) -> int | Dim:
    kept = tuple((m, c) for m, c in sorted(terms.items(), key=lambda item: _order(item[0])) if c)
    if not kept:
        return 0
    if len(kept) == 1 and kept[0][0] == _ONE:
        return kept[0][1]
    return Dim(kept)


def _add(a: Dim, b: int | Dim, sign: int) -> int | Dim:
    out = dict(a.terms)
    for mono, coef in _terms(b):
        out[mono] = out.get(mono, 0) + sign * coef
    return _normal(out)


def _lower(value: int | Dim) -> int | None:
    """A lower bound of `value` with every symbol >= 1, or None where none is found.

    With n = 1 + n', n' >= 0, a polynomial whose terms all have positive coefficients in n' is least
    at n' = 0.
    """
    if any(coef < 0 for mono, coef in _terms(value) if mono):
        value = _from_one(value)
        if any(coef < 0 for mono, coef in _terms(value) if mono):
            return None
        return dict(_terms(value)).get(_ONE, 0)
    return sum(coef for _, coef in _terms(value))


def _from_one(value: int | Dim) -> int | Dim:
    """The polynomial in what each symbol exceeds 1 by; `value` itself when that is very long."""
    if isinstance(value, int) or any(len(mono) > _EXPANDED_DEGREE for mono, _ in value.terms):
        return value
    return value.substitute({name: symbol(name) + 1 for name in value.symbols})


def _term_text(mono: Monomial, coef: int) -> str:
    if not mono:
        return str(coef)
    names = "*".join(mono)
    return names if coef == 1 else f"-{names}" if coef == -1 else f"{coef}*{names}"
