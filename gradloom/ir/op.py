"""An op: one frozen value whose fields are all its rules.

Rules are plain functions. They build nodes by calling ops, in the builder that is in scope:

    numpy(attrs, *arrays) -> array or tuple
        the meaning, on numpy; no `attrs` if the op has none; `regions=` callables if it has regions
    infer(attrs, *types) -> (types)
        the type rule, where `axes` and `dtype` do not say it all
    jvp: Partials | Linear | Rule | Zero | Opaque
        the forward derivative (`Regions` for ops with regions)
    split(node, operands, tangents) -> (results, tangents)
        for reverse mode through regions: a known node that also gives residuals, and a linear one
    transpose(node, ct, linear) -> (ct or None, ...)
        of a node that is linear in the operands that `linear` marks; `ct` is a tuple for ops with
        several results; a cotangent that counts in some places only is `Masked` (ops/masks.py)
    batch(attrs, operands, batched, size) -> result(s)
        marked operands have a new leading axis; so have all results
    decompose(node) -> result(s)
        the op in terms of others, for backends that lack it
    cost(node, sizes) -> FLOPs
        `sizes` gives numbers to named dimensions
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Final, Literal, final

from gradloom.ir import build, dims
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.types import Dim, DType, TensorType, tensor_type

Effect = Literal["random", "print", "assert", "collective", "host"]


class Attrs:
    """Base of attribute records: frozen slotted dataclasses of numbers, strings, dtypes,
    dimensions, tuples, constants.
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def substitute(self, sizes: dict[str, Any]) -> Attrs:
        """The same attributes with named dimensions replaced."""
        changed = {f.name: _substitute(getattr(self, f.name), sizes) for f in fields(self)}
        return replace(self, **changed)


def _substitute(value: Any, sizes: dict[str, Any]) -> Any:
    if isinstance(value, Dim):
        return value.substitute(sizes)
    if isinstance(value, TensorType):
        return value.with_shape([dims.substitute(d, sizes) for d in value.shape])
    return tuple(_substitute(v, sizes) for v in value) if isinstance(value, tuple) else value


@final
@dataclass(frozen=True, slots=True)
class AxisMap:
    """Which axes of operands and results are one factor (einsum letters, as numbers; WHOLE: an axis
    of its own).

    A factor that no result has is reduced, combined as `reduced` says. Factors in `whole` must not
    be split.
    """

    operands: tuple[tuple[int, ...], ...]
    results: tuple[tuple[int, ...], ...]
    reduced: str = ""
    whole: frozenset[int] = frozenset()


WHOLE = -1
"""An axis of a result or operand that belongs to no factor: it is computed in one piece."""


@final
@dataclass(frozen=True, slots=True)
class Partials:
    """Elementwise: one partial derivative per operand, each `f(*operands, result)`; None where it
    is zero.
    """

    of: tuple[Callable[..., Operand] | None, ...]

    def __init__(self, *of: Callable[..., Operand] | None) -> None:
        object.__setattr__(self, "of", of)


ALL: Final = (-1,)
"""The group of all operands, of an op with any number of them."""


@final
@dataclass(frozen=True, slots=True)
class Linear:
    """The tangent is the op itself on tangents: jointly in the operands of one group, in one group
    at a time.
    """

    groups: tuple[tuple[int, ...], ...] = ((0,),)


@final
@dataclass(frozen=True, slots=True)
class Rule:
    """The tangents by a function `f(node, *tangents) -> tangent(s)`; a missing tangent is None (a
    zero).
    """

    f: Callable[..., Any]


@final
@dataclass(frozen=True, slots=True)
class Regions:
    """For ops with regions: `f(node, operands, tangents) -> (results, tangents)` emits values and
    tangents together.
    """

    f: Callable[..., Any]


@final
@dataclass(frozen=True, slots=True)
class Zero:
    """Piecewise constant or integer: the tangent is a symbolic zero."""


@final
@dataclass(frozen=True, slots=True)
class Opaque:
    """A derivative exists and is not offered; the text says why and what to do."""

    why: str


Jvp = Partials | Linear | Rule | Regions | Zero | Opaque


def same_dtype(attrs: Any, *dtypes: DType) -> DType:
    """The result has the operands' dtype."""
    return dtypes[0]


def no_cost(node: Node, sizes: dict[str, int]) -> int:
    """Movement and views: no FLOPs."""
    return 0


@final
@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """See the module's text for the rules' signatures."""

    name: str
    numpy: Callable[..., Any]
    jvp: Jvp
    axes: Callable[..., AxisMap] | None = None
    attrs: type | None = None
    dtype: Callable[..., Any] = same_dtype
    infer: Callable[..., tuple[TensorType, ...]] | None = None
    transpose: Callable[..., Any] | None = None
    split: Callable[..., Any] | None = None
    batch: Callable[..., Any] | None = None
    decompose: Callable[..., Any] | None = None
    cost: Callable[[Node, dict[str, int]], int] = no_cost
    effect: Effect | None = None
    commutative: bool = False
    elementwise: bool = False
    view: bool = False
    variadic: bool = False
    arity: int = 1
    results: int = 1
    regions: int = 0
    domain: str = ""
    memo: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.jvp, Linear) and self.transpose is None:
            raise TypeError(f"op {self.name} is linear and has no transpose rule")
        if self.axes is None and self.infer is None:
            raise TypeError(f"op {self.name} has neither an axis mapping nor a type rule")
        if self.batch is None and not self.elementwise:
            raise TypeError(f"op {self.name} has no batch rule")

    def __call__(self, *operands: Operand, regions: tuple[Graph, ...] = (), **attrs: Any) -> Any:
        """Add a node to the builder in scope; its result, or a tuple when the op has several."""
        if self.attrs is None and attrs:
            raise TypeError(f"op {self.name} has no attributes, got {', '.join(attrs)}")
        made = None if self.attrs is None else self.attrs(**attrs)
        results = build.emit(self, operands, made, regions)
        return results[0] if self.results == 1 else results

    def types(
        self, attrs: Attrs | None, operands: tuple[TensorType, ...], regions: tuple[Graph, ...] = ()
    ) -> tuple[TensorType, ...]:
        """The types of the results; raises `ShapeError` or `DtypeError` when the operands do not
        fit.
        """
        if regions:
            return self.infer(attrs, *operands, regions=regions)  # type: ignore[misc]
        if not operands or self.effect == "host":
            # cheap; and a memo would keep the arrays of constants alive, and functions
            return self._types(attrs, operands)
        key = (attrs, operands)
        found: tuple[TensorType, ...] | None = self.memo.get(key)
        if found is None:
            if len(self.memo) > 10_000:
                self.memo.clear()
            found = self.memo[key] = self._types(attrs, operands)
        return found

    def _types(
        self, attrs: Attrs | None, operands: tuple[TensorType, ...]
    ) -> tuple[TensorType, ...]:
        if self.infer is not None:
            return self.infer(attrs, *operands)
        from gradloom.ir.ops.rules import sizes_of_factors

        assert self.axes is not None
        mapping = self.axes(attrs, *operands)
        sizes = sizes_of_factors(self.name, mapping, operands)
        found = self.dtype(attrs, *(t.dtype for t in operands))
        dtypes = found if isinstance(found, tuple) else (found,) * len(mapping.results)
        shapes = [tuple(sizes[f] for f in axes) for axes in mapping.results]
        return tuple(tensor_type(d, s) for d, s in zip(dtypes, shapes, strict=True))

    def __repr__(self) -> str:
        return f"Op({self.name})"

    def __reduce__(self) -> str:
        raise TypeError(f"op {self.name} travels by name, not by pickle")


__all__ = [
    "ALL",
    "WHOLE",
    "Attrs",
    "AxisMap",
    "Linear",
    "Op",
    "Opaque",
    "Partials",
    "Regions",
    "Rule",
    "Value",
    "Zero",
    "no_cost",
    "same_dtype",
]
