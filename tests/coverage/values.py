"""The columns `trace` and `vmap`: values beside numpy's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

import gradloom as gl
from tests.coverage.answers import YES, Answer, compared, refusal
from tests.coverage.changed import own_result
from tests.coverage.program import Program
from tests.coverage.same import difference, flat

KINDS: Final[dict[str, Callable[[np.ndarray], Any]]] = {
    "float64": lambda x: x,
    "float32": lambda x: x.astype(np.float32),
    "float16": lambda x: x.astype(np.float16),
    "complex128": lambda x: x + 0.25j * x[..., ::-1] if np.ndim(x) else x + 0.5j,
    "int64": lambda x: np.round(2 * np.nan_to_num(x)).astype(np.int64),
    "bool": lambda x: np.nan_to_num(x) > 0,
}
"""What a program's float64 inputs become: each program runs once for each kind."""
_RTOL: Final = {"float32": 64 * float(np.finfo("f4").eps), "float16": 8 * float(np.finfo("f2").eps)}
"""Results out of low precision are that precise, in whatever dtype they come."""


def trace(program: Program) -> Answer:
    """The traced graph, interpreted, gives what numpy gives, for every kind of number."""
    floats = any(x.dtype == np.float64 for x in program.arguments)
    for kind in KINDS if floats else ("float64",):
        found = _traced(program, kind)
        if found.word != "yes":
            return found
    return YES


def _typed(program: Program, kind: str) -> list[Any]:
    return [KINDS[kind](x) if x.dtype == np.float64 else x for x in program.arguments]


def _traced(program: Program, kind: str) -> Answer:
    """What numpy refuses for this kind, we refuse too."""
    before = "" if kind == "float64" else f"{kind}: "
    try:
        due = program.call(*_typed(program, kind))
    except Exception as theirs:
        if kind == "float64":
            raise
        try:
            gl.trace(program.call, *_typed(program, kind))(*_typed(program, kind))
        except Exception:
            return YES
        return Answer("WRONG", f"{before}{type(theirs).__name__} in numpy, a result here")
    try:
        graph = gl.trace(program.call, *_typed(program, kind))
        given = own_result(graph, graph(*_typed(program, kind)))
    except Exception as error:
        return refusal(error, before)
    return compared(difference(given, due, _RTOL.get(kind, 1e-9)), before)


# ---- batching ------------------------------------------------------------------------------------


def _example(x: Any, n: int) -> Any:
    """Another example of the same kind: floats scaled, whole numbers turned round."""
    if x.dtype.kind in "fc":
        return x * (1 + n / 16)
    return x[..., ::-1] if n % 2 and x.ndim else x


def vmap(program: Program) -> Answer:
    """`gl.vmap` gives what a Python loop gives."""
    if not program.inputs:
        return Answer("n/a", "no argument")
    stacked = [np.stack([_example(x, n) for n in range(3)]) for x in program.arguments]
    rows = [list(flat(program.call(*[x[n].copy() for x in stacked]))) for n in range(3)]
    if not any(isinstance(x, np.ndarray | np.generic) for x in rows[0]):
        return Answer("n/a", "the result holds no array")
    if len({tuple(np.shape(x) for x in row) for row in rows}) > 1:
        return Answer("n/a", "the shape of the result depends on values")
    given = flat(gl.vmap(program.call)(*[x.copy() for x in stacked]))
    due = [np.stack(parts) for parts in zip(*rows, strict=True)]
    found = [difference(np.asarray(a), b) for a, b in zip(given, due, strict=True)]
    return compared(next((line for line in found if line), None))
