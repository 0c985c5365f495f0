"""What a program does, looked at from inside: where NaNs arise, where time goes, where backends
part.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gradloom.backends import get
from gradloom.frontend.linear import arrays_of
from gradloom.frontend.magnitudes import magnitudes
from gradloom.frontend.record import Recorded, record
from gradloom.frontend.signature import flatten, signature_of, with_signature
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.interpret import interpret
from gradloom.ir.ops.called import require_numbers


def _recorded(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Graph, list[Any]]:
    """The graph of a call and the arrays for its parameters."""
    if isinstance(f, Graph):
        require_numbers(f, "a look at every array")
        made = Recorded(with_signature(f, signature_of(f)), (), False)
    else:
        made = record(f, args, kwargs, writes="forgotten")
    leaves, _ = flatten((args, kwargs))
    return made.graph, [*arrays_of(leaves, made.signature.inputs), *made.extras]


def _place(node: Node) -> str:
    return node.location.with_source() if node.location is not None else "no source line"


@final
@dataclass(frozen=True, slots=True)
class BadNumber:
    """The first node that gives a NaN or an infinity out of finite inputs."""

    op: str
    kind: str
    location: str
    inputs: tuple[Any, ...]
    output: Any

    def __str__(self) -> str:
        given = ", ".join(
            np.array2string(np.asarray(x), threshold=8, precision=4) for x in self.inputs
        )
        return f"{self.op} gives the first {self.kind}, at {self.location}\n  from {given}"


def find_nan(f: Any, *args: Any, **kwargs: Any) -> BadNumber | None:
    """The first op that makes a NaN or infinity out of finite numbers, with the user's line; None
    when there is none.

    Works on gradients too: `find_nan(gl.grad(loss), w)`.

    >>> import numpy as np
    >>> print(find_nan(lambda x: np.log(x) * 0, np.array([1.0, 0.0])).op)
    log
    """
    graph, arrays = _recorded(f, args, kwargs)
    found: list[BadNumber] = []

    def on_op(node: Node, inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
        if found or not all(_finite(x) for x in inputs):
            return
        for output in outputs:
            if not _finite(output):
                kind = "NaN" if np.isnan(output).any() else "infinity"
                found.append(BadNumber(node.op.name, kind, _place(node), inputs, output))

    interpret(graph, arrays, on_op)
    return found[0] if found else None


def _finite(x: Any) -> bool:
    array = np.asarray(x)
    return array.dtype.kind in "biu" or bool(np.isfinite(array).all())


@final
@dataclass(frozen=True, slots=True)
class Profile:
    """Seconds per node, dearest first."""

    rows: tuple[tuple[str, str, float], ...]
    """(op, location, seconds)"""

    @property
    def seconds(self) -> float:
        """The sum over all nodes."""
        return sum(row[2] for row in self.rows)

    def __str__(self) -> str:
        total = self.seconds or 1.0
        lines = [f"{1e3 * self.seconds:.3f} ms in {len(self.rows)} ops"]
        lines += [
            f"{1e3 * s:9.3f} ms {100 * s / total:5.1f} %  {op:<20} {where}"
            for op, where, s in self.rows[:20]
        ]
        return "\n".join(lines)


def profile(f: Any, *args: Any, **kwargs: Any) -> Profile:
    """Where the time goes when the program runs op by op on numpy, with the user's lines.

    >>> import numpy as np
    >>> profile(lambda x: np.sum(np.exp(x)), np.ones(1000)).rows[0][0] in ("exp", "sum")
    True
    """
    graph, arrays = _recorded(f, args, kwargs)
    rows: list[tuple[str, str, float]] = []
    last = time.perf_counter()

    def on_op(node: Node, inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
        nonlocal last
        now = time.perf_counter()
        rows.append((node.op.name, _place(node), now - last))
        last = time.perf_counter()

    interpret(graph, arrays, on_op)
    return Profile(tuple(sorted(rows, key=lambda row: -row[2])))


@final
@dataclass(frozen=True, slots=True)
class Divergence:
    """The first node at which a backend leaves the reference."""

    backend: str
    op: str
    location: str
    error: float

    def __str__(self) -> str:
        gap = f"largest difference {self.error:.3g}"
        return f"{self.backend} leaves numpy at {self.op} ({gap}), at {self.location}"


def diverge(
    f: Any,
    args: Sequence[Any],
    backends: Sequence[str] = ("numpy", "torch", "jax", "tensorflow"),
    tolerance: float | None = None,
) -> Divergence | None:
    """The first node whose value on a backend differs from numpy's reference by more than
    `tolerance`, else None.

    `tolerance` is relative to the largest number of the value, or of what it was added up from
    where that is larger; when not given, 1e-5 where float32 or less was computed with, and 1e-10
    for float64.

    >>> import numpy as np
    >>> diverge(lambda x: np.sum(np.tanh(x)), (np.ones(3),), backends=("numpy",))
    """
    graph, arrays = _recorded(f, tuple(args), {})
    order = {r: i for i, node in enumerate(graph) for r in node.results}
    best, first, usual = len(order), None, _tolerances(graph)
    for name in backends:
        for value, error in deviations(graph, arrays, name).items():
            allowed = tolerance if tolerance is not None else usual[value]
            if error > allowed and value.node is not None:
                if order[value] < best:
                    best = order[value]
                    first = Divergence(name, value.node.op.name, _place(value.node), error)
                break
    return first


def deviations(graph: Graph, arrays: Sequence[Any], backend: str) -> dict[Value, float]:
    """For the result of every node, in order, the largest difference of a backend's from numpy's,
    relative to the largest number of numpy's or of what that was added up from; infinite where only
    one of them is a number.
    """
    everything = tuple([r for node in graph for r in node.results])
    wide = Graph(graph.parameters, graph.nodes, everything, graph.name)
    reference, found = interpret(wide, arrays), _values(wide, arrays, backend)
    scales = magnitudes(graph, arrays, reference)
    return {
        value: _error(np.asarray(a), np.asarray(b), scale)
        for value, a, b, scale in zip(everything, reference, found, scales, strict=True)
    }


def _values(graph: Graph, arrays: Sequence[Any], name: str) -> Sequence[Any]:
    results: Sequence[Any] = get(name).build(graph).numpy(*[np.asarray(x) for x in arrays])
    return results


def _tolerances(graph: Graph) -> dict[Operand, float]:
    """For each value that of the shortest floats that it was made of."""
    found: dict[Operand, float] = {p: _tolerance(p) for p in graph.parameters}
    for node in graph:
        made_of = [found[x] for x in node.operands if x in found and x.type.inexact]
        for result in node.results:
            found[result] = max([_tolerance(result), *made_of])
    return found


def _tolerance(value: Value) -> float:
    return 1e-10 if value.type.dtype.itemsize >= 8 and value.type.dtype.kind in "fc" else 1e-5


def _error(a: np.ndarray, b: np.ndarray, scale: float) -> float:
    if a.dtype.kind in "biu":
        return float(np.max(a != b, initial=False))
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(all="ignore"):
        gap = np.where(same, 0.0, np.abs(a - b))
    largest = float(np.max(gap, initial=0.0))
    return float("inf") if np.isnan(gap).any() else largest / (scale or 1.0)
