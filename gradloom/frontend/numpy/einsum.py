"""np.einsum: any number of operands, as diagonals, sums and pairwise einsum ops."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import dtype_or, integer
from gradloom.frontend.numpy.contract import logical, reshaped
from gradloom.frontend.numpy.lift import cast, lift
from gradloom.frontend.numpy.ufuncs import into
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, View, refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError, CallError, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.types import Dim, DType, Shape

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

Labels = list[str]
"""One name per axis: a letter, or `.k` for the k-th axis from the right under an ellipsis."""
Part = tuple[Operand, Labels]

# ---- subscripts ----------------------------------------------------------------------------------


def _spelled(sublist: Any) -> str:
    """A list of the interleaved form as subscripts."""
    return "".join("..." if i is Ellipsis else _letter(i) for i in sublist)


def _letter(number: Any) -> str:
    if isinstance(number, bool):
        raise CallError(f"einsum: a subscript is a whole number or ..., not {number}")
    place = integer("einsum: a subscript", number)
    if not 0 <= place < len(string.ascii_letters):
        raise ArgumentError(
            f"einsum: subscript {place} is not within the valid range [0, 52)",
            hint="number the axes from 0",
        )
    return string.ascii_letters[place]


def _arguments(args: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Subscripts and operands, from either calling form."""
    if isinstance(args[0], str):
        return args[0].replace(" ", ""), list(args[1:])
    pairs = len(args) // 2
    text = ",".join(_spelled(args[2 * i + 1]) for i in range(pairs))
    return text + ("->" + _spelled(args[-1]) if len(args) % 2 else ""), [
        args[2 * i] for i in range(pairs)
    ]


def _labels(term: str, ndim: int) -> Labels:
    """The names of an operand's axes, the ellipsis filled in."""
    before, dots, after = term.partition("...")
    letters = before + after
    if not all(c in string.ascii_letters for c in letters):
        raise ShapeError(f"einsum: {term!r} holds something other than letters and one ellipsis")
    rest = ndim - len(letters)
    if rest < 0 or (rest and not dots):
        raise ShapeError(f"einsum: {term!r} names {len(letters)} axes and its operand has {ndim}")
    return [*before, *[f".{k}" for k in range(rest, 0, -1)], *after]


def _result_labels(text: str, terms: list[Labels]) -> Labels:
    inputs, arrow, wanted = text.partition("->")
    dots = sorted({c for t in terms for c in t if c[0] == "."}, key=lambda c: -int(c[1:]))
    if not arrow:
        letters = [c for c in inputs if c in string.ascii_letters]
        return dots + sorted(c for c in set(letters) if letters.count(c) == 1)
    before, ellipsis, after = wanted.partition("...")
    out = [*before, *(dots if ellipsis else []), *after]
    known = {c for t in terms for c in t}
    for c in out:
        if c not in known or out.count(c) > 1:
            raise ShapeError(
                f"einsum: the result's {c!r} stands " + ("twice" if c in known else "in no operand")
            )
    if dots and not ellipsis:
        raise ShapeError("einsum: the operands have axes under '...' and the result has no '...'")
    return out


# ---- one operand ---------------------------------------------------------------------------------


def _diagonal(x: Operand, i: int, j: int) -> Operand:
    """The diagonal of two equal axes, as the last axis."""
    rest = [k for k in range(x.type.ndim) if k not in (i, j)]
    turned = o.permute_dims(x, perm=(*rest, i, j))
    lead, n = turned.type.shape[:-2], turned.type.shape[-1]
    flat = reshaped(turned, (*lead, n * n))
    zeros, ones = (0,) * len(lead), (1,) * len(lead)
    result: Operand = o.slice(flat, start=(*zeros, 0), stop=(*lead, n * n), step=(*ones, n + 1))
    return result


def _distinct(part: Part) -> Part:
    """An operand whose repeated letters are taken as diagonals."""
    x, labels = part
    for c in dict.fromkeys(labels):
        while labels.count(c) > 1:
            i = labels.index(c)
            j = labels.index(c, i + 1)
            if x.type.shape[i] != x.type.shape[j]:
                raise ShapeError(
                    f"einsum: {c!r} stands for two sizes of one operand: "
                    f"{x.type.shape[i]} and {x.type.shape[j]}"
                )
            x = _diagonal(x, i, j)
            labels = [d for k, d in enumerate(labels) if k not in (i, j)] + [c]
    return x, labels


def _arranged(part: Part, out: Labels) -> Operand:
    """Letters that `out` lacks are summed, the rest put in its order."""
    x, labels = part
    summed = tuple(i for i, c in enumerate(labels) if c not in out)
    if summed:
        x = o.sum(x, axes=summed)
    labels = [c for c in labels if c in out]
    perm = tuple(labels.index(c) for c in out)
    return x if perm == tuple(range(len(perm))) else o.permute_dims(x, perm=perm)


# ---- several -------------------------------------------------------------------------------------


def _sizes(parts: list[Part]) -> dict[str, int | Dim]:
    """The size of each letter; an axis of size 1 fits any."""
    sizes: dict[str, int | Dim] = {}
    for x, labels in parts:
        for c, n in zip(labels, x.type.shape, strict=True):
            known = sizes.get(c, 1)
            if known not in (1, n) and n != 1:
                raise ShapeError(
                    f"einsum: {c!r} stands for two sizes: {known} and {n}",
                    hint="the shapes are " + ", ".join(str(p[0].type) for p in parts),
                )
            sizes[c] = n if known == 1 else known
    return sizes


def _squeezed(part: Part, sizes: dict[str, int | Dim]) -> Part:
    """Without the axes of size 1 that stand for a larger one: nothing depends on them."""
    x, labels = part
    kept = [i for i, c in enumerate(labels) if x.type.shape[i] == sizes[c]]
    return reshaped(x, tuple(x.type.shape[i] for i in kept)), [labels[i] for i in kept]


def _pair(a: Part, b: Part, needed: set[str]) -> Part:
    every = list(dict.fromkeys(a[1] + b[1]))
    if len(every) > len(string.ascii_letters):
        raise refuse(
            "np.einsum", f"{len(every)} letters in one product", "contract in several steps"
        )
    spell = dict(zip(every, string.ascii_letters, strict=False))
    out = [c for c in every if c in needed]
    lhs, rhs, kept = ("".join(spell[c] for c in labels) for labels in (a[1], b[1], out))
    return o.einsum(a[0], b[0], lhs=lhs, rhs=rhs, out=kept), out


def _path(text: str, shapes: list[Shape], optimize: Any) -> list[tuple[int, ...]]:
    """Which operands to contract in turn: as asked for, else in numpy's greedy order; from the left
    for named sizes.
    """
    asked = not isinstance(optimize, bool)
    if (len(shapes) < 3 and not asked) or any(isinstance(d, Dim) for s in shapes for d in s):
        return [tuple(range(len(shapes)))]
    blanks = [np.broadcast_to(np.float64(0), s) for s in shapes]  # type: ignore[arg-type]
    wanted = optimize if asked else "greedy"
    try:
        return list(np.einsum_path(text, *blanks, optimize=wanted)[0][1:])
    except KeyError:
        raise ArgumentError(
            f"einsum: optimize={optimize!r} names no way to find a path",
            hint="say optimize='greedy' or 'optimal'",
        ) from None


def _contract(parts: list[Part], path: list[tuple[int, ...]], out: Labels) -> Operand:
    for step in path:
        chosen = [parts[i] for i in step]
        parts = [p for i, p in enumerate(parts) if i not in step]
        result = chosen.pop(0)
        while chosen:
            nearest = chosen.pop(0)
            needed = {c for _, labels in parts + chosen for c in labels} | set(out)
            result = _pair(result, nearest, needed)
        parts.append(result)
    (last,) = parts
    return _arranged(last, out)


def _ends_in_a_product(indices: list[set[Any]], path: list[tuple[int, ...]]) -> bool:
    """Whether the last step to a single number sums a product of two arrays, by numpy's matmul.

    Along a path it is an array of rank 0 then, where the sum of anything else is a scalar.
    """
    for step in path[:-1]:
        chosen = set().union(*[indices[i] for i in step])
        indices = [x for i, x in enumerate(indices) if i not in step]
        indices.append(chosen & set().union(*indices))
    last = [indices[i] for i in path[-1]]
    return len(last) == 2 and not last[0].isdisjoint(last[1])


def einsum(
    *operands: Any,
    out: Any = None,
    optimize: Any = False,
    dtype: Any = None,
    order: str = "K",
    casting: str = "safe",
) -> Any:
    """The sum of products that the subscripts say."""
    text, xs = _arguments(operands)
    tracers = [lift(x) for x in xs]
    terms = text.partition("->")[0].split(",")
    if len(terms) != len(tracers):
        raise ShapeError(f"einsum: {len(terms)} terms in {text!r} for {len(tracers)} operands")
    labels = [_labels(term, t.ndim) for term, t in zip(terms, tracers, strict=True)]
    wanted = _result_labels(text, labels)
    given = [t.dtype for t in (*tracers, *([] if out is None else [out]))]
    common: DType = dtype_or(dtype, np.result_type(*given))
    for t in tracers:
        if not np.can_cast(t.dtype, common, casting):  # type: ignore[arg-type]
            raise TypeError(f"einsum: cannot cast {t.dtype} to {common} with casting={casting!r}")
    if out is not None and not np.can_cast(common, out.dtype, casting):  # type: ignore[arg-type]
        raise TypeError(f"einsum: cannot cast {common} to {out.dtype} with casting={casting!r}")
    if out is not None and np.ndim(out) != len(wanted):
        raise ArgumentError(
            f"einsum: out= has {np.ndim(out)} axes and the result {len(wanted)}",
            hint="give out= the shape of the result",
        )
    path = _path(text, [t.shape for t in tracers], optimize)

    product: list[bool] = []

    def compute(*values: Operand) -> Operand:
        parts = [_distinct(p) for p in zip(values, labels, strict=True)]
        sizes = _sizes(parts)
        parts = [_squeezed(p, sizes) for p in parts]
        if optimize and not wanted:
            product.append(_ends_in_a_product([set(p[1]) for p in parts], path))
        return _contract(parts, path, wanted)

    if (
        len(tracers) == 1
        and wanted
        and set(wanted) == set(labels[0])
        and common == tracers[0].dtype
        and out is None
    ):
        return _view(tracers[0], labels[0], wanted)
    result = logical(compute, *[cast(t.here(require_trace()), common) for t in tracers])
    return into("einsum", wrap(result, "array" if any(product) else None), out, casting=casting)


def _view(x: Tracer, labels: Labels, out: Labels) -> Tracer:
    """A permutation or diagonal of one operand: a view as in numpy, but not to be written."""

    def read(value: Operand) -> Operand:
        return _arranged(_distinct((value, labels)), out)

    value = read(x.here(require_trace()))
    if x.kind != "array" or x.owner is not require_trace():
        return wrap(value, "array")
    view = View(x, read, lambda base, new: base)
    return Tracer(x.owner, value, "array", view, frozen="a view made by np.einsum")


def einsum_path(*operands: Any, optimize: Any = "greedy", einsum_call: bool = False) -> Any:
    """numpy's path for operands of these shapes."""
    text, xs = _arguments(operands)
    shapes: list[Any] = [lift(x).shape for x in xs]
    return np.einsum_path(
        text, *[np.broadcast_to(np.float64(0), s) for s in shapes], optimize=optimize
    )


TABLE: Final[Table] = {np.einsum: einsum, np.einsum_path: einsum_path}
