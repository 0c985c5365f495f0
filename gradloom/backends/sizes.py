"""Named sizes of an emitted function: a line for each, read off the arguments' shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gradloom.backends.writer import dim_text
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import Graph


class _Due(NamedTuple):
    dim: Dim
    text: str


def bind_sizes(
    graph: Graph, parameters: list[str], name_of: Callable[[str], str], size: str = "{0}.shape[{1}]"
) -> list[str]:
    """Assignments that bind every symbol: `batch = x.shape[0]`; raises `ShapeError` for one that
    nothing determines.
    """
    due = [
        _Due(dim, size.format(name, axis))
        for p, name in zip(graph.parameters, parameters, strict=True)
        for axis, dim in enumerate(p.type.shape)
        if isinstance(dim, Dim)
    ]
    lines: list[str] = []
    known: set[str] = set()
    while due:
        later = []
        for item in due:
            unknown = set(item.dim.symbols) - known
            if not unknown:
                continue
            line = _solution(item, known, name_of)
            if line is None:
                later.append(item)
            else:
                lines.append(line)
                known |= unknown
        if len(later) == len(due):
            raise ShapeError(f"the sizes of {due[0].dim} cannot be told from the arguments' shapes")
        due = later
    return lines


def _solution(item: _Due, known: set[str], name_of: Callable[[str], str]) -> str | None:
    """`n = (x.shape[0] - 1) // 2` where one power of one unknown stands in the dimension, else
    None.
    """
    rest = [(mono, coef) for mono, coef in item.dim.terms if not set(mono) <= known]
    unknown = {tuple(name for name in mono if name not in known) for mono, _ in rest}
    if len(unknown) != 1:
        return None
    (power,) = unknown
    if len(set(power)) != 1:
        return None
    others = Dim(tuple(term for term in item.dim.terms if term not in rest))
    text = f"({item.text} - ({dim_text(others, name_of)}))" if others.terms else item.text
    divisor = Dim(tuple((tuple(n for n in mono if n in known), coef) for mono, coef in rest))
    if divisor.terms != (((), 1),):
        text = f"{text} // ({dim_text(divisor, name_of)})"
    if len(power) > 1:
        text = f"round(({text}) ** (1 / {len(power)}))"
    return f"{name_of(power[0])} = {text}"
