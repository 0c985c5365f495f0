"""How to draw fitting operands and attributes for each op: a function per family, a row per op.

A maker adds a node, or nothing. An elementwise op needs no row: operands of any type that its rule
takes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.graph import Operand, Value, literal
from gradloom.ir.op import Op
from gradloom.ir.types import dtype_of, tensor_type
from tests.fuzz.grower import Grower, kind_of

Maker = Callable[[Grower, Op], Any]
BOOL, INDEX = dtype_of("bool"), dtype_of("i64")

# ---- elementwise -------------------------------------------------------------------------------

Prepare = Callable[[Grower, Operand], Operand | None]


def chain(*steps: tuple[str, float | None]) -> Prepare:
    """Ops by name, one after the other, a number being the second operand."""

    def prepare(g: Grower, x: Operand) -> Operand | None:
        for name, number in steps:
            more = [] if number is None else [literal(number, x.type)]
            made = g.add(o.by_name(name), x, *more)
            if made is None:
                return None
            (x,) = made
        return x

    return prepare


_positive = chain(("abs", None), ("add", 0.5))
_over_one = chain(("abs", None), ("add", 1.5))
_below_one = chain(("tanh", None), ("multiply", 0.75))
_nonzero = chain(("abs", None), ("maximum", 1))
_small = chain(("bitwise_and", 3))

# What makes the operands of an op fit its domain, by position; () leaves an operand as it is.
DOMAINS: dict[str, tuple[Prepare | None, ...]] = {
    **dict.fromkeys(["sqrt", "log", "log2", "log10", "log1p"], (_positive,)),
    "reciprocal": (_positive,),
    "acosh": (_over_one,),
    **dict.fromkeys(["asin", "acos", "atanh", "tan"], (_below_one,)),
    **dict.fromkeys(["exp", "exp2", "expm1", "sinh", "cosh"], (_below_one,)),
    **dict.fromkeys(["floor", "ceil", "trunc", "round"], (None,)),
    "power": (_positive, _below_one),
    "divide": (None, _positive),
    **dict.fromkeys(["floor_divide", "remainder", "fmod"], (None, _nonzero)),
    **dict.fromkeys(["left_shift", "right_shift"], (None, _small)),
}


def elementwise(g: Grower, op: Op) -> Any:
    """Operands of one type that the op takes; made to fit its domain when they do not."""
    for dtype in g.draw_order():
        x = g.of_dtype(dtype)
        if x is None or not g.index(4):
            x = g.parameter(tensor_type(dtype, g.shape()))
        if not accepts(op, [x.type] * op.arity):
            continue
        operands = [x, *(g.of_type(x.type) for _ in range(op.arity - 1))]
        if g.flag():
            operands.reverse()
        return _added(g, op, operands)
    return None


def accepts(op: Op, types: Sequence[Any]) -> bool:
    """Whether the type rule takes these types."""
    try:
        op.types(None, tuple(types))
    except (TypeError, ValueError):
        return False
    return True


def _added(g: Grower, op: Op, operands: Sequence[Operand]) -> Any:
    if any(isinstance(x, Value) for x in operands):
        made = g.add(op, *operands)
        if made is not None:
            return made
    prepare = DOMAINS.get(op.name, ())
    changed = [
        p(g, x) if p is not None and isinstance(x, Value) else x
        for p, x in itertools.zip_longest(prepare, operands)
    ]
    return g.add(op, *changed) if prepare else None


def where(g: Grower, op: Op) -> Any:
    """A condition and two choices of one shape."""
    x = g.value()
    if x is None:
        return None
    condition = g.of_type(x.type.with_dtype(BOOL), literals=False)
    return g.add(op, condition, x, g.of_type(x.type))


def astype(g: Grower, op: Op) -> Any:
    """To another dtype; from complex only to complex, as the frontend has it."""
    x = g.value()
    dtype = g.dtype("c" if x is not None and x.type.dtype.kind == "c" else "bifcu")
    return None if dtype is None else g.add(op, x, dtype=dtype)


# ---- reduce ------------------------------------------------------------------------------------


def _axes(g: Grower, ndim: int) -> tuple[int, ...]:
    return tuple(i for i in range(ndim) if g.flag())


def reduction(kinds: str) -> Maker:
    """Some axes of a value of these kinds."""

    def make(g: Grower, op: Op) -> Any:
        x = g.value(kinds)
        return x and g.add(op, x, axes=_axes(g, x.type.ndim))

    return make


def along_axis(kinds: str, **more: str) -> Maker:
    """One axis of a value of these kinds; `more` names attributes that are flags."""

    def make(g: Grower, op: Op) -> Any:
        x = g.value(kinds, low=1)
        flags: dict[str, Any] = {name: g.flag() for name in more}
        return x and g.add(op, x, axis=g.index(x.type.ndim), **flags)

    return make


# ---- shape -------------------------------------------------------------------------------------


def reshape(g: Grower, op: Op) -> Any:
    """Axes merged, split off as 1, or exchanged."""
    x = g.value()
    if x is None:
        return None
    shape = list(x.type.shape)
    for _ in range(1 + g.index(2)):
        if len(shape) > 1 and g.flag():
            at = g.index(len(shape) - 1)
            shape[at : at + 2] = [shape[at] * shape[at + 1]]
        else:
            shape.insert(g.index(len(shape) + 1), 1)
    return g.add(op, x, shape=tuple(shape))


def permute_dims(g: Grower, op: Op) -> Any:
    """Any order of the axes."""
    x = g.value()
    return x and g.add(op, x, perm=_order(g, range(x.type.ndim)))


def _order(g: Grower, items: Sequence[Any]) -> tuple[Any, ...]:
    left, out = list(items), []
    while left:
        out.append(left.pop(g.index(len(left))))
    return tuple(out)


def broadcast_to(g: Grower, op: Op) -> Any:
    """New axes in front, and axes of size 1 made larger."""
    x = g.value(high=2)
    if x is None:
        return None
    grown = [g.size() if d == 1 and g.flag() else d for d in x.type.shape]
    return g.add(op, x, shape=(*g.shape(0, 1), *grown))


def concatenate(g: Grower, op: Op) -> Any:
    """A value with others that differ along one axis."""
    x = g.value(low=1)
    if x is None:
        return None
    axis = g.index(x.type.ndim)
    others = []
    for _ in range(g.index(3)):
        shape = list(x.type.shape)
        shape[axis] = g.size()
        others.append(g.of_type(x.type.with_shape(shape)))
    return g.add(op, x, *others, axis=axis)


def pad(g: Grower, op: Op) -> Any:
    """A few elements more or fewer at each end, and zeros between."""
    x = g.value()
    if x is None:
        return None
    low, high = (tuple(g.index(4) - 1 for _ in x.type.shape) for _ in range(2))
    interior = tuple(g.index(3) for _ in x.type.shape)
    value = g.of_type(x.type.with_shape(()))
    return g.add(op, x, value, low=low, high=high, interior=interior)


def slice_(g: Grower, op: Op) -> Any:
    """A part of each axis; all of a symbolic one, or all but its first."""
    x = g.value(low=1)
    if x is None:
        return None
    start = tuple(g.index(2) if not isinstance(d, int) or d > 0 else 0 for d in x.type.shape)
    stop = tuple(
        a + g.index(d - a + 1) if isinstance(d, int) else d
        for a, d in zip(start, x.type.shape, strict=True)
    )
    return g.add(op, x, start=start, stop=stop, step=tuple(1 + g.index(2) for _ in start))


def constant(g: Grower, op: Op) -> Any:
    """A small constant, or one large enough to stand as a hash."""
    shape = g.one_of([(), (3,), (2, 2), (1, 4), (5, 4)])
    return g.add(op, value=Constant(g.array(tensor_type(g.one_of(g.dtypes), shape))))


def iota(g: Grower, op: Op) -> Any:
    """Indices along an axis."""
    dtype, shape = g.dtype("iuf"), g.shape(1, 3)
    return dtype and g.add(op, dtype=dtype, shape=shape, axis=g.index(len(shape)))


# ---- contract, window --------------------------------------------------------------------------


def matmul(g: Grower, op: Op) -> Any:
    """A stack of matrices with one of as many columns as it needs."""
    x = g.value("ifcu", low=2)
    if x is None:
        return None
    *lead, _, inner = x.type.shape
    return g.add(op, x, g.of_type(x.type.with_shape((*lead, inner, g.size()))))


def einsum(g: Grower, op: Op) -> Any:
    """Letters of two operands, shared or not, summed or not."""
    x = g.value("ifcu")
    if x is None:
        return None
    lhs = "abc"[: x.type.ndim]
    rhs = "".join(_order(g, [c for c in lhs if g.flag()] + ["d"] * g.flag()))
    sizes = {**dict(zip(lhs, x.type.shape, strict=True)), "d": g.size()}
    y = g.of_type(x.type.with_shape([sizes[c] for c in rhs]))
    out = "".join(_order(g, [c for c in dict.fromkeys(lhs + rhs) if g.flag()]))
    return g.add(op, x, y, lhs=lhs, rhs=rhs, out=out)


def conv(g: Grower, op: Op) -> Any:
    """One or two spatial axes, with strides, padding, dilation and groups."""
    dtype = g.dtype("f")
    if dtype is None:
        return None
    spatial, groups = 1 + g.index(2), 1 + g.index(2)
    channels, out = groups * (1 + g.index(2)), groups * (1 + g.index(2))
    image = tuple(3 + g.index(3) for _ in range(spatial))
    kernel = tuple(1 + g.index(3) for _ in range(spatial))
    x = g.of_type(tensor_type(dtype, (1 + g.index(2), channels, *image)), literals=False)
    w = g.of_type(tensor_type(dtype, (out, channels // groups, *kernel)), literals=False)

    def each() -> tuple[int, ...]:
        return tuple(1 + g.index(2) for _ in range(spatial))

    padding = tuple((g.index(3), g.index(3)) for _ in range(spatial))
    attrs: dict[str, Any] = {
        "strides": each(),
        "dilation": each(),
        "input_dilation": each(),
        "groups": groups,
    }
    return g.add(op, x, w, padding=padding, **attrs)


# ---- index, sort -------------------------------------------------------------------------------


def _indices(g: Grower, shape: Sequence[Any], sizes: Sequence[Any], distinct: bool) -> list[Value]:
    """Index arrays in range, as new parameters; distinct ones along a single axis."""
    found = []
    for size in g.concrete(sizes):
        if distinct:
            array = g.rng.permutation(size)[: g.concrete(shape)[0]]
        else:
            array = g.rng.integers(0, size, g.concrete(shape))
        found.append(g.parameter(tensor_type(INDEX, tuple(shape)), np.asarray(array, INDEX)))
    return found


def _indexed(g: Grower) -> tuple[Value, tuple[int, ...]] | None:
    x = g.value(low=1)
    if x is None or 0 in x.type.shape:
        return None
    return x, _axes(g, x.type.ndim) or (0,)


def gather(g: Grower, op: Op) -> Any:
    """Elements at index arrays along some axes."""
    if (chosen := _indexed(g)) is None:
        return None
    x, axes = chosen
    indices = _indices(g, g.shape(0, 2), [x.type.shape[a] for a in axes], distinct=False)
    return g.add(op, x, *indices, axes=axes)


def scatter(g: Grower, op: Op) -> Any:
    """Updates at index arrays; `set` with no index twice."""
    if (chosen := _indexed(g)) is None:
        return None
    x, axes = chosen
    mode = g.one_of(["set", "add", "multiply", "max", "min"])
    if mode == "set":
        axes = axes[:1]
        least = g.concrete(x.type.shape)[axes[0]]
        shape: tuple[Any, ...] = (1 + g.index(least),)
    else:
        shape = g.shape(0, 2)
    indices = _indices(g, shape, [x.type.shape[a] for a in axes], distinct=mode == "set")
    rest = [d for a, d in enumerate(x.type.shape) if a not in axes]
    updates = g.of_type(x.type.with_shape((*shape, *rest)))
    return g.add(op, x, updates, *indices, axes=axes, mode=mode)


def _starts(g: Grower, x: Value) -> list[Operand]:
    kind = tensor_type(INDEX, ())
    return [g.parameter(kind, np.asarray(g.index(5) - 1, INDEX)) for _ in x.type.shape]


def _part(g: Grower, x: Value) -> tuple[Any, ...]:
    return tuple(1 + g.index(d) if isinstance(d, int) and d else d for d in x.type.shape)


def dynamic_slice(g: Grower, op: Op) -> Any:
    """A part at starts that may lie outside."""
    x = g.value()
    return x and g.add(op, x, *_starts(g, x), sizes=_part(g, x))


def dynamic_update_slice(g: Grower, op: Op) -> Any:
    """An update at starts that may lie outside."""
    x = g.value()
    return x and g.add(op, x, g.of_type(x.type.with_shape(_part(g, x))), *_starts(g, x))


def kinds_taken(op: Op) -> str:
    """The kinds of dtypes, out of one each, that a unary op takes for a matrix."""
    names = ("bool", "i64", "f64", "c128")
    taken = [d for d in map(dtype_of, names) if accepts(op, [tensor_type(d, (2, 2))])]
    return "".join(map(kind_of, taken))
